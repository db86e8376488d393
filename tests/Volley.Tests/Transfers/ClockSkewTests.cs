using Microsoft.Extensions.Time.Testing;
using Volley.Testing;
using Xunit;

namespace Volley.Tests.Transfers;

/// <summary>Transfers with a clock of this machine that differs from that of the files' systems.</summary>
public sealed class ClockSkewTests : IDisposable
{
    private readonly PullScene _scene = new();

    public void Dispose() => _scene.Dispose();

    [Theory]
    [InlineData(-20)]
    [InlineData(-5)]
    [InlineData(5)]
    [InlineData(20)]
    public async Task APushJudgesTemporaryFilesByTheClockOfTheServer(int minutes)
    {
        var file = _scene.Write("file", "x");
        var (old, young) = (WriteTemporary("0123456789ab", -11), WriteTemporary("ba9876543210", -9));
        await RunAsync(new PushJob([file], $"{_scene.Local}/"), minutes);
        Assert.Equal((false, true), (File.Exists(old), File.Exists(young)));
        Assert.Equal("x", File.ReadAllText(Path.Combine(_scene.Local, "file")));
    }

    [Theory]
    [InlineData(-5)]
    [InlineData(20)]
    public async Task APullSparesFilesThatAreBeingWritten(int minutes)
    {
        var file = _scene.Write("file", "x");
        Directory.CreateDirectory(_scene.Copy);
        var path = Path.Combine(_scene.Copy, ".file.volley-0123456789ab");
        // As another run holds it: locked.
        using var busy = new FileStream(path, FileMode.Create, FileAccess.ReadWrite, FileShare.None);
        await RunAsync(new PullJob([file], _scene.Local), minutes);
        Assert.True(File.Exists(path));
    }

    [Fact]
    public async Task TimesOfTheFutureAreKeptAndCompared()
    {
        var time = DateTime.UtcNow.AddMinutes(5);
        time = time.AddTicks(-(time.Ticks % TimeSpan.TicksPerSecond));
        var file = _scene.Write("d/file", "x");
        File.SetLastWriteTimeUtc(file, time);
        await RunAsync(new PushJob([Path.GetDirectoryName(file)!], Path.Combine(_scene.Local, "d")), 0);
        var copy = Path.Combine(_scene.Local, "d/file");
        Assert.Equal(time, File.GetLastWriteTimeUtc(copy));
        File.WriteAllText(copy, "y");
        File.SetLastWriteTimeUtc(copy, time);
        await RunAsync(new PushJob([Path.GetDirectoryName(file)!], Path.Combine(_scene.Local, "d")) { Sync = new SyncOptions() }, -5);
        Assert.Equal("y", File.ReadAllText(copy));
    }

    private static async Task RunAsync(Job job, int minutes)
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow.AddMinutes(minutes));
        var run = await Executions.RunAsync(new ScriptedTransport(NodeScript.ServesSftp()), new RunPlan(Executions.Targets(1), job), time: time);
        Assert.Equal([NodeOutcome.Exited], run.Outcomes);
    }

    private string WriteTemporary(string random, int minutes)
    {
        var path = Path.Combine(_scene.Local, $".file.volley-{random}");
        File.WriteAllText(path, "");
        File.SetLastWriteTimeUtc(path, DateTime.UtcNow.AddMinutes(minutes));
        File.SetLastAccessTimeUtc(path, DateTime.UtcNow.AddMinutes(minutes));
        return path;
    }
}
