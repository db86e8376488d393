namespace Volley.Rollout.Journal;

/// <summary>Reads the complete lines of a stream.</summary>
internal sealed class LineSource(Stream stream)
{
    private byte[] _buffer = new byte[64 * 1024];
    private int _start;
    private int _end;

    /// <summary>Whether the stream ends within a line.</summary>
    public bool IsCut => _end > _start;

    /// <summary>Returns the next line, which is valid until the next call; null at the end.</summary>
    public ReadOnlyMemory<byte>? Next()
    {
        var searched = _start;
        while (true)
        {
            if (_buffer.AsSpan(searched, _end - searched).IndexOf((byte)'\n') is >= 0 and var found)
            {
                var line = _buffer.AsMemory(_start, searched + found - _start);
                _start = searched + found + 1;
                return line;
            }

            if (_start > 0)
            {
                _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
                (_start, _end) = (0, _end - _start);
            }

            searched = _end;
            if (_end == _buffer.Length)
                Array.Resize(ref _buffer, 2 * _buffer.Length);
            if (stream.Read(_buffer, _end, _buffer.Length - _end) is > 0 and var count)
                _end += count;
            else
                return null;
        }
    }
}
