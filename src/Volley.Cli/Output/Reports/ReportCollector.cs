using System.Collections.Immutable;
using Volley.Cli.Output.Gathering;
using Volley.Cli.Output.Summary;

namespace Volley.Cli.Output.Reports;

/// <summary>Collects what reports need beyond the results: the outputs of the nodes, equal ones once, and the times of their ends.</summary>
/// <param name="clock">The clock of the run.</param>
internal sealed class ReportCollector(RunClock clock) : IRenderer, IDisposable
{
    private readonly GatheredOutput _gathered = new();
    private readonly SortedDictionary<int, (GatheredGroup Group, Target Target, TimeSpan End)> _nodes = [];

    /// <summary>The reason why outputs are missing; null if they are complete.</summary>
    public string? Failure { get; private set; }

    /// <summary>The nodes by equal results, in the order of <c>--output gather</c>. Complete after the run.</summary>
    public ImmutableArray<ReportGroup> Groups { get; private set; } = [];

    public void Render(NodeEvent nodeEvent)
    {
        switch (nodeEvent)
        {
            case NodeOutput output when Failure is null:
                Append(output);
                break;
            case NodeRetrying retrying:
                // Only the last attempt counts.
                _gathered.Finish(retrying.Target, retrying.Result, "retried");
                break;
            case NodeChecked { Result.Succeeded: false } check:
                _nodes[check.Target.Index] = (_gathered.Replace(check.Target, check.Result), check.Target, clock.Elapsed);
                break;
            case NodeFinished finished:
                // If a node runs again, its last result counts.
                _nodes[finished.Target.Index] = (_gathered.Finish(finished.Target, finished.Result), finished.Target, clock.Elapsed);
                break;
        }
    }

    public void Complete(RunSummary summary) => Groups =
    [
        .. _nodes.Values
            .GroupBy(node => node.Group, node => node.Target)
            .Select(group => new ReportGroup(group.Key, [.. group]))
            .OrderBy(group => group.Result.Code)
            .ThenByDescending(group => group.Targets.Length)
            .ThenBy(group => group.Targets[0].Index),
    ];

    /// <summary>Returns the time from the start of the run to the end of a node; null if its result is that of the run which this one repeats.</summary>
    public TimeSpan? GetEnd(Target target) => _nodes.TryGetValue(target.Index, out var node) ? node.End : null;

    /// <summary>Returns the output of a node; null if its result is that of the run which this one repeats.</summary>
    public ReportOutput? GetOutput(Target target) => _nodes.TryGetValue(target.Index, out var node) ? new(node.Group.First) : null;

    public void Dispose() => _gathered.Dispose();

    private void Append(NodeOutput output)
    {
        try
        {
            _gathered.Append(output);
        }
        catch (IOException full)
        {
            Failure = $"the outputs are incomplete: {Remedies.GetMessage(full)}";
        }
    }
}

/// <summary>Nodes with the same cause of their end and the same output.</summary>
/// <param name="Gathered">The output.</param>
/// <param name="Targets">The nodes, in the order of the plan.</param>
internal sealed record ReportGroup(GatheredGroup Gathered, ImmutableArray<Target> Targets)
{
    /// <summary>The result of one of them.</summary>
    public NodeResult Result => Gathered.Result!;

    /// <summary>The folded names.</summary>
    public string Names => HostList.Fold(Targets.Select(target => target.Label));

    /// <summary>The output.</summary>
    public ReportOutput Output => new(Gathered.First);
}
