using System.Globalization;
using System.Text.RegularExpressions;
using Volley.Supervision;
using Volley.Testing;
using Xunit;

namespace Volley.Tests.Supervision;

/// <summary>The program at a target, run by each shell that is a target's sh, with real processes.</summary>
public class SupervisorScriptTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    public static TheoryData<string> Shells => ["dash", "bash", "busybox sh"];

    [Theory]
    [MemberData(nameof(Shells))]
    public async Task TheEndOfTheChannelEndsMarkedProcessesAndTheirDescendants(string shell)
    {
        await using var tree = new MarkedTree();
        await using var other = new MarkedTree();
        await using var supervisor = await StartAsync(shell, limit: 3600, grace: 1);
        supervisor.Type($"b {tree.Mark}\n");
        await tree.WaitUntilAsync(count => count == 4);
        supervisor.CloseInput();
        await tree.WaitUntilAsync(count => count == 0);
        Assert.Equal(0, await supervisor.WaitForExitAsync(Limit));
        Assert.Equal(4, other.Count);
    }

    [Theory]
    [MemberData(nameof(Shells))]
    public async Task SilenceEndsThemAndHeartbeatsKeepThem(string shell)
    {
        await using var tree = new MarkedTree();
        await tree.WaitUntilAsync(count => count == 4);
        await using var supervisor = await StartAsync(shell, limit: 5, grace: 3600);
        for (var beat = 0; beat < 25; beat++)
        {
            supervisor.Type($"b {tree.Mark}\n");
            await Task.Delay(250, TestContext.Current.CancellationToken);
        }

        Assert.Equal(4, tree.Count);
        await tree.WaitUntilAsync(count => count == 0);
        Assert.Equal(0, await supervisor.WaitForExitAsync(Limit));
    }

    [Theory]
    [MemberData(nameof(Shells))]
    public async Task OneCommandIsEndedAloneAndTheEndLeavesTheOthers(string shell)
    {
        await using var ended = new MarkedTree();
        await using var left = new MarkedTree();
        await using var supervisor = await StartAsync(shell, limit: 3600, grace: 1);
        await left.WaitUntilAsync(count => count == 4);
        await ended.WaitUntilAsync(count => count == 4);
        supervisor.Type($"b {ended.Mark} {left.Mark}\nk {ended.Mark}\nq\n");
        Assert.Equal(0, await supervisor.WaitForExitAsync(Limit));
        Assert.Equal((0, 4), (ended.Count, left.Count));
    }

    [Fact]
    public async Task WithDashItHasTwoProcessesAndLessThanTwoMegabytes()
    {
        await using var supervisor = await StartAsync("dash", limit: 3600, grace: 1);
        for (var beat = 0; beat < 100; beat++)
            supervisor.Type("b 0123456789abcdef\n");
        var children = await WaitForChildrenAsync(supervisor.ProcessId);
        Assert.Single(children);
        var memory = new[] { supervisor.ProcessId, children[0] }.Sum(GetPrivateBytes);
        TestContext.Current.TestOutputHelper?.WriteLine($"private memory of the supervisor with dash: {memory / 1024} KiB");
        Assert.InRange(memory, 1, 2 << 20);
        supervisor.Type("q\n");
        Assert.Equal(0, await supervisor.WaitForExitAsync(Limit));
        Assert.False(Directory.Exists($"/proc/{children[0]}"));
    }

    /// <summary>The arguments of local processes have placeholders, which begin with a percent sign.</summary>
    [Fact]
    public void TheProgramHasNoPercentSigns() =>
        Assert.DoesNotContain(SupervisorScript.Create(new()).Arguments, argument => argument.Contains('%', StringComparison.Ordinal));

    private static async Task<ProgramRun> StartAsync(string shell, int limit, int grace)
    {
        var job = SupervisorScript.Create(new() { HeartbeatLimit = TimeSpan.FromSeconds(limit), CloseGrace = TimeSpan.FromSeconds(grace) });
        var words = shell.Split(' ');
        var run = ProgramRun.Start(new ProgramStart(words[0], [.. words[1..], .. job.Arguments[1..]]));
        await run.ReadOutUntilAsync(SupervisorScript.Ready, Limit);
        return run;
    }

    private static async Task<int[]> WaitForChildrenAsync(int process)
    {
        while (true)
        {
            var text = await File.ReadAllTextAsync($"/proc/{process}/task/{process}/children", TestContext.Current.CancellationToken);
            int[] children = [.. text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(id => int.Parse(id, CultureInfo.InvariantCulture))];
            // Between two heartbeats the sleep of the last one runs.
            await Task.Delay(300, TestContext.Current.CancellationToken);
            if (children.Length == 1 && Directory.Exists($"/proc/{children[0]}"))
                return children;
        }
    }

    private static long GetPrivateBytes(int process) => File.ReadLines($"/proc/{process}/smaps_rollup")
        .Select(line => Regex.Match(line, @"^Private_\w+: +(\d+) kB"))
        .Where(match => match.Success)
        .Sum(match => long.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture) * 1024);

    /// <summary>Processes of one command: in its group, in sessions of their own, and without its environment.</summary>
    private sealed class MarkedTree : IAsyncDisposable
    {
        private readonly string _time = string.Create(CultureInfo.InvariantCulture, $"{Random.Shared.Next(100_000, 1_000_000)}.{Random.Shared.Next(1, 1_000_000)}");
        private readonly ProgramRun _run;

        public MarkedTree()
        {
            var line = $"sleep {_time} & setsid sleep {_time} & env -i sleep {_time} & env -i setsid sleep {_time} & wait";
            _run = ProgramRun.Start(new ProgramStart("setsid", "sh", "-c", line).WithVariable($"VOLLEY_SUPERVISED_{Mark}", "1"));
        }

        public string Mark { get; } = Guid.NewGuid().ToString("n")[..16];

        public int Count => FindProcesses().Count();

        public async Task WaitUntilAsync(Func<int, bool> holds)
        {
            var began = Environment.TickCount64;
            while (!holds(Count))
            {
                Assert.True(Environment.TickCount64 - began < Limit.TotalMilliseconds, $"{Count} processes");
                await Task.Delay(50, TestContext.Current.CancellationToken);
            }
        }

        public ValueTask DisposeAsync()
        {
            foreach (var process in FindProcesses())
                Processes.Kill(process);
            return _run.DisposeAsync();
        }

        private IEnumerable<int> FindProcesses() =>
            [.. Processes.WithCommandLine(_time).Where(process => process.CommandLine == $"sleep {_time}").Select(process => process.Id)];
    }
}
