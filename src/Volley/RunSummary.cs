using System.Collections.Immutable;
using Volley.Targets;

namespace Volley;

/// <summary>What became of a run: a fold over its events. A target that ran again counts with its last result.</summary>
public sealed class RunSummary
{
    private readonly RunPlan _plan;
    private readonly RunControl _control;
    private readonly NodeResult?[] _results;

    /// <summary>A summary to which no event was added yet.</summary>
    /// <param name="plan">The plan of the run.</param>
    /// <param name="control">The handle on the run; it knows why it was stopped.</param>
    public RunSummary(RunPlan plan, RunControl control)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(control);
        _plan = plan;
        _control = control;
        _results = new NodeResult?[plan.Targets.Length];
    }

    /// <summary>The results by <see cref="Target.Index"/>; null where none has come yet.</summary>
    public IReadOnlyList<NodeResult?> Results => _results;

    /// <summary>Why the run was stopped.</summary>
    public StopReason Stop => _control.Reason;

    /// <summary>How many targets did not succeed.</summary>
    public int FailedCount => _results.Count(r => r is { Succeeded: false });

    /// <summary>The targets at which something may still run although it was ended.</summary>
    public IEnumerable<Target> MayStillRun => _plan.Targets.Where(t => _results[t.Index] is { MayStillRun: true });

    /// <summary>The targets whose output streams were still open when they were finished.</summary>
    public IEnumerable<Target> OutputMayBeIncomplete => _plan.Targets.Where(t => _results[t.Index] is { OutputMayBeIncomplete: true });

    /// <summary>Adds an event of the run.</summary>
    public void Add(NodeEvent nodeEvent)
    {
        if (nodeEvent is NodeFinished finished)
            _results[finished.Target.Index] = finished.Result;
    }

    /// <summary>The targets that failed, grouped by cause: exit codes first, in ascending order, then the other outcomes in the order of <see cref="NodeOutcome"/>.</summary>
    public IReadOnlyList<FailureGroup> Failures() =>
    [
        .. _plan.Targets
            .Where(t => _results[t.Index] is { Succeeded: false })
            .GroupBy(t => _results[t.Index]!.Cause)
            .Select(group => (Result: _results[group.First().Index]!, Group: new FailureGroup(group.Key, [.. group])))
            .OrderBy(g => g.Result.Outcome)
            .ThenBy(g => g.Result.Code)
            .Select(g => g.Group),
    ];

    /// <summary>
    /// The exit code of a run that was not stopped from outside, 0 to 255. A run without targets has 1. A run that failed fast never
    /// has 0: by <see cref="ExitCodeStrategy.MainRank"/>, the default, it has the code of the target that failed first; by any other
    /// strategy the one that the strategy gives, in which canceled and never started targets have failed.
    /// </summary>
    public int ExitCode(ExitCodeStrategy strategy)
    {
        if (Stop != StopReason.FailFast)
            return CodeBy(strategy);
        return Math.Max(1, strategy == ExitCodeStrategy.MainRank && _control.FirstFailure is { } first ? CodeOf(first.Index) : CodeBy(strategy));
    }

    private int CodeBy(ExitCodeStrategy strategy)
    {
        if (_results.Length == 0)
            return 1;
        var main = CodeOf(_plan.MainRank);
        return strategy switch
        {
            ExitCodeStrategy.RequireAllSuccess => AllSucceeded() ? 0 : 1,
            ExitCodeStrategy.CheckAllNodes => main != 0 ? main : AllSucceeded() ? 0 : 1,
            ExitCodeStrategy.AnyFailure => Enumerable.Range(0, _results.Length).Max(CodeOf),
            _ => main,
        };
    }

    private bool AllSucceeded() => _results.All(r => r is { Succeeded: true });

    // A target without a result has not succeeded; that can only be asked before the stream has ended.
    private int CodeOf(int index) => _results[index]?.Code ?? 1;
}

/// <summary>The targets that failed for the same cause.</summary>
/// <param name="Cause">The cause, as <see cref="NodeResult.Cause"/> words it.</param>
/// <param name="Targets">The targets, in the plan's order.</param>
public sealed record FailureGroup(string Cause, ImmutableArray<Target> Targets);
