using System.Buffers;
using Volley.Cli.Buffers;
using Volley.Cli.Terminal;

namespace Volley.Cli.Output;

/// <summary>Writes one stream of one node line by line. All lines that a chunk completes are written in one call.</summary>
/// <param name="write">Writes to the destination.</param>
/// <param name="label">The prefix of each line.</param>
/// <param name="safeText">Escapes lines for a terminal; null if the destination is not a terminal.</param>
/// <param name="divided">Called with the error whenever a line must be written in parts.</param>
internal sealed class LineWriter(LineWriter.Write write, byte[] label, SafeText? safeText, Action<IOException> divided) : ILineSink, IDisposable
{
    /// <summary>The size in bytes from which a line is written in pieces.</summary>
    private const int MaxPieceLength = 256 * 1024;

    private readonly LineBuffer _lines = new();
    // Without a label and escaping, a block of lines passes unsplit.
    private readonly bool _passesBlocks = label.Length == 0 && safeText is null;
    private readonly ArrayBufferWriter<byte> _ready = new(1024);
    private bool _isAtStart;

    /// <summary>Writes to a file descriptor.</summary>
    internal delegate void Write(ReadOnlySpan<byte> lines);

    public void Append(ReadOnlySpan<byte> chunk)
    {
        try
        {
            if (_passesBlocks)
                _lines.AppendBlock(chunk, this);
            else
                _lines.Append(chunk, this);
        }
        catch (IOException full)
        {
            // When no more of a line can be buffered, a line in parts is better than a lost one. Everything but the chunk's incomplete
            // last line has been processed.
            divided(full);
            _lines.Complete(this);
            _lines.Append(chunk[(chunk.LastIndexOf((byte)'\n') + 1)..], this);
        }

        WriteReady();
    }

    /// <summary>Writes the incomplete last line at the end of the stream.</summary>
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
        // Whole lines are written without a copy; a partial line waits for its rest.
        if (_passesBlocks && _isAtStart && piece.EndsWith("\n"u8))
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
        if (_ready.WrittenCount >= MaxPieceLength)
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
