using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;

namespace Volley.Transfers.Deltas;

/// <summary>
/// Checksums of the blocks of an old file: Adler-32, which finds candidates at any offset of the new file, and the first half of the SHA-256, which
/// confirms them. They come from the target, so nothing relies on them: the result is compared with the source.
/// </summary>
internal sealed class BlockSignature
{
    /// <summary>The number of hexadecimal digits for a block.</summary>
    public const int LineLength = WeakDigits + StrongDigits;

    private const int WeakDigits = 8;
    private const int StrongDigits = 32;
    // Blocks with the same weak checksum that are compared. There are more in hostile signatures only.
    private const int MaxCandidates = 16;
    private const int FilterBitsPerBlock = 64;
    private const uint HashMultiplier = 2654435769;

    private readonly uint[] _weak;
    private readonly UInt128[] _strong;
    private readonly Dictionary<uint, int> _first;
    private readonly int[] _next;
    private readonly ulong[] _filter;
    private readonly int _filterShift;

    private BlockSignature(string text, int blockLength, uint[] weak, UInt128[] strong)
    {
        (BlockLength, _weak, _strong) = (blockLength, weak, strong);
        Identity = Convert.ToHexString(SHA256.HashData(Encoding.ASCII.GetBytes(text)));
        var bits = Math.Max(6, BitOperations.Log2(BitOperations.RoundUpToPowerOf2((uint)(weak.Length * FilterBitsPerBlock))));
        (_filter, _filterShift) = (new ulong[1 << (bits - 6)], 32 - bits);
        (_first, _next) = (new(weak.Length), new int[weak.Length]);
        for (var i = weak.Length - 1; i >= 0; i--)
            Add(i);
    }

    /// <summary>The length of a block. The rest of the file behind the last whole block has no checksum.</summary>
    public int BlockLength { get; }

    /// <summary>Identifies the content.</summary>
    public string Identity { get; }

    /// <summary>Parses the output of the target, a line for each block. Returns null if it is invalid.</summary>
    public static BlockSignature? Parse(string text, int blockLength)
    {
        const int Stride = LineLength + 1;
        var count = text.Length / Stride;
        if (count == 0 || text.Length % Stride != 0)
            return null;
        var weak = new uint[count];
        var strong = new UInt128[count];
        for (var i = 0; i < count; i++)
        {
            var line = text.AsSpan(i * Stride, Stride);
            if (line[^1] != '\n' || !uint.TryParse(line[..WeakDigits], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out weak[i])
                || !UInt128.TryParse(line[WeakDigits..LineLength], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out strong[i]))
                return null;
        }

        return new(text, blockLength, weak, strong);
    }

    /// <summary>Returns false if no block has a weak checksum.</summary>
    public bool MayContain(uint weak)
    {
        var hash = (weak * HashMultiplier) >> _filterShift;
        return (_filter[hash >> 6] & (1UL << (int)hash)) != 0;
    }

    /// <summary>Returns the index of the block with a content; -1 if only the weak checksum of a block is the same, and null if no block has it.</summary>
    /// <param name="weak">The weak checksum of the content.</param>
    /// <param name="block">The content.</param>
    /// <param name="preferred">The index to return if several blocks have this content.</param>
    public int? Find(uint weak, ReadOnlySpan<byte> block, int preferred)
    {
        if (!_first.TryGetValue(weak, out var index))
            return null;
        var strong = ComputeStrong(block);
        if (preferred < _weak.Length && _weak[preferred] == weak && _strong[preferred] == strong)
            return preferred;
        for (var i = 0; index >= 0 && i < MaxCandidates; i++, index = _next[index])
        {
            if (_strong[index] == strong)
                return index;
        }

        return -1;
    }

    private void Add(int index)
    {
        var weak = _weak[index];
        var hash = (weak * HashMultiplier) >> _filterShift;
        _filter[hash >> 6] |= 1UL << (int)hash;
        // Of blocks with the same content, such as zeros, only the first is needed.
        var isKnown = _first.TryGetValue(weak, out var first);
        _next[index] = !isKnown ? -1 : _strong[first] == _strong[index] ? _next[first] : first;
        _first[weak] = index;
    }

    private static UInt128 ComputeStrong(ReadOnlySpan<byte> block)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(block, hash);
        return BinaryPrimitives.ReadUInt128BigEndian(hash);
    }
}
