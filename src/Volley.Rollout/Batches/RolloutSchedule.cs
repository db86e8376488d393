using System.Collections.Immutable;
using Volley.Interop.Waiting;

namespace Volley.Rollout.Batches;

/// <summary>
/// The schedule of a rollout. The worker that completes the last target of a batch runs the check, waits, and opens the next batch; all others wait for
/// that meanwhile.
/// </summary>
internal sealed class RolloutSchedule : ITargetSchedule
{
    private readonly RolloutPlan _rollout;
    private readonly ScheduleContext _context;
    private readonly BatchCheck? _check;
    private readonly RolloutControl _control;
    private readonly TimeProvider _time;
    private readonly ImmutableArray<Batch> _batches;
    private readonly Lock _lock = new();
    private readonly AsyncCondition _changed = new();
    private readonly BatchQueue _queue;
    private readonly FailureCounter _failures;
    private readonly Dictionary<int, NodeResult> _results = [];
    private readonly SortedDictionary<int, Target> _unchecked = [];
    private ThresholdExceeded? _exceeded;
    private bool _hasReported;
    private bool _hasBegun;
    private bool _isOver;
    private bool _isChecking;
    private int _current;
    private int _left;

    public RolloutSchedule(RolloutPlan rollout, ScheduleContext context, BatchCheck? check, RolloutControl control, TimeProvider time)
    {
        (_rollout, _context, _check, _control, _time) = (rollout, context, check, control, time);
        _batches = rollout.GetBatches(context.Plan.Targets);
        _queue = new BatchQueue(rollout.SpreadAttribute, rollout.SpreadLimit);
        _failures = new FailureCounter(rollout, context.Plan.Targets.Length);
        _ = WakeAtStopAsync();
    }

    private bool IsStopped => _context.Control.Reason != StopReason.None;

    private Batch Batch => _batches[_current];

    public async ValueTask<Target?> TakeAsync()
    {
        if (TryBegin())
            await GuardAsync(() => OpenAsync(0)).ConfigureAwait(false);
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                if (_isOver || IsStopped)
                    return null;
                if (_queue.TryTake() is { } target)
                    return target;
                // The rest of the last batch is running.
                if (_hasBegun && _left > 0 && _queue.Count == 0 && _current == _batches.Length - 1)
                    return null;
                changed = _changed.WaitAsync();
            }

