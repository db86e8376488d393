namespace Volley;

/// <summary>The summary of a run, built from its events. If a target runs again, its last result counts.</summary>
public sealed class RunSummary
{
    private readonly RunPlan _plan;
    private readonly RunControl _control;
    private readonly NodeResult?[] _results;

    /// <summary>Creates an empty summary.</summary>
    /// <param name="plan">The plan of the run.</param>
    /// <param name="control">The handle of the run, which holds the reason of a stop.</param>
    /// <exception cref="ArgumentNullException"><paramref name="plan"/> is null.</exception>
    /// <exception cref="ArgumentNullException"><paramref name="control"/> is null.</exception>
    public RunSummary(RunPlan plan, RunControl control)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(control);
        _plan = plan;
        _control = control;
        _results = new NodeResult?[plan.IndexCount];
    }

    /// <summary>The results by <see cref="Target.Index"/>; null for targets without a result so far.</summary>
    public IReadOnlyList<NodeResult?> Results => _results;

    /// <summary>The reason of the stop, if the run was stopped.</summary>
    public StopReason Stop => _control.Reason;

    /// <summary>The number of targets that have a result and did not succeed.</summary>
    public int FailedCount => _results.Count(r => r is { Succeeded: false });

    /// <summary>The targets whose commands may still run although they were ended.</summary>
    public IEnumerable<Target> MayStillRun => _plan.Targets.Where(t => _results[t.Index] is { MayStillRun: true });

    /// <summary>The targets whose output streams were still open when they finished.</summary>
    public IEnumerable<Target> OutputMayBeIncomplete => _plan.Targets.Where(t => _results[t.Index] is { OutputMayBeIncomplete: true });

    /// <summary>Adds an event of the run.</summary>
    /// <param name="nodeEvent">The event.</param>
    /// <exception cref="ArgumentException">The target of the event is not one of the plan.</exception>
    public void Add(NodeEvent nodeEvent)
    {
        ArgumentNullException.ThrowIfNull(nodeEvent);
        if (!_plan.Contains(nodeEvent.Target))
            throw new ArgumentException($"{nodeEvent.Target.Label} is not a target of the plan", nameof(nodeEvent));
        if (nodeEvent is NodeFinished finished)
            _results[finished.Target.Index] = finished.Result;
        else if (nodeEvent is NodeChecked check)
            _results[check.Target.Index] = check.Result;
    }

    /// <summary>
    /// Returns the targets that failed, grouped by cause: exit codes first, in ascending order, then the other outcomes in the order of
    /// <see cref="NodeOutcome"/>.
    /// </summary>
    /// <returns>Groups with the cause, <see cref="NodeResult.Cause"/>, as key, and their targets in the order of the plan.</returns>
    public IReadOnlyList<IGrouping<string, Target>> Failures() =>
    [
        .. _plan.Targets
            .Where(t => _results[t.Index] is { Succeeded: false })
            .GroupBy(t => _results[t.Index]!.Cause)
            .Select(group => (Result: _results[group.First().Index]!, Group: group))
            .OrderBy(g => g.Result.Outcome)
            .ThenBy(g => g.Result.Code)
            .ThenBy(g => g.Result.Step)
            .Select(g => g.Group),
    ];

    /// <summary>
    /// Returns the exit code of a run that was not stopped from outside, from 0 to 255. A run without targets returns 1. A run that
    /// failed fast or exceeded a threshold never returns 0: with <see cref="ExitCodeStrategy.MainRank"/> it returns the code of the target that failed first,
    /// else the strategy's code, with canceled and never started targets as failures. A run that reached its deadline returns 124 where the
    /// strategy's code is 0.
    /// </summary>
    /// <param name="strategy">How the exit codes of the targets are combined.</param>
    /// <returns>The exit code.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The strategy is not one of the enumeration.</exception>
    public int ExitCode(ExitCodeStrategy strategy)
    {
        Argument.Defined(strategy, nameof(strategy));
        if (Stop is not (StopReason.FailFast or StopReason.Threshold))
            return CodeBy(strategy) is not 0 and var code ? code : _results.Any(result => result is { Stop: StopReason.Deadline }) ? NodeResult.TimeoutCode : 0;
        return Math.Max(1, strategy == ExitCodeStrategy.MainRank && _control.FirstFailure is { } first ? CodeOf(first.Index) : CodeBy(strategy));
    }

    private int CodeBy(ExitCodeStrategy strategy)
    {
        if (_plan.Targets.IsEmpty)
            return 1;
        var main = CodeOf(_plan.MainRank);
        return strategy switch
        {
            ExitCodeStrategy.RequireAllSuccess => AllSucceeded() ? 0 : 1,
            ExitCodeStrategy.CheckAllNodes => main != 0 ? main : AllSucceeded() ? 0 : 1,
            ExitCodeStrategy.AnyFailure => _plan.Targets.Max(target => CodeOf(target.Index)),
            _ => main,
        };
    }

    private bool AllSucceeded() => _plan.Targets.All(target => _results[target.Index] is { Succeeded: true });

    // A target without a result has not succeeded. It exists only before the stream has ended.
    private int CodeOf(int index) => _results[index]?.Code ?? 1;
}
