using Volley.Input;

namespace Volley.Cli.Output.Gathering;

/// <summary>A branch of an <see cref="OutputTree"/>: a run of bytes that continues another branch at some offset. It can grow and be forked.</summary>
internal sealed class OutputBranch
{
    private const int SmallestTail = 256;
    private const int LargestTail = 64 * 1024;

    private readonly SpillBuffer _store;

    // Stored pieces, followed by a tail that is not stored yet. The tail's limit grows with the branch to keep the pieces few.
    private readonly List<Piece> _pieces = [];
    private long _stored;
    private byte[] _tail = [];
    private int _tailCount;
    private Dictionary<(long Offset, byte First), OutputBranch>? _forks;

    /// <param name="store">The store for the branch's bytes.</param>
    /// <param name="fork">The place where the branch begins; null for the root.</param>
    public OutputBranch(SpillBuffer store, OutputPlace? fork)
    {
        _store = store;
        Fork = fork;
        Start = fork?.Length ?? 0;
    }

    /// <summary>The place on another branch where this one begins; null for the root.</summary>
    public OutputPlace? Fork { get; }

    /// <summary>The number of bytes before the branch.</summary>
    public long Start { get; }

    /// <summary>The number of bytes in the branch.</summary>
    public long Length => _stored + _tailCount;

    private int TailLimit => (int)Math.Clamp(Length / 16, SmallestTail, LargestTail);

    public void Append(ReadOnlySpan<byte> data)
    {
        if (_tailCount + data.Length > TailLimit)
        {
            Store(_tail.AsSpan(0, _tailCount));
            _tailCount = 0;
            Store(data);
            return;
        }

        var count = _tailCount + data.Length;
        if (_tail.Length < count)
            Array.Resize(ref _tail, Math.Max(count, Math.Min(TailLimit, _tail.Length * 2)));
        data.CopyTo(_tail.AsSpan(_tailCount));
        _tailCount = count;
    }

    /// <summary>Reads bytes at an offset. Returns at least one byte, except at the end.</summary>
    public int Read(long offset, Span<byte> buffer)
    {
        if (offset >= _stored)
        {
            var tail = _tail.AsSpan(0, _tailCount)[(int)(offset - _stored)..];
            tail = tail[..Math.Min(tail.Length, buffer.Length)];
            tail.CopyTo(buffer);
            return tail.Length;
        }

        var (piece, end) = PieceAt(offset);
        var count = _store.Read(piece.Position + offset - piece.Offset, buffer[..(int)Math.Min(buffer.Length, end - offset)]);
        return count > 0 ? count : throw new IOException("the temporary file was truncated");
    }

    /// <summary>Returns the fork that continues at an offset with a given byte, and creates it if necessary.</summary>
    public OutputBranch ForkAt(long offset, byte first)
    {
        _forks ??= [];
        if (!_forks.TryGetValue((offset, first), out var fork))
            _forks[(offset, first)] = fork = new OutputBranch(_store, new OutputPlace(this, offset));
        return fork;
    }

    private void Store(ReadOnlySpan<byte> data)
    {
        if (data.IsEmpty)
            return;
        var position = _store.Length;
        _store.Append(data);
        var follows = _pieces.Count > 0 && _pieces[^1] is var last && last.Position + (_stored - last.Offset) == position;
        if (!follows)
            _pieces.Add(new Piece(_stored, position));
        _stored += data.Length;
    }

    private (Piece Piece, long End) PieceAt(long offset)
    {
        var (low, high) = (0, _pieces.Count - 1);
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            if (_pieces[middle].Offset <= offset)
                low = middle;
            else
                high = middle - 1;
        }

        return (_pieces[low], low + 1 < _pieces.Count ? _pieces[low + 1].Offset : _stored);
    }

    /// <summary>A contiguous range in the store. It ends where the next piece of the branch begins.</summary>
    /// <param name="Offset">The offset in the branch.</param>
    /// <param name="Position">The position in the store.</param>
    private readonly record struct Piece(long Offset, long Position);
}
