using CsCheck;
using Microsoft.Extensions.Time.Testing;
using Volley.Relay.Records;
using Volley.Relay.Tests.Jobs;
using Volley.Relay.Wire;
using Volley.Testing;
using Xunit;

namespace Volley.Relay.Tests.Records;

public sealed class TargetLedgerTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("volley-ledger-").FullName;
    private readonly FakeTimeProvider _time = new(JobScene.Now);

    private string Ledger => Path.Combine(_directory, "ledger-r1");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task ATargetBeginsOnceAlsoAfterARestart()
    {
        var (first, second) = (await JobAsync("run1", 0), await JobAsync("run1", 1));
        using (var ledger = Open())
        {
            Assert.Equal([3, 4, 5], ledger.Add(first, [3, 4, 5, 3]));
            Assert.Equal([9], ledger.Add(first, [5, 9, 4]));
            Assert.Empty(ledger.Add(first, [3]));
            Assert.Equal([3], ledger.Add(second, [3]));
            Assert.True(ledger.TryAdd(first, int.MaxValue));
        }

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Ledger));
        using var reopened = Open();
        Assert.Equal([6], reopened.Add(first, [3, 4, 5, 6, 9]));
        Assert.False(reopened.TryAdd(second, 3));
        Assert.False(reopened.TryAdd(first, int.MaxValue));
        Assert.True(reopened.TryAdd(await JobAsync("run2", 0), 3));
    }

    [Fact]
    public async Task EachLineIsThereBeforeATargetBegins()
    {
        using var ledger = Open();
        ledger.Add(await JobAsync("run1", 0), [1, 2, 3, 7]);
        Assert.Matches(@"^run1 0 [0-9]+ 1-3,7\n$", await File.ReadAllTextAsync(Ledger, TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("run1 0 17")]
    [InlineData("r")]
    [InlineData("run1 0 9999999999 8,9")]
    public async Task ALineThatACrashHasCutOffIsRemoved(string torn)
    {
        var job = await JobAsync("run1", 0);
        using (var ledger = Open())
            ledger.Add(job, [1]);
        await File.AppendAllTextAsync(Ledger, torn, TestContext.Current.CancellationToken);
        using (var ledger = Open())
            Assert.Equal([2, 8], ledger.Add(job, [1, 2, 8]));
        using var last = Open();
        Assert.Empty(last.Add(job, [1, 2, 8]));
    }

    [Fact]
    public async Task WhatAFailedWriteHasLeftBehindIsRemoved()
    {
        var job = await JobAsync("run1", 0);
        using (var ledger = Open())
        {
            ledger.Add(job, [1]);
            await File.AppendAllTextAsync(Ledger, "run1 0 99", TestContext.Current.CancellationToken);
            ledger.Add(job, [2]);
        }

        using var reopened = Open();
        Assert.Equal([3], reopened.Add(job, [1, 2, 3]));
    }

    [Theory]
    [InlineData("\n")]
    [InlineData("run1 0 x 1\n")]
    [InlineData("run1 0 9999999999 5-1\n")]
    [InlineData("run1 -1 9999999999 1\n")]
    [InlineData("run1 0 9999999999 1 2\n")]
    [InlineData("../x 0 9999999999 1\n")]
    [InlineData("run1 0 9999999999 99999999999\n")]
    [InlineData("\0\0\0\0\n")]
    public void ADamagedLedgerRefusesTheStart(string line)
    {
        File.WriteAllText(Ledger, "run1 0 9999999999 1-3\n" + line + "run1 0 9999999999 5\n");
        var failure = Assert.Throws<RelayException>(Open);
        Assert.Contains($"{Ledger} line 2 is damaged", failure.Message, StringComparison.Ordinal);
        // The lock is free again.
        File.Delete(Ledger);
        Open().Dispose();
    }

    [Fact]
    public async Task OnAFullDiskNoTargetBegins()
    {
        var job = await JobAsync("run1", 0);
        var disk = Directory.CreateDirectory(Path.Combine(_directory, "disk")).FullName;
        var mount = await ProgramRun.RunAsync(new ProgramStart("mount", "-t", "tmpfs", "-o", "size=64k,mode=700", "tmpfs", disk));
        Assert.SkipUnless(mount.ExitCode == 0, $"nothing can be mounted here: {mount.Stderr}");
        try
        {
            using (var ledger = TargetLedger.Open(disk, "r1", _time))
            {
                ledger.Add(job, [1]);
                var ballast = Path.Combine(disk, "ballast");
                Assert.Throws<IOException>(() => File.WriteAllBytes(ballast, new byte[100_000]));
                // One that fills the last page, and is cut off.
                int[] many = [.. Enumerable.Range(1, 4000).Select(half => half * 2)];
                Assert.Contains("No space left on device", Assert.Throws<IOException>(() => ledger.Add(job, many)).Message, StringComparison.Ordinal);
                Assert.Throws<IOException>(() => ledger.Add(job, many));
                File.Delete(ballast);
                // Those that could not be recorded did not begin.
                Assert.Equal(many, ledger.Add(job, [1, .. many]));
            }

            using var reopened = TargetLedger.Open(disk, "r1", _time);
            Assert.Equal([3], reopened.Add(job, [1, 2, 3, 4, 8000]));
        }
        finally
        {
            await ProgramRun.RunAsync(new ProgramStart("umount", "-l", disk));
        }
    }

    [Theory]
    [InlineData("/proc/self")]
    [InlineData("/dev/null")]
    [InlineData("/proc/volley")]
    public void ADirectoryThatCantBeWrittenRefusesTheStart(string directory) =>
        Assert.Contains(directory, Assert.Throws<RelayException>(() => TargetLedger.Open(directory, "r1", _time)).Message, StringComparison.Ordinal);

    [Fact]
    public void ADirectoryThatOthersCanWriteRefusesTheStart()
    {
        File.SetUnixFileMode(_directory, (UnixFileMode)0x1ff);
        Assert.Contains("chmod go-w", Assert.Throws<RelayException>(Open).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RelaysOfOneNameExcludeEachOther()
    {
        var job = await JobAsync("run1", 0);
        var ledger = Open();
        Assert.Contains("another relay with the name r1", Assert.Throws<RelayException>(Open).Message, StringComparison.Ordinal);
        using (var other = TargetLedger.Open(_directory, "r2", _time))
        {
            Assert.True(ledger.TryAdd(job, 1));
            Assert.True(other.TryAdd(job, 1));
        }

        ledger.Dispose();
        Open().Dispose();
    }

    [Fact]
    public async Task ALongLedgerIsCompactedAndForgetsOldRounds()
    {
        var (old, job) = (await JobAsync("old", 0), await JobAsync("run1", 0));
        using (var ledger = Open())
        {
            ledger.Add(old, [1]);
            // Every second rank makes the longest lines.
            foreach (var chunk in Enumerable.Range(0, 400_000).Where(rank => rank % 2 == 0).Chunk(1000))
                ledger.Add(job, chunk);
        }

        var length = new FileInfo(Ledger).Length;
        Assert.True(length > 1024 * 1024);
        _time.Advance(TimeSpan.FromDays(9));
        using (var ledger = Open())
            Assert.Equal(0, new FileInfo(Ledger).Length);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Ledger));
        Assert.Equal(["ledger-r1", "ledger-r1.lock"], Directory.GetFiles(_directory).Select(Path.GetFileName).Order());
    }

    [Fact]
    public async Task ACompactedLedgerHasTheSameRanks()
    {
        var job = await JobAsync("run1", 0);
        using var ledger = Open();
        foreach (var chunk in Enumerable.Range(0, 600_000).Where(rank => rank % 3 != 0).Chunk(500))
            Assert.Equal(chunk.Length, ledger.Add(job, chunk).Count);
        Assert.Equal(Enumerable.Range(0, 200_000).Select(third => third * 3), ledger.Add(job, [.. Enumerable.Range(0, 600_000)]));
        ledger.Dispose();
        using var reopened = Open();
        Assert.Equal([600_000], reopened.Add(job, [.. Enumerable.Range(0, 600_001)]));
    }

    [Fact]
    public void RangesAreThoseOfTheRanks() => Gen.Int[0, 3000].Array[0, 300].Sample(ranks =>
    {
        var set = new RankSet();
        foreach (var rank in ranks)
            set.Add(rank);
        var expected = ranks.Distinct().Order().ToList();
        Assert.Equal(expected, set.Ranges().SelectMany(range => Enumerable.Range(range.First, range.Last - range.First + 1)));
        Assert.All(set.Ranges().Zip(set.Ranges().Skip(1)), pair => Assert.True(pair.First.Last + 1 < pair.Second.First));
        Assert.All(Enumerable.Range(0, 3001), rank => Assert.Equal(expected.Contains(rank), set.Contains(rank)));
    }, iter: 50);

    private static async Task<JobDocument> JobAsync(string run, int round) => (await JobScene.BuildAsync(JobScene.Round())).Document with { Run = run, Round = round };

    private TargetLedger Open() => TargetLedger.Open(_directory, "r1", _time);
}
