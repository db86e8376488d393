using System.Text;
using Volley.Cli.Terminal.Cells;

namespace Volley.Cli.Output.Progress;

/// <summary>A connecting or running node in the progress display.</summary>
/// <param name="target">The target.</param>
/// <param name="since">The timestamp at which it began to connect.</param>
/// <param name="escaper">Escapes the last line.</param>
internal sealed class RunningNode(Target target, long since, LineEscaper escaper)
{
    /// <summary>The largest number of bytes kept of an incomplete line.</summary>
    private const int MaxTailLength = 512;

    private readonly LastLine _last = new(escaper);
    private readonly byte[]?[] _tails = new byte[]?[2];
    private readonly int[] _tailLengths = new int[2];

    public Target Target => target;

    public long Since => since;

    /// <summary>Whether the command has started.</summary>
    public bool IsConnected { get; set; }

    /// <summary>The last line of output, escaped for a terminal; empty if there is none.</summary>
    public string LastLine => _last.Text;

    /// <summary>The progress that the output reports, from 0 to 1; null if it reports none.</summary>
    public double? Fraction => _last.Fraction;

    public void Show(NodeProgress progress) => _last.Show(progress);

    /// <summary>Shows a line of the program in place of the last line of output: why the command is retried, or which step begins.</summary>
    public void ShowMark(string text)
    {
        Array.Clear(_tailLengths);
        _last.Show(Encoding.UTF8.GetBytes(text));
    }

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

    /// <summary>
    /// Appends to an incomplete line. Of a line that is too long, the end is kept: a progress bar writes its states one after the other.
    /// </summary>
    private void AppendTail(StreamKind stream, ReadOnlySpan<byte> data)
    {
        var tail = _tails[(int)stream] ??= new byte[MaxTailLength];
        ref var length = ref _tailLengths[(int)stream];
        data = data[Math.Max(0, data.Length - MaxTailLength)..];
        var kept = Math.Min(length, MaxTailLength - data.Length);
        tail.AsSpan(length - kept, kept).CopyTo(tail);
        data.CopyTo(tail.AsSpan(kept));
        length = kept + data.Length;
        if (length == MaxTailLength)
            length = TrimToCharacter(tail);
    }

    /// <summary>Removes the rest of a UTF-8 character, which has at most four bytes, from the beginning. Returns the new length.</summary>
    private static int TrimToCharacter(byte[] tail)
    {
        var rest = 0;
        while (rest < 3 && (tail[rest] & 0xc0) == 0x80)
            rest++;
        tail.AsSpan(rest).CopyTo(tail);
        return MaxTailLength - rest;
    }
}
