using System.Collections.Immutable;
using Volley.Cli.Output;
using Volley.Cli.Output.Progress;
using Volley.Cli.Terminal.Cells;
using Volley.Cli.Tui.Nodes;
using Volley.Input;

namespace Volley.Cli.Tui;

/// <summary>The data of the terminal UI, accumulated from the events of a run. Views read it and do not change it.</summary>
internal sealed class TuiState : IDisposable
{
    /// <summary>The number of output bytes kept in memory: 4 MiB. The rest goes to an unlinked temporary file.</summary>
    private const int MemoryLimit = 4 * 1024 * 1024;

    private readonly SpillBuffer _store = new(MemoryLimit);
    private readonly int[] _counts = new int[NodePhases.All.Length];
    private readonly TimeProvider _time;
    private readonly long _began;
    private TimeSpan? _took;
    private BatchWaiting? _waiting;

    public TuiState(RunPlan plan, TimeProvider time)
    {
        Plan = plan;
        _time = time;
        _began = time.GetTimestamp();
        var escaper = new LineEscaper();
        Nodes = [.. plan.Targets.Select(target => new NodeState(target, _store, escaper, time))];
        _counts[(int)NodePhase.Queued] = Nodes.Length;
        Transfers = new TransferTotals(Nodes.Length);
    }

    public RunPlan Plan { get; }

    /// <summary>The clock of the run.</summary>
    public TimeProvider Time => _time;

    /// <summary>The nodes by <see cref="Target.Index"/>.</summary>
    public ImmutableArray<NodeState> Nodes { get; }

    /// <summary>The program's messages, including those about connections.</summary>
    public MessageLog Messages { get; } = new();

    /// <summary>What the file transfers of the run have moved.</summary>
    public TransferTotals Transfers { get; }

    /// <summary>The batches of the run; empty if it has none.</summary>
    public ImmutableArray<Batch> Batches { get; init; } = [];

    /// <summary>The number of the last batch that has begun; 0 before the first.</summary>
    public int CurrentBatch { get; private set; }

    /// <summary>The number of the last batch that has finished and was checked; 0 before the first.</summary>
    public int FinishedBatch { get; private set; }

    /// <summary>What the run waits for between two batches; null while one runs, and after a stop.</summary>
    public BatchWaiting? Waiting => _waiting is { } waiting && !IsUnstarted(waiting.Batch) ? waiting : null;

    /// <summary>Whether a stop has left batches that do not begin.</summary>
    public bool HasUnstarted => CurrentBatch < Batches.Length && IsUnstarted(Batches[CurrentBatch]);

    /// <summary>A counter that changes with every visible change.</summary>
    public long Version { get; private set; }

    /// <summary>The number of nodes that have finished.</summary>
    public int Done => NodePhases.All.Where(NodePhases.IsDone).Sum(Count);

    /// <summary>The number of nodes that are connecting or running.</summary>
    public int Running => Count(NodePhase.Running) + Count(NodePhase.Connecting);

    /// <summary>The time since the start, or from the start until all nodes finished.</summary>
    public TimeSpan Elapsed => _took ?? _time.GetElapsedTime(_began);

    /// <summary>Returns the number of nodes in a phase.</summary>
    public int Count(NodePhase phase) => _counts[(int)phase];

    /// <summary>Applies an event. Copies the data that it keeps.</summary>
    public void Apply(NodeEvent nodeEvent)
    {
        Version++;
        Transfers.Add(nodeEvent);
        var node = Nodes[nodeEvent.Target.Index];
        var before = node.Phase;
        switch (nodeEvent)
        {
            case NodeConnecting:
                node.Connect();
                break;
            case NodeStarted started:
                node.Start(started.Step is > 1 and var step && Plan.Job is StepsJob steps ? JobCommands.GetStep(steps, step) : null);
                break;
            case NodeRetrying retrying:
                node.Retry(retrying.Result.Cause, RetryText.Next(retrying, Plan));
                break;
            case NodeOutput output:
                Append(node, output);
                break;
            case NodeProgress progress:
                node.Show(progress);
                break;
            case NodeFinished finished:
                node.Finish(finished.Result);
                break;
            case NodeChecked { Result.Succeeded: false } check:
                node.Finish(check.Result);
                break;
            case BatchStarted or BatchFinished or BatchWaiting:
                ShowBatch(nodeEvent);
                break;
        }

        Recount(node, before);
    }

    // Hosts of a batch that has not begun end only by a stop.
    private bool IsUnstarted(Batch batch) => batch.Number > CurrentBatch && batch.Targets.All(target => NodePhases.IsDone(Nodes[target.Index].Phase));

    private void ShowBatch(NodeEvent nodeEvent)
    {
        _waiting = nodeEvent as BatchWaiting;
        if (nodeEvent is BatchStarted started)
            CurrentBatch = started.Batch.Number;
        else if (nodeEvent is BatchFinished finished)
            FinishedBatch = finished.Batch.Number;
    }

    /// <summary>Marks finished nodes as queued, for a rerun.</summary>
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

    /// <summary>Adds a message of the program.</summary>
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
