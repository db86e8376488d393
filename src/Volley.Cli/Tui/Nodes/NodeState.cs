using System.Text;
using Volley.Cli.Output;
using Volley.Cli.Output.Progress;
using Volley.Cli.Terminal.Cells;
using Volley.Input;

namespace Volley.Cli.Tui.Nodes;

/// <summary>The state of one node: phase, output, result.</summary>
/// <param name="target">The target.</param>
/// <param name="store">The store of the output, common to all nodes.</param>
/// <param name="escaper">Escapes the last line, common to all nodes.</param>
/// <param name="time">The clock.</param>
internal sealed class NodeState(Target target, SpillBuffer store, LineEscaper escaper, TimeProvider time)
{
    private long _since;
    private LastLine _last = new(escaper);
    private OutputIdentity _identity = new();
    private bool _hasProgress;

    public Target Target => target;

    public NodePhase Phase { get; private set; } = NodePhase.Queued;

    /// <summary>The result; null until the node has finished.</summary>
    public NodeResult? Result { get; private set; }

    /// <summary>The output of the current run.</summary>
    public NodeLog Log { get; private set; } = new(store, time);

    /// <summary>The number of runs, including the current one.</summary>
    public int Runs { get; private set; }

    /// <summary>A counter that changes with every visible change of the node.</summary>
    public long Version { get; private set; }

    /// <summary>The duration of the current or last run; zero while the node is queued.</summary>
    public TimeSpan Elapsed => Result?.Elapsed ?? (Phase == NodePhase.Queued ? TimeSpan.Zero : time.GetElapsedTime(_since));

    /// <summary>The number of bytes received in the current run.</summary>
    public long Bytes { get; private set; }

    /// <summary>The key that distinguishes the node's output from other outputs: lengths and hashes of both streams.</summary>
    public (long, UInt128, long, UInt128) Identity => _identity.Value;

    /// <summary>The last line that is not blank, complete or not, escaped for a terminal.</summary>
    public string LastLine => _last.Text;

    /// <summary>The progress that the output reports, from 0 to 1; null if it reports none.</summary>
    public double? Progress => _last.Fraction;

    public void Connect()
    {
        Reset(NodePhase.Connecting);
        _since = time.GetTimestamp();
        Runs++;
    }

    /// <summary>Queues the node for a rerun, and drops its output and result.</summary>
    public void Requeue() => Reset(NodePhase.Queued);

    /// <summary>Records the start of a command.</summary>
    /// <param name="step">The name of a later step, which a line in the output shows; null for the first or only command.</param>
    public void Start(string? step)
    {
        if (step is not null)
            Mark(step);
        Phase = NodePhase.Running;
        Version++;
    }

    /// <summary>Marks the end of an attempt that does not count in the output, which stays.</summary>
    /// <param name="cause">The cause of its end.</param>
    /// <param name="next">The attempt that follows.</param>
    public void Retry(string cause, string next)
    {
        Mark($"{cause}; {next}");
        // Nodes are compared by the output of their last attempt.
        _identity = new OutputIdentity();
        Phase = NodePhase.Connecting;
        Version++;
    }

    public void Append(NodeOutput output)
    {
        var data = output.Data.Span;
        Bytes += data.Length;
        _identity.Append(output.Stream, data);
        Log.Append(output.Stream, data, _last.Take);
        _last.Show(Log.Incomplete(output.Stream));
        Version++;
    }

    /// <summary>Shows the progress of a file transfer in place of a line of output.</summary>
    public void Show(NodeProgress progress)
    {
        _last.Show(progress);
        _hasProgress = true;
        Version++;
    }

    public void Finish(NodeResult result)
    {
        if (TransferText.Format(result) is { Length: > 0 } transferred)
        {
            _last.Show(Encoding.UTF8.GetBytes(transferred));
            _hasProgress = true;
        }

        Log.Complete();
        Result = result;
        Phase = NodePhases.From(result);
        Version++;
    }

    /// <summary>Shows a line of the program in the output.</summary>
    private void Mark(string text)
    {
        var mark = Encoding.UTF8.GetBytes($"--- {text.ReplaceLineEndings(" ")} ---");
        Log.Complete();
        Log.Append(StreamKind.Stderr, [.. mark, (byte)'\n']);
        _last.Show(mark);
        _hasProgress = true;
    }

    private void Reset(NodePhase phase)
    {
        Phase = phase;
        Version++;
        Result = null;
        if (Bytes == 0 && !_hasProgress)
            return;
        _hasProgress = false;
        Log = new NodeLog(store, time);
        Bytes = 0;
        _identity = new OutputIdentity();
        _last = new LastLine(escaper);
    }
}
