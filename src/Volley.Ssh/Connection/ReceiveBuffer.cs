using System.Buffers;

namespace Volley.Ssh.Connection;

/// <summary>
/// The received, unread data of a channel in order of arrival, in rented arrays. Both streams share the arrays, so a peer that
/// alternates between them with every byte costs little more than one that does not. Requires the channel's lock.
/// </summary>
internal sealed class ReceiveBuffer
{
    private const int MinArrayLength = 2 << 10;

    private readonly Queue<byte[]> _arrays = [];
    private readonly Queue<(SshStreamKind Stream, int Count)> _runs = [];
    // The run that is still growing. It follows those in the queue.
    private (SshStreamKind Stream, int Count) _newest;
    // The number of bytes taken from the oldest run.
    private int _taken;
    private byte[] _last = [];
    private int _start;
    private int _end;

    public int Count { get; private set; }

    public void Append(SshStreamKind stream, ReadOnlySpan<byte> data)
    {
        if (data.IsEmpty)
            return;
        if (_newest.Stream != stream)
        {
            if (_newest.Count > 0)
                _runs.Enqueue(_newest);
            _newest = (stream, 0);
        }
        _newest.Count += data.Length;
        Count += data.Length;
        while (!data.IsEmpty)
        {
            if (_end == _last.Length)
            {
                _last = ArrayPool<byte>.Shared.Rent(Math.Max(data.Length, MinArrayLength));
                _arrays.Enqueue(_last);
                _end = 0;
            }
            var part = data[..Math.Min(data.Length, _last.Length - _end)];
            part.CopyTo(_last.AsSpan(_end));
            _end += part.Length;
            data = data[part.Length..];
        }
    }

    /// <summary>Takes consecutive bytes of one stream, as many as fit; a count of 0 means that there are none.</summary>
    public SshOutputRead Take(Span<byte> target)
    {
        var (stream, length) = _runs.Count > 0 ? _runs.Peek() : _newest;
        var count = Math.Min(length - _taken, target.Length);
        for (var taken = 0; taken < count;)
        {
            var array = _arrays.Peek();
            var part = Math.Min(count - taken, (array == _last ? _end : array.Length) - _start);
            array.AsSpan(_start, part).CopyTo(target[taken..]);
            taken += part;
            _start += part;
            if (_start == array.Length && array != _last)
                DropFirst();
        }
        _taken += count;
        if (_taken == length && _runs.TryDequeue(out _))
            _taken = 0;
        Count -= count;
        if (Count == 0)
            Clear();
        return new(stream, count);
    }

    /// <summary>Drops all data. Returns the number of dropped bytes.</summary>
    public int Clear()
    {
        var dropped = Count;
        while (_arrays.Count > 0)
            ArrayPool<byte>.Shared.Return(_arrays.Dequeue());
        _runs.Clear();
        _newest.Count = Count = _taken = _start = _end = 0;
        _last = [];
        return dropped;
    }

    private void DropFirst()
    {
        ArrayPool<byte>.Shared.Return(_arrays.Dequeue());
        _start = 0;
    }
}
