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

    /// <summary>Records the end of a target, before its <see cref="NodeFinished"/> is reported. May stop the run.</summary>
    /// <param name="target">The target.</param>
    /// <param name="result">Its result.</param>
    void Finish(Target target, NodeResult result);

    /// <summary>Continues after the <see cref="NodeFinished"/> of a target was reported.</summary>
    /// <param name="target">The target.</param>
    /// <returns>A task that the worker of the target awaits.</returns>
    ValueTask CompleteAsync(Target target);
}

/// <summary>The run that a schedule is for.</summary>
/// <param name="Plan">The plan of the run.</param>
/// <param name="Control">The handle of the run.</param>
/// <param name="ReportAsync">Adds an event to the stream of the run, and waits while the reader is slow.</param>
public sealed record ScheduleContext(RunPlan Plan, RunControl Control, Func<NodeEvent, ValueTask> ReportAsync);
