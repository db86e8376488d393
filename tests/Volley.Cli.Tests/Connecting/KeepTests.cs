using System.Globalization;
using System.Text.RegularExpressions;
using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Connecting;

/// <summary>--keep leaves connections open, and later runs use them: as many as were asked for, as long as they live, and only their own.</summary>
public sealed class KeepTests(Fleet fleet) : IAsyncDisposable
{
    private const string LoginOf = "echo $SSH_CONNECTION | cut -d' ' -f2";

    private readonly KeptRuns _runs = new(fleet);

    public ValueTask DisposeAsync() => _runs.DisposeAsync();

    [Fact]
    public async Task ALaterRunUsesTheConnectionOfAnEarlierOneAndNamesIt()
    {
        var first = await _runs.RunOnAsync("127.0.3.1", "--keep", "1m", LoginOf);
        var (socket, _) = await _runs.OnlyMasterAsync();
        // No matter whether the later one keeps connections too.
        foreach (var keep in new string[][] { [], ["--keep", "30s"] })
        {
            var later = await _runs.RunOnAsync("127.0.3.1", [.. keep, "-v", LoginOf]);
            Assert.Equal(first.Stdout, later.Stdout);
            Assert.Contains($"volley: 127.0.3.1: transport openssh: the live master at {socket}\n", later.Stderr, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("auto")]
    [InlineData("openssh")]
    public async Task AWarmRunNeedsNoSsh(string transport)
    {
        using var empty = new ScratchFolder();
        var first = await _runs.RunOnAsync("127.0.3.20", "--keep", "1m", LoginOf);
        var later = await ProgramRun.RunAsync(_runs.StartOn("127.0.3.20", "--transport", transport, LoginOf).WithVariable("PATH", empty.Path));
        Assert.Equal((0, first.Stdout, ""), (later.ExitCode, later.Stdout, later.Stderr));
    }

    [Fact]
    public async Task WithoutItNothingIsLeft()
    {
        Assert.Equal(0, (await _runs.RunOnAsync("127.0.3.2", "true")).ExitCode);
        Assert.Empty(await _runs.ListAsync());
        // Only the lock: neither a socket nor a note.
        Assert.All(Directory.EnumerateFiles(_runs.Sockets), file => Assert.Equal("lock", Path.GetFileName(file)));
    }

    [Fact]
    public async Task ReuseCanBeRefused()
    {
        var first = await _runs.RunOnAsync("127.0.3.3", "--keep", "1m", LoginOf);
        var later = await _runs.RunOnAsync("127.0.3.3", "--no-reuse", LoginOf);
        Assert.Equal(0, later.ExitCode);
        Assert.NotEqual(first.Stdout, later.Stdout);
    }

    [Theory]
    [InlineData("-l", "root")]
    [InlineData("-p", "1")]
    [InlineData("-o", "Compression=yes")]
    [InlineData("-i", "/dev/null")]
    [InlineData("-J", "127.0.3.99")]
    public async Task WhoAsksForAnotherConnectionNeverGetsAKeptOne(string option, string value)
    {
        Assert.Equal(0, (await _runs.RunOnAsync("127.0.3.4", "--keep", "1m", "true")).ExitCode);
        var other = await _runs.RunOnAsync("127.0.3.4", option, value, "-v", "true");
        Assert.DoesNotContain("the live master", other.Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AConfigurationThatHasChangedGetsAConnectionOfItsOwn()
    {
        var config = new FleetConfig(fleet).Write();
        string[] command = ["-F", config, "-H", "127.0.3.5", LoginOf];
        var first = await _runs.RunAsync(["--keep", "1m", .. command]);
        Assert.Equal(first.Stdout, (await _runs.RunAsync(command)).Stdout);
        File.AppendAllText(config, "Compression yes\n");
        var later = await _runs.RunAsync(command);
        Assert.Equal(0, later.ExitCode);
        Assert.NotEqual(first.Stdout, later.Stdout);
    }

    [Fact]
    public async Task AConnectionEndsWhenItsTimeIsOver()
    {
        using var folder = new ScratchFolder();
        var pipe = folder.MakePipe("pipe");
        await using var running = ProgramRun.Start(_runs.StartOn("127.0.3.6", "--keep", "1", $"echo in; cat {pipe}"));
        await running.ReadOutUntilAsync("in\n");
        var (_, process) = await _runs.OnlyMasterAsync();
        await ProgramRun.RunAsync(ProgramStart.Shell($"echo out >{pipe}"));
        Assert.Equal(0, await running.WaitForExitAsync());
        Assert.True(await Processes.WaitForEndAsync(process, TimeSpan.FromSeconds(20)));
        Assert.Empty(await _runs.ListAsync());
        Assert.All(Directory.EnumerateFiles(_runs.Sockets), file => Assert.Equal("lock", Path.GetFileName(file)));
    }

    [Fact]
    public async Task ALongerTimeIsNotCutShortByAnEarlierRun()
    {
        // The time of a connection can't be changed, so the later run would have lost its own an hour early.
        Assert.Equal(0, (await _runs.RunOnAsync("127.0.3.7", "--keep", "1m", "true")).ExitCode);
        Assert.Equal(0, (await _runs.RunOnAsync("127.0.3.7", "--keep", "1h", "true")).ExitCode);
        var left = (await _runs.ListAsync()).Select(fields => int.Parse(fields[3], CultureInfo.InvariantCulture)).Max();
        Assert.InRange(left, 3500, 3600);
    }

    [Theory]
    [InlineData(9)]  // KILL
    [InlineData(19)] // STOP
    public async Task AMasterThatIsDeadOrStoppedIsReplacedAtOnce(int signal)
    {
        Assert.Equal(0, (await _runs.RunOnAsync("127.0.3.8", "--keep", "1m", "true")).ExitCode);
        var (socket, process) = await _runs.OnlyMasterAsync();
        await SignalAsync(signal, process);
        try
        {
            var later = await _runs.RunOnAsync("127.0.3.8", "--keep", "1m", "-v", "echo there");
            Assert.Equal("127.0.3.8: there\n", later.Stdout);
            Assert.Contains("a new master at ", later.Stderr, StringComparison.Ordinal);
            Assert.InRange(later.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(8));
            Assert.NotEqual(socket, (await _runs.OnlyMasterAsync()).Socket);
        }
        finally
        {
            if (signal == 19)
                await SignalAsync(9, process);
        }
    }

    [Fact]
    public async Task AFileInPlaceOfASocketIsNoObstacle()
    {
        Assert.Equal(0, (await _runs.RunOnAsync("127.0.3.9", "--keep", "1m", "true")).ExitCode);
        var (socket, process) = await _runs.OnlyMasterAsync();
        await SignalAsync(9, process);
        Assert.True(await Processes.WaitForEndAsync(process, Transcript.DefaultLimit));
        File.Delete(socket);
        File.WriteAllText(socket, "");
        var later = await _runs.RunOnAsync("127.0.3.9", "--keep", "1m", "echo there");
        Assert.Equal("127.0.3.9: there\n", later.Stdout);
        Assert.NotEqual(socket, (await _runs.OnlyMasterAsync()).Socket);
    }

    [Fact]
    public async Task TheLeastRecentlyUsedGoFirst()
    {
        foreach (var host in new[] { 11, 12, 13 })
            Assert.Equal(0, (await _runs.RunOnAsync($"127.0.3.{host}", "--keep", "1m", "true")).ExitCode);
        // Used again, so it is not the oldest any more.
        Assert.Equal(0, (await _runs.RunOnAsync("127.0.3.11", "true")).ExitCode);
        Assert.Equal(0, (await _runs.RunOnAsync("127.0.3.14", "--keep", "1m", "--keep-max", "2", "true")).ExitCode);
        Assert.Equal(["127.0.3.11", "127.0.3.14"], (await _runs.ListAsync()).Select(fields => fields[0]));
    }

    [Fact]
    public async Task OneThatIsInUseIsNotEndedForANewOne()
    {
        using var folder = new ScratchFolder();
        var pipe = folder.MakePipe("pipe");
        await using var running = ProgramRun.Start(_runs.StartOn("127.0.3.15", "--keep", "1m", $"echo in; cat {pipe}"));
        await running.ReadOutUntilAsync("in\n");
        Assert.Equal(0, (await _runs.RunOnAsync("127.0.3.16", "--keep", "1m", "--keep-max", "1", "true")).ExitCode);
        Assert.Equal(["127.0.3.15"], (await _runs.ListAsync()).Where(fields => fields[2] != "0").Select(fields => fields[0]));
        await ProgramRun.RunAsync(ProgramStart.Shell($"echo out >{pipe}"));
        Assert.Equal(0, await running.WaitForExitAsync());
        Assert.Equal("127.0.3.15: in\n127.0.3.15: out\n", running.Stdout.Text);
    }

    [Fact]
    public async Task TwoRunsAtOnceShareConnectionsAndNeitherHarmsTheOther()
    {
        // In the long run a hundred ssh processes start at once.
        var count = TestRun.IsLong ? 50 : 15;
        string[] command = ["--keep", "1m", "--keep-max", $"{count + 10}", "--connect-timeout", "60", "echo here"];
        var hosts = $"127.0.4.[1-{count}]";
        for (var round = 0; round < 2; round++)
        {
            await using var one = ProgramRun.Start(_runs.StartOn(hosts, command));
            await using var other = ProgramRun.Start(_runs.StartOn(hosts, command));
            foreach (var run in new[] { one, other })
            {
                Assert.True(await run.WaitForExitAsync(TimeSpan.FromSeconds(60)) == 0, run.Stderr.Text);
                Assert.Equal("", run.Stderr.Text);
                Assert.Equal(count, Regex.Count(run.Stdout.Text, "here\n"));
            }
        }

        // Of two that both have started, one is enough.
        var kept = (await _runs.ListAsync()).Select(fields => fields[0]).ToList();
        Assert.Equal(count, kept.Distinct().Count());
        Assert.InRange(kept.Count, count, count + 10);
    }

    [Fact]
    public async Task ARunThatIsKilledLeavesItsConnectionsToTheNext()
    {
        await using var running = ProgramRun.Start(_runs.StartOn("127.0.3.17", "--keep", "1m", LoginOf + "; exec sleep 600"));
        var login = await running.ReadOutUntilAsync("\n");
        running.Signal(9);
        Assert.Equal(137, await running.Exit);
        Assert.Equal(login, (await _runs.RunOnAsync("127.0.3.17", LoginOf)).Stdout);
    }

    [Fact]
    public async Task ManyMoreHostsThanDescriptorsAreReached()
    {
        var start = _runs.StartOn("127.0.5.[1-80]", "echo here");
        var result = await ProgramRun.RunAsync(
            new ProgramStart("/bin/sh", ["-c", "ulimit -n 128; exec \"$0\" \"$@\"", start.Program, .. start.Arguments]) { Environment = start.Environment },
            TimeSpan.FromSeconds(60));
        Assert.Equal(0, result.ExitCode);
        Assert.Equal(80, VolleyRun.Lines(result.Stdout).Length);
        Assert.Equal("volley: warning: only 128 files may be open at once, so 29 hosts run at once, not 64; raise the limit with: ulimit -Hn\n", result.Stderr);
    }

    [Fact]
    public async Task TheSoftLimitOfDescriptorsIsRaised()
    {
        var start = _runs.StartOn("127.0.5.[101-160]", "echo here");
        var result = await ProgramRun.RunAsync(
            new ProgramStart("/bin/sh", ["-c", "ulimit -Sn 64; exec \"$0\" \"$@\"", start.Program, .. start.Arguments]) { Environment = start.Environment },
            TimeSpan.FromSeconds(60));
        Assert.Equal(0, result.ExitCode);
        Assert.Equal("", result.Stderr);
    }

    private static async Task SignalAsync(int signal, int process) =>
        Assert.Equal(0, (await ProgramRun.RunAsync(new ProgramStart("kill", $"-{signal}", $"{process}"))).ExitCode);
}
