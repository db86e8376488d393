namespace Volley.Transports;

/// <summary>A failure of a transport that has a name: it becomes the target's <see cref="NodeResult"/>.</summary>
public sealed class TransportException(NodeOutcome outcome, string message, Exception? inner = null)
    : Exception(message, inner)
{
    /// <summary>How it counts.</summary>
    public NodeOutcome Outcome { get; } = outcome;

    /// <summary>What arrived on standard error before the failure, such as a server's banner or a jump host's complaint.</summary>
    public ReadOnlyMemory<byte> Stderr { get; init; }

    /// <summary>Whether connecting again could help; never after a command has started.</summary>
    public RetryAdvice Retry { get; init; }
}
