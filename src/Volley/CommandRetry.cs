using System.Collections.Immutable;

namespace Volley;

/// <summary>How often and when a command that has failed is run again at its target.</summary>
/// <remarks>
/// <para>
/// A retry follows a command that exited with another code than 0, was ended by a signal or reached a time limit of its own. None follows a stop, a
/// failure to connect (for these there is <see cref="PacedTransport"/>), or a command that may still run, so that it never runs twice at the same time.
/// </para>
/// <para>
/// The target keeps its place among those that run at the same time. Only its last attempt counts: it is the result, and fail-fast looks at it.
/// </para>
/// </remarks>
/// <param name="Limit">The largest number of retries: one less than that of attempts.</param>
/// <exception cref="ArgumentOutOfRangeException"><paramref name="Limit"/> is less than 1.</exception>
public sealed record CommandRetry(int Limit)
{
    /// <summary>The largest number of retries: one less than that of attempts.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is less than 1.</exception>
    public int Limit { get; init => field = Argument.AtLeast(1, value, nameof(Limit)); } = Argument.AtLeast(1, Limit, nameof(Limit));

    /// <summary>The time between the end of an attempt and the next one. The default is one second.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative or above 49 days.</exception>
    public TimeSpan Delay { get; init => field = Argument.Time(value, nameof(Delay)); } = TimeSpan.FromSeconds(1);

    /// <summary>The <see cref="NodeResult.Code"/>s of attempts that are followed by another one; see <see cref="Outcomes"/>.</summary>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    public ImmutableHashSet<int> Codes { get; init => field = Argument.NotNull(value, nameof(Codes)); } = [];

    /// <summary>
    /// The outcomes of attempts that are followed by another one. An attempt is retried if <see cref="Codes"/> has its code or this set its outcome; if both
    /// are empty, which is the default, each failure is.
    /// </summary>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    public ImmutableHashSet<NodeOutcome> Outcomes { get; init => field = Argument.NotNull(value, nameof(Outcomes)); } = [];

    /// <summary>
    /// Returns whether a failed attempt that <see cref="Codes"/> and <see cref="Outcomes"/> allow is followed by another one; null for each of them. It is called
    /// on any thread and must not block. If it throws, the target ends with <see cref="NodeOutcome.Faulted"/>. A job with a filter can't be sent to relays.
    /// </summary>
    public Func<NodeResult, bool>? Filter { get; init; }

    /// <summary>Returns whether an attempt is followed by another one.</summary>
    internal bool Covers(NodeResult result) =>
        result.Retries < Limit && IsCommandFailure(result) && MeetsConditions(result) && (Filter is null || Filter(result));

    private bool MeetsConditions(NodeResult result) =>
        (Codes.IsEmpty && Outcomes.IsEmpty) || Codes.Contains(result.Code) || Outcomes.Contains(result.Outcome);

    private static bool IsCommandFailure(NodeResult result) => result is { Succeeded: false, MayStillRun: false, Stop: StopReason.None }
        && result.Outcome is NodeOutcome.Exited or NodeOutcome.Signaled or NodeOutcome.CommandTimedOut or NodeOutcome.IdleTimedOut
            or NodeOutcome.RelativeTimedOut or NodeOutcome.ConnectionLost;
}
