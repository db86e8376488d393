using Volley.Interop.Files;

namespace Volley.Interop.Text;

/// <summary>Reads lines as <see cref="SystemText"/>. A line ends at a line feed, a carriage return, or both.</summary>
/// <param name="stream">The bytes. The stream is closed with the reader.</param>
/// <param name="maxLength">The number of bytes after which reading fails, so that no endless stream fills the memory.</param>
internal sealed class SystemTextReader(Stream stream, long maxLength = long.MaxValue) : TextReader
{
    private byte[] _buffer = new byte[8192];
    private int _start;
    private int _end;
    private long _length;
    private bool _hasBegun;
    private bool _endedAtCarriageReturn;

    /// <inheritdoc/>
    public override string? ReadLine()
    {
        if (_start == _end && !Fill())
            return null;
        if (_endedAtCarriageReturn && _buffer[_start] == '\n')
            _start++;
        _endedAtCarriageReturn = false;
        var searched = 0;
        while (true)
        {
            var found = _buffer.AsSpan((_start + searched).._end).IndexOfAny((byte)'\n', (byte)'\r');
            if (found >= 0)
            {
                var end = _start + searched + found;
                var line = Decode(end);
                _endedAtCarriageReturn = _buffer[end] == '\r';
                _start = end + 1;
                return line;
            }

            searched = _end - _start;
            if (Fill())
                continue;
            if (searched == 0)
                return null;
            var last = Decode(_end);
            _start = _end;
            return last;
        }
    }

    /// <inheritdoc/>
    public override int Read() => throw new NotSupportedException("only whole lines are read");

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            stream.Dispose();
        base.Dispose(disposing);
    }

    private string Decode(int end)
    {
        var text = SystemText.Decode(_buffer.AsSpan(_start..end));
        if (!_hasBegun && text is ['\ufeff', .. var afterMark])
            text = afterMark;
        _hasBegun = true;
        return text;
    }

    /// <summary>Reads more bytes behind those that are not consumed. Returns false at the end.</summary>
    private bool Fill()
    {
        _buffer.AsSpan(_start.._end).CopyTo(_buffer);
        _end -= _start;
        _start = 0;
        if (_end == _buffer.Length)
            Array.Resize(ref _buffer, 2 * _buffer.Length);
        var count = stream.Read(_buffer.AsSpan(_end));
        _end += count;
        _length += count;
        if (_length > maxLength)
            throw UnsuitableFileException.TooLong();
        return count > 0;
    }
}
