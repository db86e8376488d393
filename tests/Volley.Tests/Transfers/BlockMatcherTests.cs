using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using CsCheck;
using Volley.Transfers.Deltas;
using Volley.Transfers.Sources;
using Xunit;

namespace Volley.Tests.Transfers;

/// <summary>The parts that an old and a new file have in common, by the checksums of the old one.</summary>
public sealed class BlockMatcherTests
{
    private enum Kind
    {
        Insert,
        Delete,
        Overwrite,
        Truncate,
        Append,
    }

    // Few different bytes and long runs, so that blocks repeat.
    private static readonly Gen<byte[]> Repetitive =
        Gen.Select(Gen.Int[0, 2], Gen.Int[1, 400]).Select((value, count) => Enumerable.Repeat((byte)value, count)).Array[0, 30]
            .Select(runs => runs.SelectMany(run => run).ToArray());

    private static readonly Gen<byte[]> Arbitrary = Gen.Select(Gen.Int, Gen.Int[0, 20_000]).Select(GetRandom);

    private static readonly Gen<(Kind, int, int)[]> Edits = Gen.Select(Gen.Enum<Kind>(), Gen.Int[0, 20_000], Gen.Int[0, 300]).Array[0, 6];

    [Fact]
    public void OldAndSentPartsAreTheNewFile() => Gen.Select(Gen.OneOf(Repetitive, Arbitrary), Edits, Gen.Int[1, 700]).Sample(
        (old, edits, blockLength) =>
        {
            var changed = Edit(old, edits);
            Rebuild(old, changed, Find(old, changed, blockLength));
        },
        iter: 300);

    [Fact]
    public void AnEditSendsTheBlocksAroundIt() => Gen.Select(Arbitrary, Edits, Gen.Int[16, 500]).Sample(
        (old, edits, blockLength) =>
        {
            var changed = Edit(old, edits);
            var sent = Rebuild(old, changed, Find(old, changed, blockLength));
            Assert.True(sent <= edits.Sum(edit => edit.Item3 + (2 * blockLength)) + (2 * blockLength), $"{sent} of {changed.Length} bytes");
        },
        iter: 300);

    [Fact]
    public void TheChecksumOfAMovedWindowIsThatOfItsContent() => Gen.Select(Gen.Byte.Array[1, 9000], Gen.Int[1, 8000], Gen.Bool).Sample(
        (data, length, isExtreme) =>
        {
            length = Math.Min(length, data.Length);
            if (isExtreme)
                Array.Fill(data, byte.MaxValue, 0, length);
            var checksum = new RollingChecksum(length);
            checksum.Reset(data.AsSpan(0, length));
            for (var i = 0; i + length < data.Length; i++)
                checksum.Roll(data[i], data[i + length]);
            Assert.Equal(GetAdler(data.AsSpan(data.Length - length)), checksum.Value);
        },
        iter: 100);

    [Fact(Timeout = 60_000)]
    public Task FalseCandidatesEndTheSearch() => Task.Run(
        () =>
        {
            // Every offset of the new file has the weak checksum of the block, whose other one is false.
            const int Length = 1 << 20;
            var line = $"{GetAdler(new byte[Length]):x8}{new string('0', 32)}\n";
            Assert.Empty(Find(BlockSignature.Parse(line, Length)!, new byte[4 * Length]));
        },
        TestContext.Current.CancellationToken);

    [Theory]
    [InlineData("")]
    [InlineData("0000000000000000000000000000000000000000")]
    [InlineData("000000000000000000000000000000000000000g\n")]
    [InlineData("00000000000000000000000000000000000000000\n")]
    [InlineData("welcome\n0000000000000000000000000000000000000000\n")]
    public void OtherOutputIsNoSignature(string text) => Assert.Null(BlockSignature.Parse(text, 8192));

    private static ImmutableArray<BlockCopy> Find(byte[] old, byte[] changed, int blockLength)
    {
        var text = new StringBuilder();
        for (var i = 0; i + blockLength <= old.Length; i += blockLength)
        {
            var block = old.AsSpan(i, blockLength);
            text.Append(CultureInfo.InvariantCulture, $"{GetAdler(block):x8}{Convert.ToHexStringLower(SHA256.HashData(block))[..32]}\n");
        }

        return BlockSignature.Parse(text.ToString(), blockLength) is { } signature ? Find(signature, changed) : [];
    }

    private static ImmutableArray<BlockCopy> Find(BlockSignature signature, byte[] changed)
    {
        var path = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(path, changed);
            using var source = new SharedSource(4096, keepsBlocks: false).Open(LocalTree.Read(path, (_, _) => false).Root);
            return new BlockMatcher(signature).Find(source);
        }
        finally
        {
            File.Delete(path);
        }
    }

    /// <summary>Checks that the copies and what is between them are the new file. Returns the number of bytes between them.</summary>
    private static long Rebuild(byte[] old, byte[] changed, ImmutableArray<BlockCopy> copies)
    {
        long end = 0, sent = 0;
        foreach (var copy in copies)
        {
            Assert.True(copy.Offset >= end);
            sent += copy.Offset - end;
            Assert.Equal(changed.AsSpan((int)copy.Offset, (int)copy.Length), old.AsSpan((int)copy.OldOffset, (int)copy.Length));
            end = copy.End;
        }

        return sent + changed.Length - end;
    }

    private static byte[] Edit(byte[] old, (Kind Kind, int Offset, int Length)[] edits)
    {
        var data = new List<byte>(old);
        foreach (var (kind, offset, length) in edits)
        {
            var start = Math.Min(offset, data.Count);
            var count = Math.Min(length, data.Count - start);
            var bytes = GetRandom(offset, length);
            switch (kind)
            {
                case Kind.Insert:
                    data.InsertRange(start, bytes);
                    break;
                case Kind.Delete:
                    data.RemoveRange(start, count);
                    break;
                case Kind.Overwrite:
                    data.RemoveRange(start, count);
                    data.InsertRange(start, bytes[..count]);
                    break;
                case Kind.Truncate:
                    data.RemoveRange(start, data.Count - start);
                    break;
                default:
                    data.AddRange(bytes);
                    break;
            }
        }

        return [.. data];
    }

    private static byte[] GetRandom(int seed, int length)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    private static uint GetAdler(ReadOnlySpan<byte> data)
    {
        uint low = 1, high = 0;
        foreach (var value in data)
        {
            low = (low + value) % 65521;
            high = (high + low) % 65521;
        }

        return (high << 16) | low;
    }
}
