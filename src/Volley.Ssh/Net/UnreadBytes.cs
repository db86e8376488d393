namespace Volley.Ssh.Net;

/// <summary>A buffer of bytes that were read from a stream and not taken yet. It starts small, because there may be thousands of them.</summary>
/// <param name="smallest">The initial size in bytes.</param>
/// <param name="largest">The size in bytes up to which it grows by itself. It grows further if a single read needs it.</param>
internal sealed class UnreadBytes(int smallest, int largest)
{
    // Not from the pool, because disposing the stream during a pending read gives no safe time to return the array.
    private byte[] _buffer = new byte[smallest];
    private int _start;
    private int _end;

    public int Count => _end - _start;

    /// <summary>All unread bytes, valid until the next <see cref="MakeRoom"/>.</summary>
    public Span<byte> Span => _buffer.AsSpan(_start, Count);

    /// <summary>Takes the first bytes, valid until the next <see cref="MakeRoom"/>.</summary>
    public Memory<byte> Take(int count)
    {
        var taken = _buffer.AsMemory(_start, count);
        _start += count;
        return taken;
    }

    /// <summary>Returns the memory to read into, with room for at least the needed number of unread bytes in total. <see cref="Add"/> follows.</summary>
    public Memory<byte> MakeRoom(int needed)
    {
        var unread = Count;
        // A completely filled buffer is enlarged, because more data was probably available.
        var size = Math.Max(needed, _end == _buffer.Length && _buffer.Length < largest ? _buffer.Length * 2 : _buffer.Length);
        if (size > _buffer.Length)
        {
            var larger = new byte[size];
            Span.CopyTo(larger);
            _buffer = larger;
        }
        else if (_start > 0)
        {
            Span.CopyTo(_buffer);
        }

        (_start, _end) = (0, unread);
        return _buffer.AsMemory(_end);
    }

    /// <summary>Adds the number of bytes that were read.</summary>
    public void Add(int count) => _end += count;
}
