namespace Volley.Ssh;

/// <summary>What can be chosen about a connection.</summary>
public sealed record SshConnectionOptions
{
    /// <summary>How long the peer may be silent before a keepalive is sent; zero, the default, sends none.</summary>
    public TimeSpan KeepAliveInterval { get; init; }

    /// <summary>After how many intervals without any answer the connection ends as <see cref="SshFailure.Unresponsive"/>; at least 1.</summary>
    public int KeepAliveCount { get; init; } = 3;

    /// <summary>
    /// Whether keepalives are global requests, as ssh sends them; else they are requests on a channel, which some servers never answer,
    /// and without a channel silence means nothing. An OpenSSH control master drops a connection that sends a global request.
    /// </summary>
    public bool SendsGlobalRequests { get; init; }

    /// <summary>What the connections of a run share, so that their windows together stay bounded; null: the connection has one for itself.</summary>
    public WindowBudget? WindowBudget { get; init; }

    /// <summary>
    /// Whether those who wait for something of a channel go on in the thread that receives, once what is at hand has been
    /// received. That saves handing over to another thread; but whoever blocks there holds up all channels.
    /// </summary>
    public bool ResumesInline { get; init; }
}
