namespace Volley.Ssh;

/// <summary>What can be chosen about a connection.</summary>
public sealed record SshConnectionOptions
{
    /// <summary>How long the peer may be silent before it is asked for a sign of life; zero, the default, never asks.</summary>
    public TimeSpan KeepAliveInterval { get; init; }

    /// <summary>After how many intervals without any answer the connection ends as <see cref="SshFailure.Unresponsive"/>; at least 1.</summary>
    public int KeepAliveCount { get; init; } = 3;

    /// <summary>
    /// Whether the peer is asked by a global request where no channel is open; if not, silence means nothing then. An
    /// OpenSSH control master would end the connection.
    /// </summary>
    public bool KeepsAliveWithoutChannel { get; init; }

    /// <summary>What the connections of a run share, so that their windows together stay bounded; null: the connection has one for itself.</summary>
    public WindowBudget? WindowBudget { get; init; }

    /// <summary>
    /// Whether those who wait for something of a channel go on in the thread that receives, once what is at hand has been
    /// received. That saves handing over to another thread; but whoever blocks there holds up all channels.
    /// </summary>
    public bool ResumesInline { get; init; }
}
