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

    /// <summary>Why another transport may reach the target; <see cref="TransportLimit.None"/> where it would fail the same way, and once a command has started.</summary>
    public TransportLimit Limit { get; init; }

    /// <summary>Whether the command certainly did not start, and may on another connection: this one was shared with other commands.</summary>
    internal bool IsUnstarted { get; init; }

    /// <summary>How much of the time for connecting is used up.</summary>
    internal TimeSpan Spent { get; init; }

    /// <summary>Whether a proxy command closed the connection, and could not say why.</summary>
    internal bool IsUnexplained { get; init; }

    /// <summary>The same failure in other words.</summary>
    internal TransportException Rephrased(string words, TimeSpan? spent = null, RetryAdvice? retry = null, bool isUnstarted = false) => new(Outcome, words, this)
    {
        Stderr = Stderr,
        Retry = retry ?? Retry,
        Limit = Limit,
        Spent = spent ?? Spent,
        IsUnstarted = IsUnstarted || isUnstarted,
    };
}
