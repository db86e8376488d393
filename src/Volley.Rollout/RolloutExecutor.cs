using Volley.Rollout.Batches;

namespace Volley.Rollout;

/// <summary>
/// Runs plans in batches on another executor, and returns the same stream of events, with those of the batches. A failure beyond a threshold stops the run
/// with <see cref="StopReason.Threshold"/>: running commands are ended, and the other targets never start.
/// </summary>
/// <param name="executor">Runs the commands and the checks.</param>
/// <param name="rollout">The batches, checks, pauses and thresholds.</param>
/// <param name="control">The handle to let the rollout wait and continue; null if it needs no approval. It serves one run.</param>
/// <param name="time">The clock of pauses; the system clock if null.</param>
/// <exception cref="ArgumentNullException">The executor or the rollout is null.</exception>
/// <exception cref="ArgumentException">The rollout needs approvals, and there is no control.</exception>
public sealed class RolloutExecutor(IExecutor executor, RolloutPlan rollout, RolloutControl? control = null, TimeProvider? time = null) : IExecutor
{
    private readonly IExecutor _executor = executor ?? throw new ArgumentNullException(nameof(executor));
    private readonly RolloutPlan _rollout = rollout is null ? throw new ArgumentNullException(nameof(rollout))
        : rollout.NeedsApproval && control is null ? throw new ArgumentException("a rollout that needs approvals needs a control", nameof(control))
        : rollout;

    /// <inheritdoc/>
    public IAsyncEnumerable<NodeEvent> RunAsync(RunPlan plan, RunControl? control = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(plan);
        if (_rollout.SpreadAttribute is not null && plan.Job is StepsJob { HasBarrier: true })
            throw new ArgumentException("targets that wait at a barrier would hold up those that a spread starts after them", nameof(plan));
        return _executor.RunAsync(plan with { Schedule = CreateSchedule }, control, cancellationToken);
    }

    private RolloutSchedule CreateSchedule(ScheduleContext context)
    {
        var check = _rollout.Check is { } command ? new BatchCheck(command, context, _executor) : null;
        return new RolloutSchedule(_rollout, context, check, control ?? new RolloutControl(), time ?? TimeProvider.System);
    }
}
