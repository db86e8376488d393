namespace Volley.Ssh.Connection;

/// <summary>The options of an <see cref="SshConnection"/>.</summary>
internal sealed record SshConnectionOptions
{
    /// <summary>The silence of the peer after which a keepalive is sent; zero, the default, sends none.</summary>
    public TimeSpan KeepAliveInterval { get; init; }

    /// <summary>
    /// The number of unanswered keepalives after which the connection ends with <see cref="SshFailure.Unresponsive"/>, 0 or more. With 0
    /// the first silence ends it, as in ssh. The default is 3.
    /// </summary>
    public int KeepAliveCount { get; init; } = 3;

    /// <summary>
    /// Whether keepalives are global requests, as in ssh. Otherwise they are requests on a channel, which some servers never answer; without
    /// a channel none is sent. An OpenSSH control master drops a connection that sends a global request.
    /// </summary>
    public bool SendsGlobalRequests { get; init; }

    /// <summary>The budget that the connections of a run share, to bound the sum of their windows; null for a budget of its own.</summary>
    public WindowBudget? WindowBudget { get; init; }

    /// <summary>
    /// Whether continuations of channel operations run on the receiving thread, once the available messages have been received. This saves
    /// thread switches, but a continuation that blocks holds up all channels.
    /// </summary>
    public bool ResumesInline { get; init; }

    /// <summary>Called with the type of a channel that the peer has opened unasked, once for each type; null to ignore it. It must not block.</summary>
    public Action<string>? OnChannelRefused { get; init; }
}
