namespace Volley.Ssh.Packets;

/// <summary>What has come from a stream and was not taken yet. The buffer is small until much comes: there may be thousands of them.</summary>
/// <param name="smallest">The buffer's first size, in bytes.</param>
/// <param name="largest">What it grows to by itself; what is needed at once may be more.</param>
internal sealed class UnreadBytes(int smallest, int largest)
{
    // Not from the pool: whoever disposes the stream while a read waits could not tell when to give it back.
    private byte[] _buffer = new byte[smallest];
    private int _start;
    private int _end;

    public int Count => _end - _start;

    /// <summary>All of them, valid until there is room made for more.</summary>
    public Span<byte> Span => _buffer.AsSpan(_start, Count);

    /// <summary>Takes the first of them, valid until there is room made for more.</summary>
    public Memory<byte> Take(int count)
    {
        var taken = _buffer.AsMemory(_start, count);
        _start += count;
        return taken;
    }

    /// <summary>Where more can be read into, so that from the first unread byte on there may be so many; <see cref="Add"/> follows.</summary>
    public Memory<byte> MakeRoom(int needed)
    {
        var unread = Count;
        // A buffer that was filled to its end is one that more could have come into.
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

    /// <summary>So many bytes have been read.</summary>
    public void Add(int count) => _end += count;
}
