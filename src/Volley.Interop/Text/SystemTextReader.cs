using System.Text;

namespace Volley.Interop.Text;

/// <summary>Reads lines as <see cref="SystemText"/>.</summary>
/// <param name="stream">The bytes. The stream is closed with the reader.</param>
internal sealed class SystemTextReader(Stream stream) : TextReader
{
    // Latin-1 maps each byte to one character, so lines can be split before they are decoded.
    private readonly StreamReader _lines = new(stream, Encoding.Latin1, detectEncodingFromByteOrderMarks: false);
    private bool _hasBegun;

    /// <inheritdoc/>
    public override string? ReadLine()
    {
        if (_lines.ReadLine() is not { } line)
            return null;
        var text = SystemText.Decode(Encoding.Latin1.GetBytes(line));
        if (!_hasBegun && text is ['\ufeff', .. var afterMark])
            text = afterMark;
        _hasBegun = true;
        return text;
    }

    /// <inheritdoc/>
    public override int Read() => throw new NotSupportedException("only whole lines are read");

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _lines.Dispose();
        base.Dispose(disposing);
    }
}
