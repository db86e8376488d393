using Volley.Targets;

namespace Volley.Cli.Rendering.Progress;

/// <summary>A node between connecting and finished, as the progress shows it.</summary>
/// <param name="target">The node.</param>
/// <param name="since">When it began to connect, as a timestamp of the clock.</param>
internal sealed class RunningNode(Target target, long since)
{
    /// <summary>What is kept of a line that has no end yet.</summary>
    private const int LongestTail = 512;

    private readonly LastLine _last = new();
    private readonly byte[]?[] _tails = new byte[]?[2];
    private readonly int[] _tailLengths = new int[2];

    public Target Target => target;

    public long Since => since;

    /// <summary>Whether its command has started.</summary>
    public bool IsConnected { get; set; }

    /// <summary>What it printed last, made harmless; empty if nothing yet.</summary>
    public string LastLine => _last.Text;

    /// <summary>How far it says that it is, 0 to 1; null if it does not.</summary>
    public double? Fraction => _last.Fraction;

    public void Append(StreamKind stream, ReadOnlySpan<byte> data)
    {
        while (data.IndexOf((byte)'\n') is >= 0 and var newline)
        {
            if (_tailLengths[(int)stream] > 0)
            {
                AppendTail(stream, data[..newline]);
                _last.Take(Tail(stream));
                _tailLengths[(int)stream] = 0;
            }
            else
            {
                _last.Take(data[..newline]);
            }

            data = data[(newline + 1)..];
        }

        if (data.IsEmpty)
            return;
        AppendTail(stream, data);
        _last.Show(Tail(stream));
    }

    private ReadOnlySpan<byte> Tail(StreamKind stream) => _tails[(int)stream].AsSpan(0, _tailLengths[(int)stream]);

    /// <summary>Of a line that is longer than what is kept, the end counts: a progress bar writes its states one after the other.</summary>
    private void AppendTail(StreamKind stream, ReadOnlySpan<byte> data)
    {
        var tail = _tails[(int)stream] ??= new byte[LongestTail];
        ref var length = ref _tailLengths[(int)stream];
        data = data[Math.Max(0, data.Length - LongestTail)..];
        var kept = Math.Min(length, LongestTail - data.Length);
        tail.AsSpan(length - kept, kept).CopyTo(tail);
        data.CopyTo(tail.AsSpan(kept));
        length = kept + data.Length;
    }
}
