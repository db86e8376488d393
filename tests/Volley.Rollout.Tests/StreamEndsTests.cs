using CsCheck;
using Volley.Rollout.Journal;
using Xunit;

namespace Volley.Rollout.Tests;

public class StreamEndsTests
{
    [Fact]
    public void BothEndsAreKeptAndNoByteIsCountedTwice() => Gen.Select(Gen.Int[1, 40], Gen.Int[0, 100].Array[0, 20]).Sample((limit, lengths) =>
    {
        var ends = new StreamEnds(limit);
        var all = Enumerable.Range(0, lengths.Sum()).Select(i => (byte)i).ToArray();
        var beginning = new List<byte>();
        var taken = 0;
        foreach (var length in lengths)
        {
            beginning.AddRange(ends.Add(all.AsMemory(taken, length)).ToArray());
            taken += length;
        }

        var omitted = ends.Omitted;
        var end = ends.TakeEnd();
        Assert.Equal(all[..Math.Min(limit, all.Length)], beginning);
        var rest = all[beginning.Count..];
        Assert.Equal(rest[Math.Max(0, rest.Length - limit)..], end);
        Assert.Equal(all.Length, beginning.Count + omitted + end.Length);
    });
}
