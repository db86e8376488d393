using System.Text;

namespace Volley.Ssh.Sessions;

/// <summary>Splits the output of one stream into lines. A line ends with LF or CR LF.</summary>
/// <param name="encoding">The encoding.</param>
/// <param name="maxLength">The largest number of characters of a line.</param>
internal sealed class LineSplitter(Encoding encoding, int maxLength)
{
    private readonly Decoder _decoder = encoding.GetDecoder();
    private readonly StringBuilder _line = new();
    private char[] _text = [];

    /// <summary>Adds bytes, and the lines that they complete to a list.</summary>
    /// <exception cref="SshException">A line is too long (<see cref="SshFailure.OutputTooLarge"/>).</exception>
    public void Add(ReadOnlySpan<byte> bytes, List<string> lines)
    {
        if (encoding.GetMaxCharCount(bytes.Length) is var needed && needed > _text.Length)
            _text = new char[needed];
        var rest = _text.AsSpan(0, _decoder.GetChars(bytes, _text, flush: false));
        while (rest.IndexOf('\n') is >= 0 and var end)
        {
            Append(rest[..end]);
            lines.Add(TakeLine());
            rest = rest[(end + 1)..];
        }
        Append(rest);
    }

    /// <summary>Returns the last line, if it has no end; else null.</summary>
    public string? Complete()
    {
        var text = new char[encoding.GetMaxCharCount(0)];
        _line.Append(text, 0, _decoder.GetChars([], text, flush: true));
        return _line.Length > 0 ? TakeLine() : null;
    }

    private void Append(ReadOnlySpan<char> text)
    {
        if (text.Length > maxLength - _line.Length)
            throw new SshException(SshFailure.OutputTooLarge, $"a line of the output has more than {maxLength} characters");
        _line.Append(text);
    }

    private string TakeLine()
    {
        var length = _line.Length > 0 && _line[^1] == '\r' ? _line.Length - 1 : _line.Length;
        var line = _line.ToString(0, length);
        _line.Clear();
        return line;
    }
}
