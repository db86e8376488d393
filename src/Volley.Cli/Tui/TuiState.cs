using System.Collections.Immutable;
using Volley.Cli.Tui.Nodes;
using Volley.Targets;

namespace Volley.Cli.Tui;

/// <summary>All that the terminal UI shows: a fold over the events of a run. Views are drawn from it and change nothing in it.</summary>
internal sealed class TuiState : IDisposable
{
    /// <summary>How much output is kept in memory; the rest lies in a temporary file without a name.</summary>
    private const int MemoryLimit = 4 * 1024 * 1024;

    private readonly SpillBuffer _store = new(MemoryLimit);
    private readonly int[] _counts = new int[NodePhases.All.Length];
    private readonly TimeProvider _time;
    private readonly long _began;
    private TimeSpan? _took;

    public TuiState(RunPlan plan, TimeProvider time)
    {
        Plan = plan;
        _time = time;
        _began = time.GetTimestamp();
        Nodes = [.. plan.Targets.Select(target => new NodeState(target, _store, time))];
        _counts[(int)NodePhase.Queued] = Nodes.Length;
    }

    public RunPlan Plan { get; }

    /// <summary>The nodes by <see cref="Target.Index"/>.</summary>
    public ImmutableArray<NodeState> Nodes { get; }

    /// <summary>What the program said, and how connecting went.</summary>
    public MessageLog Messages { get; } = new();

    /// <summary>Changes with everything that can be seen.</summary>
    public long Version { get; private set; }

    /// <summary>How many nodes are done.</summary>
    public int Done => NodePhases.All.Where(NodePhases.IsDone).Sum(Count);

    /// <summary>How many are connecting or running.</summary>
    public int Running => Count(NodePhase.Running) + Count(NodePhase.Connecting);

    /// <summary>From the start until now, or until all were done.</summary>
    public TimeSpan Elapsed => _took ?? _time.GetElapsedTime(_began);

    /// <summary>How many are in a phase.</summary>
    public int Count(NodePhase phase) => _counts[(int)phase];

    /// <summary>Takes an event; what it keeps of its data it copies.</summary>
    public void Apply(NodeEvent nodeEvent)
    {
        Version++;
        var node = Nodes[nodeEvent.Target.Index];
        var before = node.Phase;
        switch (nodeEvent)
        {
            case NodeConnecting:
                node.Connect();
                break;
            case NodeStarted:
                node.Start();
                break;
            case NodeOutput output:
                Append(node, output);
                break;
            case NodeFinished finished:
                node.Finish(finished.Result);
                break;
        }

        Recount(node, before);
    }

    /// <summary>Nodes that are done will run again.</summary>
    public void Requeue(IEnumerable<NodeState> nodes)
    {
        Version++;
        foreach (var node in nodes)
        {
            var before = node.Phase;
            node.Requeue();
            Recount(node, before);
        }
    }

    /// <summary>Takes a message of the program.</summary>
    public void AddMessage(string message)
    {
        Version++;
        Messages.Add(message);
    }

    public void Dispose() => _store.Dispose();

    private void Append(NodeState node, NodeOutput output)
    {
        var hadGap = node.Log.Gap is not null;
        node.Append(output);
        if (!hadGap && node.Log.Gap is { } gap)
            AddMessage($"volley: {node.Target.Label}: {gap}; not all of its output can be shown");
    }

    private void Recount(NodeState node, NodePhase before)
    {
        if (before == node.Phase)
            return;
        _counts[(int)before]--;
        _counts[(int)node.Phase]++;
        _took = Done == Nodes.Length ? _took ?? _time.GetElapsedTime(_began) : null;
    }
}
