namespace Volley;

/// <summary>
/// Decides when each target of one run starts. Without one, targets start in the order of the plan, as soon as the window has room. Members are
/// called from several threads at once.
/// </summary>
public interface ITargetSchedule
{
    /// <summary>Returns the next target as soon as it may start. An executor calls it only when its window has room.</summary>
    /// <returns>A target of the plan that was not returned before; null if no more target is to start, also after a stop of the run.</returns>
    ValueTask<Target?> TakeAsync();

    /// <summary>Returns the result of a target whose job has run before, and which is not run again.</summary>
    /// <param name="target">A target of the plan.</param>
    /// <returns>The result, which succeeded; null if the target runs.</returns>
    NodeResult? FindEarlier(Target target);

    /// <summary>Records the end of a target, before its <see cref="NodeFinished"/> is reported. May stop the run.</summary>
    /// <param name="target">The target.</param>
    /// <param name="result">Its result.</param>
    void Finish(Target target, NodeResult result);

    /// <summary>Continues after the <see cref="NodeFinished"/> of a target was reported.</summary>
    /// <param name="target">The target.</param>
    /// <returns>A task that the worker of the target awaits.</returns>
    ValueTask CompleteAsync(Target target);

    /// <summary>Reports what is left to report, after all targets that had started have ended.</summary>
    /// <returns>A task that completes before the end of the run.</returns>
    ValueTask EndAsync();
}

/// <summary>The run that a schedule is for.</summary>
/// <param name="Plan">The plan of the run.</param>
/// <param name="Control">The handle of the run.</param>
/// <param name="ReportAsync">Adds an event to the stream of the run, and waits while the reader is slow.</param>
public sealed record ScheduleContext(RunPlan Plan, RunControl Control, Func<NodeEvent, ValueTask> ReportAsync)
{
    /// <summary>Counts a target that has succeeded as running, because it is checked.</summary>
    public required Action<Target> CheckBegins { get; init; }

    /// <summary>Counts the target as ended, with the result that the check gives it. Stops the run if that failed, and <see cref="RunPlan.FailFast"/> is set.</summary>
    public required Action<Target, NodeResult> CheckEnds { get; init; }
}
