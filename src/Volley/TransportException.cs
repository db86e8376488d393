namespace Volley;

/// <summary>A failure of a transport with a known outcome. It becomes the target's <see cref="NodeResult"/>.</summary>
/// <param name="outcome">The outcome of the target: one that is a failure of a transport, not an end of the command or of the run.</param>
/// <param name="message">A message for the user.</param>
/// <param name="innerException">The cause, or null.</param>
/// <exception cref="ArgumentOutOfRangeException"><paramref name="outcome"/> is not one of the enumeration.</exception>
/// <exception cref="ArgumentException">
/// <paramref name="outcome"/> says that a command ended (<see cref="NodeOutcome.Exited"/>, <see cref="NodeOutcome.Signaled"/>), which
/// <see cref="IRemoteProcess.WaitForExitAsync"/> reports, or that the executor ended the target (<see cref="NodeOutcome.CommandTimedOut"/>,
/// <see cref="NodeOutcome.OutputLimitReached"/>, <see cref="NodeOutcome.Canceled"/>, <see cref="NodeOutcome.NotStarted"/>).
/// </exception>
public sealed class TransportException(NodeOutcome outcome, string message, Exception? innerException = null)
    : Exception(message, innerException)
{
    /// <summary>The outcome of the target.</summary>
    public NodeOutcome Outcome { get; } = Argument.Defined(outcome, nameof(outcome)) is var failure && IsFailure(failure)
        ? failure
        : throw new ArgumentException($"{nameof(NodeOutcome)}.{failure} is no failure of a transport", nameof(outcome));

    /// <summary>The output on standard error before the failure, such as a server's banner or an error of a jump host.</summary>
    public ReadOnlyMemory<byte> Stderr { get; init; }

    /// <summary>The reason in a few words, the same for all targets that fail in the same way; null if the outcome says everything.</summary>
    public string? Reason { get; init; }

    /// <summary>Whether a retry may help. After a command has started it is <see cref="RetryAdvice.Never"/>.</summary>
    public RetryAdvice Retry { get; init; }

    /// <summary>
    /// Why another transport may reach the target. It is <see cref="TransportLimit.None"/> if that would fail in the same way, and after
    /// a command has started.
    /// </summary>
    internal TransportLimit Limit { get; init; }

    /// <summary>A change to the run that would avoid the failure.</summary>
    public Remedy Remedy { get; init; }

    /// <summary>Whether the target or the transport does not have the subsystem that was asked for.</summary>
    internal bool HasNoSubsystem { get; init; }

    /// <summary>Whether the command certainly did not start, and may start on another connection: this one was shared with other commands.</summary>
    internal bool IsUnstarted { get; init; }

    /// <summary>Whether the command certainly has not begun, although the process that would have become it had started.</summary>
    internal bool HasNotBegun { get; init; }

    /// <summary>The target whose failure is the cause of this one, and is reported before it; null if there is no such target.</summary>
    internal Target? Cause { get; init; }

    /// <summary>How much of the connect timeout has elapsed.</summary>
    internal TimeSpan Spent { get; init; }

    /// <summary>Whether a proxy command closed the connection without a reason.</summary>
    internal bool IsUnexplained { get; init; }

    private static bool IsFailure(NodeOutcome outcome) => outcome is not (
        NodeOutcome.Exited or NodeOutcome.Signaled or NodeOutcome.CommandTimedOut or NodeOutcome.OutputLimitReached
        or NodeOutcome.Canceled or NodeOutcome.NotStarted);

    /// <summary>Returns the same failure with another message.</summary>
    internal TransportException Rephrased(
        string message, TimeSpan? spent = null, RetryAdvice? retry = null, bool isUnstarted = false, Remedy? remedy = null, bool hasNotBegun = false) =>
        new(Outcome, message, this)
        {
            Stderr = Stderr,
            Reason = Reason,
            Retry = retry ?? Retry,
            Limit = Limit,
            Remedy = remedy ?? Remedy,
            Spent = spent ?? Spent,
            IsUnstarted = IsUnstarted || isUnstarted,
            HasNotBegun = HasNotBegun || hasNotBegun,
            HasNoSubsystem = HasNoSubsystem,
            Cause = Cause,
        };

    /// <summary>Returns the failure as a result.</summary>
    internal NodeResult ToResult() => new(Outcome) { Message = Message, Reason = Reason, Remedy = Remedy };

    /// <summary>Returns the failure of a request for a subsystem that the target or the transport does not have.</summary>
    internal static TransportException NoSubsystem(string message, Exception? innerException = null) =>
        new(NodeOutcome.ConnectFailed, message, innerException) { HasNoSubsystem = true };
}
