using System.Buffers;
using System.Text;
using Volley.Cli.Terminal;

namespace Volley.Cli.Output;

/// <summary>The output of a node as a block. For a terminal it is escaped, and standard error is marked; otherwise it is unchanged.</summary>
internal sealed class OutputBlock(TerminalWriter writer, Style style)
{
    private readonly SafeText? _safeText = writer.StdoutIsTerminal ? new SafeText(style.IsOn) : null;
    private readonly ArrayBufferWriter<byte> _ready = new(64 * 1024);
    private readonly byte[] _stderrMark = Encoding.UTF8.GetBytes(style.Bad("! "));
    private StreamKind _stream;
    private bool _isInLine;

    /// <summary>Whether to append a newline to an unterminated last line if the destination is not a terminal.</summary>
    public bool EndsLastLine { get; init; } = true;

    public void Append(StreamKind stream, ReadOnlySpan<byte> piece)
    {
        if (_safeText is null)
        {
            _isInLine = piece[^1] != '\n';
            writer.WriteOut(piece);
            return;
        }

        if (stream != _stream && _isInLine)
            EndLine();
        _stream = stream;
        while (!piece.IsEmpty)
        {
            var newline = piece.IndexOf((byte)'\n');
            var line = newline < 0 ? piece : piece[..newline];
            if (!_isInLine && stream == StreamKind.Stderr)
                _ready.Write(_stderrMark);
            _isInLine = true;
            _safeText.Append(line, _ready);
            if (newline >= 0)
                EndLine();
            piece = newline < 0 ? [] : piece[(newline + 1)..];
        }

        WriteReady();
    }

    public void Complete()
    {
        if (!_isInLine)
            return;
        if (_safeText is not null)
            EndLine();
        else if (EndsLastLine)
            _ready.Write("\n"u8);
        WriteReady();
    }

    private void EndLine()
    {
        _safeText!.EndLine(_ready);
        _ready.Write("\n"u8);
        _isInLine = false;
    }

    private void WriteReady()
    {
        writer.WriteOut(_ready.WrittenSpan);
        _ready.ResetWrittenCount();
    }
}
