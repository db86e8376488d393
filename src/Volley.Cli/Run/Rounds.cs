using System.Collections.Immutable;
using Volley.Cli.Rollouts;
using Volley.Interop.Waiting;
using Volley.Rollout;

namespace Volley.Cli.Run;

/// <summary>
/// The runs of a plan: the whole plan, and reruns of some of its targets while the run is held open. The events of all rounds go to the
/// same consumer, one at a time, and a stop ends all rounds.
/// </summary>
/// <param name="executor">The executor, which serves all rounds.</param>
/// <param name="plan">The plan with all targets.</param>
/// <param name="control">The control of the first round. It holds the stop reason of the whole run.</param>
/// <param name="time">The clock.</param>
/// <param name="first">The targets of the first round; null for all.</param>
/// <param name="rollout">The rollout of the first round; null for none.</param>
internal sealed class Rounds(
    IExecutor executor, RunPlan plan, RunControl control, TimeProvider time, ImmutableArray<Target>? first = null, RolloutSettings? rollout = null)
{
    private readonly Lock _lock = new();
    private readonly Lock _taking = new();
    private readonly Dictionary<Task, RunControl> _live = [];
    private readonly Dictionary<int, RunControl> _controls = [];
    private readonly AsyncCondition _changed = new();
    private Action<NodeEvent>? _take;
    private bool _isHeld;
    private bool _hasEnded;

    /// <summary>Whether any round is running.</summary>
    public bool IsLive
    {
        get
        {
            lock (_lock)
                return _live.Count > 0;
        }
    }

    /// <summary>Runs the first round, and the rounds that are added while the run is held open.</summary>
    /// <param name="take">Receives each event. Calls come from any thread, but never overlap. The event's data is valid only during the call.</param>
    public async Task RunAsync(Action<NodeEvent> take)
    {
        _take = take;
        Begin(first is { } targets && targets.Length < plan.Targets.Length ? plan.Only(targets) : plan, control);
        try
        {
            while (true)
            {
                Task[] live;
                Task changed;
                lock (_lock)
                {
                    live = [.. _live.Keys];
                    changed = _changed.WaitAsync();
                    if (live.Length == 0 && !_isHeld)
                        return;
                }

                var ended = await Task.WhenAny([changed, .. live]);
                if (ended == changed)
                    continue;
                lock (_lock)
                {
                    if (_live.Remove(ended, out var its))
                        Retire(its);
                }

                await ended;
            }
        }
        finally
        {
            await StopAllAsync();
        }
    }

    /// <summary>Holds the run open after all its rounds have ended.</summary>
    public void Hold() => SetHeld(true);

    /// <summary>Lets the run end as soon as no round is running.</summary>
    public void Release() => SetHeld(false);

    /// <summary>Reruns the job on targets that have finished. Returns false if the run is not held open.</summary>
    public bool Rerun(ImmutableArray<Target> targets)
    {
        lock (_lock)
        {
            if (!_isHeld)
                return false;
            // All rounds share the limit on parallel nodes, but each round can run at least one node.
            var running = _live.Values.Sum(live => live.Counts.Running);
            Begin(plan.Only(targets) with { MaxConcurrency = Math.Max(1, plan.MaxConcurrency - running) }, new RunControl());
        }

        return true;
    }

    /// <summary>Cancels one target, in any round.</summary>
    public void Cancel(Target target)
    {
        lock (_lock)
            _controls.GetValueOrDefault(target.Index, control).Cancel(target);
    }

    /// <summary>Ends one target, in any round, because there is no room for more of its output.</summary>
    public void LimitOutput(Target target, string message)
    {
        lock (_lock)
            _controls.GetValueOrDefault(target.Index, control).LimitOutput(target, message);
    }

    /// <summary>Stops all rounds, and no longer holds the run open. Returns false if the run was stopped already.</summary>
    public bool TryStop(StopReason reason)
    {
        lock (_lock)
        {
            var hasChanged = _isHeld || control.Reason == StopReason.None;
            control.Stop(reason);
            foreach (var live in _live.Values)
            {
                hasChanged |= live.Reason == StopReason.None;
                live.Stop(reason);
            }

            _isHeld = false;
            _changed.PulseAll();
            return hasChanged;
        }
    }

    /// <summary>Stops the first round, which is the rollout. The run stays held open.</summary>
    public void AbortRollout()
    {
        lock (_lock)
            control.Stop(StopReason.Requested);
    }

    /// <summary>Ends the wait of a stop in progress.</summary>
    public void StopNow()
    {
        lock (_lock)
        {
            // A signal may come while the run is cleaned up.
            if (_hasEnded)
                return;
            control.StopNow();
            foreach (var live in _live.Values)
                live.StopNow();
        }
    }

    private void SetHeld(bool isHeld)
    {
        lock (_lock)
        {
            _isHeld = isHeld;
            _changed.PulseAll();
        }
    }

    private void Begin(RunPlan round, RunControl its)
    {
        lock (_lock)
        {
            // A target without an entry belongs to the first round.
            if (its != control)
            {
                foreach (var target in round.Targets)
                    _controls[target.Index] = its;
            }

            _live.Add(PumpAsync(round, its), its);
            _changed.PulseAll();
        }
    }

    private Task PumpAsync(RunPlan round, RunControl its) => OwnThread.ForEachAsync(GetExecutor(its).RunAsync(round, its), nodeEvent =>
    {
        // The batches are those of the first round.
        if (its != control && nodeEvent is (BatchStarted or BatchFinished))
            return;
        lock (_taking)
            _take!(Remedies.Complete(nodeEvent));
    });

    private IExecutor GetExecutor(RunControl its)
    {
        if (rollout is null)
            return executor;
        if (its == control)
            return new RolloutExecutor(executor, rollout.Plan, rollout.Control, time);
        return rollout.Plan.Check is null ? executor
            : new RolloutExecutor(executor, new RolloutPlan { Check = rollout.Plan.Check, MaxFailed = TargetShare.All, MaxUnreachable = TargetShare.All }, control: null, time);
    }

    /// <summary>Stops the rounds that still run after the consumer of the events has failed.</summary>
    private async Task StopAllAsync()
    {
        KeyValuePair<Task, RunControl>[] live;
        lock (_lock)
        {
            _isHeld = false;
            live = [.. _live];
            _live.Clear();
        }

        foreach (var (task, its) in live)
        {
            its.Stop(StopReason.ReaderLeft);
            await task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            lock (_lock)
                Retire(its);
        }

        lock (_lock)
            _hasEnded = true;
    }

    /// <summary>Disposes the control of a round that has ended. Its targets have finished, as those of the first round have.</summary>
    private void Retire(RunControl its)
    {
        if (its == control)
            return;
        foreach (var (index, _) in _controls.Where(entry => entry.Value == its))
            _controls.Remove(index);
        its.Dispose();
    }
}
