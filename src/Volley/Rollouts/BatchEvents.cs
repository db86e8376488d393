namespace Volley;

/// <summary>A batch of a rollout begins: its targets may start.</summary>
/// <param name="Target">The first target of the batch.</param>
/// <param name="Batch">The batch.</param>
public sealed record BatchStarted(Target Target, Batch Batch) : NodeEvent(Target);

/// <summary>All targets of a batch have finished, and were checked. A batch that a stop interrupts has no such event.</summary>
/// <param name="Target">The first target of the batch.</param>
/// <param name="Batch">The batch.</param>
/// <param name="Succeeded">The number of targets that succeeded.</param>
/// <param name="Failed">The number of all others.</param>
public sealed record BatchFinished(Target Target, Batch Batch, int Succeeded, int Failed) : NodeEvent(Target);

/// <summary>A rollout waits before it begins a batch.</summary>
/// <param name="Target">The first target of the batch.</param>
/// <param name="Batch">The batch that begins next.</param>
/// <param name="Pause">The time until it begins, or null if it waits for an approval.</param>
public sealed record BatchWaiting(Target Target, Batch Batch, TimeSpan? Pause) : NodeEvent(Target);

/// <summary>A target was checked after its batch. This event follows its <see cref="NodeFinished"/>, and its result replaces that one's.</summary>
/// <param name="Target">The target of the event.</param>
/// <param name="Result">
/// The result as before, or one with <see cref="NodeOutcome.CheckFailed"/>, or with <see cref="NodeOutcome.NotChecked"/> if a stop has ended the check or came before it.
/// </param>
public sealed record NodeChecked(Target Target, NodeResult Result) : NodeEvent(Target);

/// <summary>An attempt of the check of a target has failed, and is repeated after a delay.</summary>
/// <param name="Target">The target of the event.</param>
/// <param name="Result">The result of the attempt. Its <see cref="NodeResult.Retries"/> counts the attempts before it.</param>
/// <param name="Delay">The time until the next attempt.</param>
public sealed record CheckRetrying(Target Target, NodeResult Result, TimeSpan Delay) : NodeEvent(Target);

/// <summary>More targets failed than a rollout allows. The run is stopped with <see cref="StopReason.Threshold"/>.</summary>
/// <param name="Target">The target that failed last.</param>
/// <param name="Threshold">The threshold.</param>
/// <param name="Count">The number of targets that count.</param>
/// <param name="Limit">The largest number that is allowed.</param>
public sealed record ThresholdExceeded(Target Target, RolloutThreshold Threshold, int Count, int Limit) : NodeEvent(Target);

/// <summary>The thresholds of a rollout.</summary>
public enum RolloutThreshold
{
    /// <summary>Failed targets of the whole run.</summary>
    Failed,

    /// <summary>Unreachable targets of the whole run.</summary>
    Unreachable,

    /// <summary>Targets of the canary that failed for any reason.</summary>
    Canary,
}
