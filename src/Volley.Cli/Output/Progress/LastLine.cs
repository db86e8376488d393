using Volley.Cli.Terminal.Cells;
using Volley.Interop.Text;

namespace Volley.Cli.Output.Progress;

/// <summary>The last line of a node's output, and the progress that the output reports.</summary>
/// <param name="escaper">Escapes the line.</param>
internal sealed class LastLine(LineEscaper escaper)
{
    private const int MaxLength = 512;

    private readonly PrintedProgress _progress = new();
    private byte[] _bytes = [];
    private int _length;
    private string? _text;
    private double? _fraction;

    /// <summary>The last line that is not blank, complete or not, escaped for a terminal.</summary>
    public string Text
    {
        get
        {
            if (_text is null)
            {
                _text = escaper.Escape(_bytes.AsSpan(0, _length));
                _fraction = _progress.Read(_text);
            }

            return _text;
        }
    }

    /// <summary>The progress that the output reports, from 0 to 1; null if it reports none.</summary>
    public double? Fraction => Text.Length == 0 ? null : _fraction;

    /// <summary>Adds a complete line, without its newline.</summary>
    public void Take(ReadOnlySpan<byte> line)
    {
        _progress.Take(line);
        Show(line);
    }

    /// <summary>Shows a line, complete or not, unless it is blank.</summary>
    public void Show(ReadOnlySpan<byte> line)
    {
        if (line.TrimStart(" \t\r"u8).IsEmpty)
            return;
        line = Current(line);
        _length = Math.Min(line.Length, MaxLength);
        if (_bytes.Length < _length)
            Array.Resize(ref _bytes, Math.Min(MaxLength, Math.Max(_length, 64)));
        line[.._length].CopyTo(_bytes);
        _text = null;
    }

    /// <summary>Shows the state of a file transfer.</summary>
    public void Show(NodeProgress progress)
    {
        _text = escaper.Escape(SystemText.Encode(TransferText.Format(progress)));
        _fraction = progress.TotalBytes is > 0 and var total ? Math.Clamp((double)progress.Bytes / total, 0, 1) : null;
    }

    /// <summary>Returns the last state of a line that carriage returns overwrite, as in a progress bar.</summary>
    private static ReadOnlySpan<byte> Current(ReadOnlySpan<byte> line)
    {
        line = line.TrimEnd((byte)'\r');
        return line[(line.LastIndexOf((byte)'\r') + 1)..];
    }
}
