namespace Volley.Rollout.Batches;

/// <summary>Counts the failures of a rollout, and compares them with its thresholds. The caller locks.</summary>
/// <param name="rollout">The thresholds.</param>
/// <param name="total">The number of all targets.</param>
internal sealed class FailureCounter(RolloutPlan rollout, int total)
{
    private readonly int? _maxFailed = rollout.GetMaxFailed(total);
    private readonly int? _maxUnreachable = rollout.GetMaxUnreachable(total);
    private readonly HashSet<int> _canary = [.. rollout.Canary.Select(target => target.Index)];
    private int _failed;
    private int _unreachable;

    /// <summary>Counts the result of a target. Returns the threshold that it exceeds, or null.</summary>
    /// <param name="target">The target.</param>
    /// <param name="result">The result. One that a stop caused, also of this target alone, counts only in the canary.</param>
    public ThresholdExceeded? Add(Target target, NodeResult result)
    {
        if (result.Succeeded)
            return null;
        if (result.Stop == StopReason.None && RolloutPlan.IsUnreachable(result))
            _unreachable++;
        else if (result.Stop == StopReason.None)
            _failed++;
        if (_canary.Contains(target.Index))
            return new ThresholdExceeded(target, RolloutThreshold.Canary, 1, 0);
        if (_failed > _maxFailed)
            return new ThresholdExceeded(target, RolloutThreshold.Failed, _failed, _maxFailed.Value);
        return _unreachable > _maxUnreachable ? new ThresholdExceeded(target, RolloutThreshold.Unreachable, _unreachable, _maxUnreachable.Value) : null;
    }
}
