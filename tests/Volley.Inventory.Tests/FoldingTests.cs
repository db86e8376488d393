using System.Diagnostics;
using System.Globalization;
using Xunit;

namespace Volley.Inventory.Tests;

public class FoldingTests
{
    [Theory]
    [InlineData("n1 n3 n5 n7", "n[1-7/2]")]
    [InlineData("n1 n3 n4", "n[1,3-4]")]
    [InlineData("n1 n3", "n[1,3]")]
    [InlineData("n01 n03 n05 n7 n9 n11", "n[01-05/2,7-11/2]")]
    [InlineData("n8 n10 n12 n014", "n[8-12/2,014]")]
    [InlineData("r1c1 r1c3 r1c5 r2c1 r2c3 r2c5", "r[1-2]c[1-5/2]")]
    [InlineData("[::1] n0 n10 n20 n30", "[::1],n[0-30/10]")]
    [InlineData("n2 n4 n6 n7 n8 n9 n20", "n[2,4,6-9,20]")]
    [InlineData("a", "a")]
    [InlineData("", "")]
    public void NumbersOfEqualDistanceFoldToAStep(string names, string expected) =>
        Assert.Equal(expected, SteppedFolding.Fold(names.Split(' ', StringSplitOptions.RemoveEmptyEntries)));

    [Fact]
    public void TheSmallestStepIsAChoice() => Assert.Equal("n[1,3,5]", SteppedFolding.Fold(["n1", "n3", "n5"], minimum: 4));

    [Fact]
    public void AHundredThousandIrregularNamesFoldInABlink()
    {
        var random = new Random(7);
        string[] names = [.. Enumerable.Range(0, 100_000).Select(_ => string.Create(
            CultureInfo.InvariantCulture, $"{(char)('a' + random.Next(6))}{random.Next(50):00}-r{random.Next(400)}-n{random.Next(1000):D3}.dc{random.Next(9)}"))];
        _ = SteppedFolding.Fold(names[..1000]);
        long began = Stopwatch.GetTimestamp();
        TimeSpan usedBefore = Environment.CpuUsage.TotalTime;
        string folded = SteppedFolding.Fold(names);
        TimeSpan used = Environment.CpuUsage.TotalTime - usedBefore;
        TimeSpan elapsed = Stopwatch.GetElapsedTime(began);
        TestContext.Current.TestOutputHelper?.WriteLine($"folded in {elapsed.TotalMilliseconds} ms, {used.TotalMilliseconds} ms of CPU time");
        Assert.Equal(names.Length, HostList.Parse(folded).Count);
        // The aim is 1 s; ten times that fails. On a busy machine the CPU time is the smaller one.
        Assert.True(used < TimeSpan.FromSeconds(10) || elapsed < TimeSpan.FromSeconds(10), $"{elapsed}, {used} of CPU time");
    }
}
