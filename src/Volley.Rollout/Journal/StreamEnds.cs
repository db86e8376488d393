using System.IO.Hashing;

namespace Volley.Rollout.Journal;

/// <summary>Divides the output of a stream into its beginning, which is written at once, and its end, which is kept in memory.</summary>
/// <param name="limit">The length of either part, in bytes.</param>
internal sealed class StreamEnds(int limit)
{
    private readonly XxHash128 _hash = new();
    private byte[] _ring = [];
    private int _start;
    private int _length;
    private long _begun;
    private long _seen;

    /// <summary>The number of bytes that are in neither part.</summary>
    public long Omitted => _seen - _begun - _length;

    /// <summary>The hash of all output.</summary>
    public string Hash => OutputDigests.Format(_hash);

    /// <summary>Takes output, and returns the part of it that belongs to the beginning.</summary>
    public ReadOnlyMemory<byte> Add(ReadOnlyMemory<byte> data)
    {
        _seen += data.Length;
        _hash.Append(data.Span);
        var begins = (int)Math.Min(data.Length, limit - _begun);
        _begun += begins;
        Keep(data.Span[begins..]);
        return data[..begins];
    }

    /// <summary>Returns the end of the output, without what is in the beginning.</summary>
    public byte[] TakeEnd()
    {
        var end = new byte[_length];
        var first = Math.Min(_length, _ring.Length - _start);
        _ring.AsSpan(_start, first).CopyTo(end);
        _ring.AsSpan(0, _length - first).CopyTo(end.AsSpan(first));
        _ring = [];
        (_start, _length) = (0, 0);
        return end;
    }

    private void Keep(ReadOnlySpan<byte> data)
    {
        data = data[Math.Max(0, data.Length - limit)..];
        if (data.IsEmpty)
            return;
        Grow(_length + data.Length);
        while (!data.IsEmpty)
        {
            var end = (_start + _length) % _ring.Length;
            var count = Math.Min(data.Length, _ring.Length - end);
            data[..count].CopyTo(_ring.AsSpan(end));
            data = data[count..];
            var over = Math.Max(0, _length + count - _ring.Length);
            _start = (_start + over) % _ring.Length;
            _length += count - over;
        }
    }

    /// <summary>Makes room for a number of bytes, at most <c>limit</c>.</summary>
    private void Grow(int length)
    {
        length = Math.Min(length, limit);
        if (length <= _ring.Length)
            return;
        var larger = new byte[Math.Min(limit, Math.Max(length, Math.Max(1024, 2 * _ring.Length)))];
        var first = Math.Min(_length, _ring.Length - _start);
        _ring.AsSpan(_start, first).CopyTo(larger);
        _ring.AsSpan(0, _length - first).CopyTo(larger.AsSpan(first));
        (_ring, _start) = (larger, 0);
    }
}
