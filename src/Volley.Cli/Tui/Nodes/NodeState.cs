using Volley.Cli.Rendering.Progress;
using Volley.Targets;

namespace Volley.Cli.Tui.Nodes;

/// <summary>What is known of one node: where it stands, what it printed, how it ended.</summary>
internal sealed class NodeState(Target target, SpillBuffer store, TimeProvider time)
{
    private long _since;
    private LastLine _last = new();
    private OutputIdentity _identity = new();

    public Target Target => target;

    public NodePhase Phase { get; private set; } = NodePhase.Queued;

    /// <summary>How it ended; null while it has not.</summary>
    public NodeResult? Result { get; private set; }

    /// <summary>All that it printed.</summary>
    public NodeLog Log { get; private set; } = new(store);

    /// <summary>How often it was started.</summary>
    public int Runs { get; private set; }

    /// <summary>Changes with everything that can be seen of it.</summary>
    public long Version { get; private set; }

    /// <summary>For how long it has been running, or ran.</summary>
    public TimeSpan Elapsed => Result?.Elapsed ?? (Phase == NodePhase.Queued ? TimeSpan.Zero : time.GetElapsedTime(_since));

    /// <summary>How many bytes it has sent.</summary>
    public long Bytes { get; private set; }

    /// <summary>What tells its output from others'.</summary>
    public (long, UInt128, long, UInt128) Identity => _identity.Value;

    /// <summary>The last line that is not blank, as far as it has come, made harmless.</summary>
    public string LastLine => _last.Text;

    /// <summary>How far it says that it is, 0 to 1; null if it does not.</summary>
    public double? Progress => _last.Fraction;

    public void Connect()
    {
        Reset(NodePhase.Connecting);
        _since = time.GetTimestamp();
        Runs++;
    }

    /// <summary>It will run again: what it printed before is forgotten.</summary>
    public void Requeue() => Reset(NodePhase.Queued);

    public void Start()
    {
        Phase = NodePhase.Running;
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

    public void Finish(NodeResult result)
    {
        Log.Complete();
        Result = result;
        Phase = NodePhases.Of(result);
        Version++;
    }

    private void Reset(NodePhase phase)
    {
        Phase = phase;
        Version++;
        Result = null;
        if (Bytes == 0)
            return;
        Log = new NodeLog(store);
        Bytes = 0;
        _identity = new OutputIdentity();
        _last = new LastLine();
    }
}