            await changed.ConfigureAwait(false);
        }
    }

    public void Finish(Target target, NodeResult result)
    {
        lock (_lock)
        {
            _queue.End(target);
            if (_queue.Count > 0 && _rollout.SpreadAttribute is not null)
                _changed.PulseAll();
            _results[target.Index] = result;
            if (_check is not null && result.Succeeded)
                _unchecked.Add(target.Index, target);
        }

        Count(target, result);
    }

    public NodeResult? FindEarlier(Target target) => _rollout.Earlier.GetValueOrDefault(target.Index);

    public async ValueTask CompleteAsync(Target target)
    {
        await ReportThresholdAsync().ConfigureAwait(false);
        bool isLast;
        lock (_lock)
            isLast = --_left == 0;
        if (isLast)
            await GuardAsync(AdvanceAsync).ConfigureAwait(false);
    }

    public async ValueTask EndAsync()
    {
        foreach (var target in _unchecked.Values)
        {
            if (!_isChecking)
                _context.CheckBegins(target);
            var result = _results[target.Index] with { Outcome = NodeOutcome.NotChecked, Stop = _context.Control.Reason };
            _context.CheckEnds(target, result);
            await _context.ReportAsync(new NodeChecked(target, result)).ConfigureAwait(false);
        }
    }

    /// <summary>Counts a result, and stops the run if it exceeds a threshold.</summary>
    private void Count(Target target, NodeResult result)
    {
        lock (_lock)
        {
            if (_failures.Add(target, result) is not { } exceeded || _exceeded is not null || IsStopped)
                return;
            _exceeded = exceeded;
        }

        _context.Control.Stop(StopReason.Threshold);
    }

    private async ValueTask ReportThresholdAsync()
    {
        lock (_lock)
        {
            if (_exceeded is null || _hasReported)
                return;
            _hasReported = true;
        }

        await _context.ReportAsync(_exceeded).ConfigureAwait(false);
    }

    private bool TryBegin()
    {
        lock (_lock)
        {
            if (_hasBegun || _batches.IsEmpty)
                return false;
            _hasBegun = true;
            return true;
        }
    }

    private async Task OpenAsync(int index)
    {
        var batch = _batches[index];
        await _context.ReportAsync(new BatchStarted(batch.Targets[0], batch)).ConfigureAwait(false);
        lock (_lock)
        {
            _current = index;
            _left = batch.Targets.Length;
            _results.Clear();
            _queue.Add(batch.Targets);
            _changed.PulseAll();
        }
    }

    /// <summary>Ends a batch, and opens the next one.</summary>
    private async Task AdvanceAsync()
    {
        var batch = Batch;
        if (_check is not null && !IsStopped)
            await CheckAsync(batch).ConfigureAwait(false);
        if (_unchecked.Count > 0)
        {
            Close();
            return;
        }

        // A stop has left none of its targets unstarted, so that the batch is complete.
        var succeeded = batch.Targets.Count(target => _results[target.Index].Succeeded);
        await _context.ReportAsync(new BatchFinished(batch.Targets[0], batch, succeeded, batch.Targets.Length - succeeded)).ConfigureAwait(false);
        if (_current + 1 == _batches.Length)
        {
            Close();
            return;
        }

        await WaitAsync(_batches[_current + 1]).ConfigureAwait(false);
        if (!IsStopped)
            await OpenAsync(_current + 1).ConfigureAwait(false);
    }

    private async Task CheckAsync(Batch batch)
    {
        Target[] targets = [.. batch.Targets.Where(target => _results[target.Index].Succeeded)];
        if (targets.Length == 0)
            return;
        _isChecking = true;
        foreach (var target in targets)
            _context.CheckBegins(target);
        await _check!.RunAsync(targets, EndCheckAsync).ConfigureAwait(false);
        _isChecking = _unchecked.Count > 0;
    }

    private async Task EndCheckAsync(Target target, NodeResult checkedBy)
    {
        var result = _results[target.Index];
        if (!checkedBy.Succeeded)
            result = result with { Outcome = NodeOutcome.CheckFailed, ExitCode = null, IsOkCode = null, Reason = checkedBy.Cause, Message = checkedBy.Message };
        _results[target.Index] = result;
        _unchecked.Remove(target.Index);
        _context.CheckEnds(target, result);
        Count(target, result);
        await _context.ReportAsync(new NodeChecked(target, result)).ConfigureAwait(false);
        await ReportThresholdAsync().ConfigureAwait(false);
    }

    /// <summary>Waits for the pause, and then for an approval if one is needed. A stop ends both.</summary>
    private async Task WaitAsync(Batch next)
    {
        var (began, _, _) = _control.Observe();
        if (_rollout.Pause > TimeSpan.Zero && !IsStopped)
        {
            await _context.ReportAsync(new BatchWaiting(next.Targets[0], next, _rollout.Pause)).ConfigureAwait(false);
            using var ending = new CancellationTokenSource();
            var elapsed = Task.Delay(_rollout.Pause, _time, ending.Token);
            await WaitUntilAsync(elapsed, () => _control.Observe().Continued != began).ConfigureAwait(false);
            await ending.CancelAsync().ConfigureAwait(false);
        }

        var (continued, isPaused, _) = _control.Observe();
        if (IsStopped || !(isPaused || (_rollout.NeedsApproval && continued == began)))
            return;
        await _context.ReportAsync(new BatchWaiting(next.Targets[0], next, Pause: null)).ConfigureAwait(false);
        await WaitUntilAsync(Task.Delay(Timeout.Infinite, CancellationToken.None), () => _control.Observe().Continued != continued).ConfigureAwait(false);
    }

    private async Task WaitUntilAsync(Task elapsed, Func<bool> isMet)
    {
        while (true)
        {
            var changed = _control.Observe().Changed;
            if (elapsed.IsCompleted || isMet() || IsStopped)
                return;
            await Task.WhenAny(elapsed, changed, _context.Control.Stopped).ConfigureAwait(false);
        }
    }

    /// <summary>Runs a step between batches. If it fails, no target starts any more, so that no worker waits for ever.</summary>
    private async Task GuardAsync(Func<Task> step)
    {
        try
        {
            await step().ConfigureAwait(false);
        }
        catch
        {
            Close();
            throw;
        }
    }

    private void Close()
    {
        lock (_lock)
        {
            _isOver = true;
            _changed.PulseAll();
        }
    }

    private async Task WakeAtStopAsync()
    {
        await _context.Control.Stopped.ConfigureAwait(false);
        lock (_lock)
            _changed.PulseAll();
    }
}
