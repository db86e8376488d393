using System.Buffers;
using System.Collections.Immutable;
using Volley.Transfers.Sources;

namespace Volley.Transfers.Deltas;

/// <summary>Finds the blocks of an old file in a new one, at any offset.</summary>
/// <param name="old">The old file.</param>
internal sealed class BlockMatcher(BlockSignature old)
{
    private const int MinBuffer = 1 << 20;
    private const int BlocksInBuffer = 8;
    // Candidates that are no matches. Only a hostile signature has more, which would make the search endless.
    private const int MaxFalseCandidates = 1000;

    private readonly ImmutableArray<BlockCopy>.Builder _copies = ImmutableArray.CreateBuilder<BlockCopy>();
    private readonly int _length = old.BlockLength;
    private RollingChecksum _checksum = new(old.BlockLength);
    private int _preferred;
    private int _falseCandidates;

    /// <summary>Returns the parts of the new file that the old one has, in order.</summary>
    /// <exception cref="TransferException">The new file can't be read, or has changed.</exception>
    public ImmutableArray<BlockCopy> Find(SourceFile source)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(Math.Max(MinBuffer, BlocksInBuffer * _length));
        try
        {
            long position = 0;
            while (source.FindData(position) is var (start, end))
            {
                for (position = start; end - position >= _length && _falseCandidates < MaxFalseCandidates;)
                {
                    var data = buffer.AsSpan(0, (int)Math.Min(buffer.Length, end - position));
                    SharedSource.Read(source.Entry, source.GetHandle(), data, position);
                    var searched = Search(data, position);
                    position += searched;
                    // The last window of the data was compared.
                    if (position + _length == end && searched + _length == data.Length)
                        break;
                }

                position = end;
            }

            SharedSource.Check(source.Entry, source.GetHandle());
            return _copies.ToImmutable();
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Searches data. Returns the offset of the first window that needs more data, or of the last one.</summary>
    private int Search(ReadOnlySpan<byte> data, long position)
    {
        var offset = 0;
        _checksum.Reset(data[.._length]);
        while (true)
        {
            offset = FindCandidate(data, offset);
            var index = old.Find(_checksum.Value, data.Slice(offset, _length), _preferred);
            if (index >= 0)
            {
                Add(position + offset, index.Value);
                offset += _length;
                if (data.Length - offset < _length)
                    return offset;
                _checksum.Reset(data.Slice(offset, _length));
                continue;
            }

            if ((index is not null && ++_falseCandidates == MaxFalseCandidates) || offset + _length == data.Length)
                return offset;
            _checksum.Roll(data[offset], data[offset + _length]);
            offset++;
        }
    }

    /// <summary>Moves the window to the next one that may be a block of the old file, or to the last one of the data.</summary>
    private int FindCandidate(ReadOnlySpan<byte> data, int offset)
    {
        var checksum = _checksum;
        for (var entering = offset + _length; entering < data.Length && !old.MayContain(checksum.Value); entering++, offset++)
            checksum.Roll(data[offset], data[entering]);
        _checksum = checksum;
        return offset;
    }

    private void Add(long offset, int index)
    {
        var oldOffset = (long)index * _length;
        _preferred = index + 1;
        if (_copies.Count > 0 && _copies[^1] is var last && last.End == offset && last.OldOffset + last.Length == oldOffset)
            _copies[^1] = last with { Length = last.Length + _length };
        else
            _copies.Add(new(offset, oldOffset, _length));
    }
}
