namespace Volley.Cli.Rendering.Gathering;

/// <summary>A branch of an <see cref="OutputTree"/>: bytes that follow on a place of another branch. It can grow, and others can fork from it.</summary>
internal sealed class OutputBranch
{
    private const int SmallestTail = 256;
    private const int LargestTail = 64 * 1024;

    private readonly SpillBuffer _store;

    // What is stored, in pieces, and after it what is not stored yet. The pieces grow with the branch, so that they are few.
    private readonly List<Piece> _pieces = [];
    private long _stored;
    private byte[] _tail = [];
    private int _tailCount;
    private Dictionary<(long Offset, byte First), OutputBranch>? _forks;

    /// <param name="store">Takes its bytes.</param>
    /// <param name="fork">Where it begins; null for the root.</param>
    public OutputBranch(SpillBuffer store, OutputPlace? fork)
    {
        _store = store;
        Fork = fork;
        Start = fork?.Length ?? 0;
    }

    /// <summary>The place on another branch where this one begins; null for the root.</summary>
    public OutputPlace? Fork { get; }

    /// <summary>How many bytes lie before it.</summary>
    public long Start { get; }

    /// <summary>How many bytes it has.</summary>
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

    /// <summary>Reads from an offset: at least one byte, unless it is the end.</summary>
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
        return count > 0 ? count : throw new IOException("the temporary file is shorter than what was written to it");
    }

    /// <summary>The branch that goes on from an offset with a byte that this one does not go on with.</summary>
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

    /// <summary>A part that lies in the store in one piece, up to the next one.</summary>
    /// <param name="Offset">Where in the branch it begins.</param>
    /// <param name="Position">Where in the store.</param>
    private readonly record struct Piece(long Offset, long Position);
}
