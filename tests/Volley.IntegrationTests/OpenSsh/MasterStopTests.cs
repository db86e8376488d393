using System.Globalization;
using Volley.Testing;
using Xunit;

namespace Volley.IntegrationTests.OpenSsh;

/// <summary>Ending a command through a control master: the remote command ends, with its children, and unreachable processes are reported.</summary>
public class MasterStopTests(Fleet fleet)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private static int _lastMarker;

    private readonly string _marker = $"7{Interlocked.Increment(ref _lastMarker):000}.{Environment.ProcessId}";

    private static Target Host { get; } = new(Fleet.Address(5_000));

    [Fact]
    public async Task TermEndsTheCommandAndItsChildren()
    {
        var result = await StopAsync($"sleep {_marker} & (sleep {_marker}; :) & echo up; sleep {_marker}; :");
        Assert.Equal((NodeOutcome.Canceled, false), (result.Outcome, result.MayStillRun));
        Assert.Empty(await fleet.RemoteProcessesAfterAsync(_marker, Limit));
    }

    [Fact]
    public async Task KillComesAfterTheGraceForWhatIgnoresTerm()
    {
        var result = await StopAsync($"trap '' TERM; sleep {_marker} & echo up; wait; wait", TimeSpan.FromSeconds(0.5));
        Assert.Equal((NodeOutcome.Canceled, false), (result.Outcome, result.MayStillRun));
        Assert.True(result.Elapsed > TimeSpan.FromSeconds(0.5), $"{result.Elapsed}");
        Assert.Empty(await fleet.RemoteProcessesAfterAsync(_marker, Limit));
    }

    [Fact]
    public async Task ACommandThatTidiesUpAtTermHasTheGraceForIt()
    {
        using var control = new RunControl();
        var node = await OpenSshRuns.RunAsync(
            Options, Host, $"trap 'echo tidy; exit 7' TERM; sh -c 'echo up; exec sleep {_marker}' & wait", control, () => control.Stop(StopReason.Interrupt),
            plan => plan with { StopGrace = TimeSpan.FromSeconds(30) });
        Assert.Equal((NodeOutcome.Canceled, "up\ntidy\n", false), (node.Result.Outcome, node.Stdout, node.Result.MayStillRun));
        Assert.Empty(await fleet.RemoteProcessesAfterAsync(_marker, Limit));
    }

    [Fact]
    public async Task AChildThatOutlivesItsLeaderMayStillRun()
    {
        // sshd sends no signal any more once the leader is gone.
        var result = await StopAsync($"(trap '' TERM; echo up; exec sleep {_marker}) & wait");
        Assert.Equal((NodeOutcome.Canceled, true), (result.Outcome, result.MayStillRun));
        Assert.NotEmpty(fleet.RemoteProcesses(_marker));
    }

    [Fact]
    public async Task ATimeoutEndsTheCommandAndItsChildren()
    {
        var node = await OpenSshRuns.RunAsync(
            Options, Host, $"sleep {_marker} & echo up; wait", tune: plan => plan with { CommandTimeout = TimeSpan.FromSeconds(1) });
        Assert.Equal((NodeOutcome.CommandTimedOut, "up\n", false), (node.Result.Outcome, node.Stdout, node.Result.MayStillRun));
        Assert.Empty(await fleet.RemoteProcessesAfterAsync(_marker, Limit));
    }

    [Fact]
    public async Task FailFastEndsTheOthers()
    {
        await using var transport = new OpenSshTransport(Options);
        Target[] targets = [.. Enumerable.Range(0, 4).Select(i => new Target(Fleet.Address(5_010 + i)))];
        var flag = fleet.WriteForAll("up", "");
        // The last one fails once all the others run.
        var line = $"""
            if [ "$(echo $SSH_CONNECTION | cut -d' ' -f3)" != {targets[3].Name} ]; then echo x >>{flag}; exec sleep {_marker}; fi
            while [ "$(wc -l <{flag})" != 3 ]; do sleep 0.05; done; exit 9
            """;
        var nodes = await NodeRun.AllAsync(
            transport, new RunPlan([.. targets], CommandJob.Shell(line)) { FailFast = true }).WaitAsync(Limit, TestContext.Current.CancellationToken);
        Assert.Equal(9, nodes[3].Result.ExitCode);
        Assert.All(nodes.Take(3), node => Assert.Equal((NodeOutcome.Canceled, StopReason.FailFast, false), (node.Result.Outcome, node.Result.Stop, node.Result.MayStillRun)));
        Assert.Empty(await fleet.RemoteProcessesAfterAsync(_marker, Limit));
    }

    [Theory]
    [InlineData("INT")]
    [InlineData("HUP")]
    [InlineData("TERM")]
    public async Task ASignalReachesTheCommand(string signal)
    {
        await using var transport = new OpenSshTransport(Options);
        await using var session = await transport.ConnectAsync(Host, TestContext.Current.CancellationToken);
        await using var process = await session.StartAsync(
            CommandJob.Shell($"trap 'echo got {signal}; exit 4' {signal}; sh -c 'echo up; exec sleep {_marker}' & wait; wait"), TestContext.Current.CancellationToken);
        var buffer = new byte[100];
        Assert.Equal(3, (await process.ReadAsync(buffer, TestContext.Current.CancellationToken)).Count);
        await process.SendSignalAsync(signal, TestContext.Current.CancellationToken);
        var exit = await process.WaitForExitAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(Limit, TestContext.Current.CancellationToken);
        Assert.Equal(4, exit.ExitCode);
        var read = await process.ReadAsync(buffer, TestContext.Current.CancellationToken);
        Assert.Equal($"got {signal}\n", System.Text.Encoding.UTF8.GetString(buffer, 0, read.Count));
    }

    [Theory]
    [InlineData("HUP", "HUP", 129)]
    [InlineData("TERM", "TERM", 143)]
    [InlineData("SEGV", "SEGV", 139)]
    [InlineData("USR1", "USR1", 138)]
    // sshd has no names for those that RFC 4254 does not name.
    [InlineData("BUS", "SIG@openssh.com", 255)]
    public async Task TheSignalThatEndsACommandIsNamed(string signal, string name, int code)
    {
        var node = await OpenSshRuns.RunAsync(Options, Host, $"ulimit -c 0; echo up; kill -{signal} $$");
        Assert.Equal((NodeOutcome.Signaled, name, code, "up\n"), (node.Result.Outcome, node.Result.Signal, node.Result.Code, node.Stdout));
    }

    [Fact]
    public async Task AStopEndsTwoHundredCommands()
    {
        const int Count = 200;
        await using var transport = new OpenSshTransport(Options);
        using var control = new RunControl();
        var up = 0;
        // Twenty on each of ten hosts.
        var plan = new RunPlan(
            [.. Enumerable.Range(0, Count).Select(i => new Target(Fleet.Address(5_100 + (i % 10))))],
            CommandJob.Shell($"echo up; exec sleep {_marker}"))
        // The grace is for a busy machine: the commands end at once.
        { MaxConcurrency = Count, ConnectTimeout = TimeSpan.FromSeconds(60), StopGrace = TimeSpan.FromSeconds(10) };
        var began = TimeSpan.Zero;
        var nodes = await NodeRun.AllAsync(transport, plan, control, () =>
        {
            if (++up == Count)
            {
                Assert.Equal(Count, fleet.RemoteProcesses(_marker).Count);
                began = TimeSpan.FromMilliseconds(Environment.TickCount64);
                control.Stop(StopReason.Interrupt);
            }
        }).WaitAsync(TimeSpan.FromSeconds(120), TestContext.Current.CancellationToken);
        var took = TimeSpan.FromMilliseconds(Environment.TickCount64) - began;
        Assert.All(nodes, node => Assert.Equal((NodeOutcome.Canceled, "up\n", false), (node.Result.Outcome, node.Stdout, node.Result.MayStillRun)));
        Assert.True(took < TimeSpan.FromSeconds(20), string.Create(CultureInfo.InvariantCulture, $"{took}"));
        Assert.Empty(await fleet.RemoteProcessesAfterAsync(_marker, Limit));
    }

    private SshOptions Options => new() { ConfigFile = fleet.SshConfig };

    /// <summary>Runs a line and stops it at its first output.</summary>
    private async Task<NodeResult> StopAsync(string line, TimeSpan? grace = null)
    {
        using var control = new RunControl();
        var node = await OpenSshRuns.RunAsync(
            Options, Host, line, control, () => control.Stop(StopReason.Interrupt), plan => plan with { StopGrace = grace ?? plan.StopGrace });
        return node.Result;
    }
}
