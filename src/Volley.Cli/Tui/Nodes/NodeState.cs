using Volley.Cli.Tui.Text;
using Volley.Targets;

namespace Volley.Cli.Tui.Nodes;

/// <summary>What is known of one node: where it stands, what it printed, how it ended.</summary>
internal sealed class NodeState(Target target, SpillBuffer store, TimeProvider time)
{
    private const int LongestLastLine = 512;

    private long _since;
    private byte[] _last = [];
    private int _lastLength;
    private string? _lastLine;
    private OutputIdentity _identity = new();
    private NodeProgress _progress = new();
    private double? _fraction;

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
    public string LastLine
    {
        get
        {
            if (_lastLine is null)
            {
                _lastLine = SafeLine.Of(_last.AsSpan(0, _lastLength));
                _fraction = _progress.Of(_lastLine);
            }

            return _lastLine;
        }
    }

    /// <summary>How far it says that it is, 0 to 1; null if it does not.</summary>
    public double? Progress => LastLine.Length >= 0 ? _fraction : null;

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
        Log.Append(output.Stream, data, TakeLine);
        var incomplete = Log.Incomplete(output.Stream);
        if (!IsBlank(incomplete))
            SetLast(incomplete);
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
        _progress = new NodeProgress();
        SetLast([]);
    }

    private void TakeLine(ReadOnlySpan<byte> line)
    {
        _progress.Take(line);
        if (!IsBlank(line))
            SetLast(line);
    }

    private void SetLast(ReadOnlySpan<byte> line)
    {
        // What is written over again and again, as a progress bar: its last state.
        line = line.TrimEnd((byte)'\r');
        line = line[(line.LastIndexOf((byte)'\r') + 1)..];
        _lastLength = Math.Min(line.Length, LongestLastLine);
        if (_last.Length < _lastLength)
            Array.Resize(ref _last, Math.Min(LongestLastLine, Math.Max(_lastLength, 64)));
        line[.._lastLength].CopyTo(_last);
        _lastLine = null;
    }

    private static bool IsBlank(ReadOnlySpan<byte> line) => line.TrimStart(" \t\r"u8).IsEmpty;
}
