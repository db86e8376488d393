using System.Buffers;
using Volley.Cli.Terminal;

namespace Volley.Cli.Rendering;

/// <summary>Writes one stream of one node line by line; the lines that one chunk completes are written at once.</summary>
/// <param name="write">Where to.</param>
/// <param name="label">What goes in front of each line.</param>
/// <param name="safeText">Makes the lines harmless; null where they are not for a terminal.</param>
/// <param name="divided">Told why, whenever a line is shown in parts.</param>
internal sealed class LineWriter(LineWriter.Write write, byte[] label, SafeText? safeText, Action<IOException> divided) : ILineSink, IDisposable
{
    /// <summary>A line that is longer than this is written in pieces, one after the other.</summary>
    private const int LongestPiece = 256 * 1024;

    private readonly LineBuffer _lines = new();
    // Lines to which nothing is done need not be looked at one by one.
    private readonly bool _isPlain = label.Length == 0 && safeText is null;
    private readonly ArrayBufferWriter<byte> _ready = new(1024);
    private bool _isAtStart;

    /// <summary>Writes to one of the descriptors.</summary>
    internal delegate void Write(ReadOnlySpan<byte> lines);

    public void Append(ReadOnlySpan<byte> chunk)
    {
        try
        {
            if (_isPlain)
                _lines.AppendBlock(chunk, this);
            else
                _lines.Append(chunk, this);
        }
        catch (IOException full)
        {
            // Where no more of a line can be held back, it is better to show it in parts than to lose it. All but the chunk's
            // last, incomplete line has gone through.
            divided(full);
            _lines.Complete(this);
            _lines.Append(chunk[(chunk.LastIndexOf((byte)'\n') + 1)..], this);
        }

        WriteReady();
    }

    /// <summary>The stream has ended.</summary>
    public void Complete()
    {
        _lines.Complete(this);
        WriteReady();
    }

    public void Dispose() => _lines.Dispose();

    void ILineSink.BeginLine()
    {
        _ready.Write(label);
        _isAtStart = true;
    }

    void ILineSink.Write(ReadOnlySpan<byte> piece)
    {
        // Whole lines go on from where they are; a part of one waits for the rest.
        if (_isPlain && _isAtStart && piece.EndsWith("\n"u8))
        {
            WriteReady();
            write(piece);
            return;
        }

        _isAtStart = false;
        if (safeText is null)
            _ready.Write(piece);
        else
            WriteSafely(piece);
        if (_ready.WrittenCount >= LongestPiece)
            WriteReady();
    }

    void ILineSink.EndLine()
    {
    }

    private void WriteSafely(ReadOnlySpan<byte> piece)
    {
        var isEnd = piece.EndsWith("\n"u8);
        safeText!.Append(isEnd ? piece[..^1] : piece, _ready);
        if (!isEnd)
            return;
        safeText.EndLine(_ready);
        _ready.Write("\n"u8);
    }

    private void WriteReady()
    {
        if (_ready.WrittenCount == 0)
            return;
        write(_ready.WrittenSpan);
        _ready.ResetWrittenCount();
    }
}
