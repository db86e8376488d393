using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Stopping;

/// <summary>
/// Stopping while the system's ssh reaches real hosts, through control masters and, where there can be none, with an ssh for
/// each command. No ssh of ours is left; what runs remotely is ended, or named where it can't be.
/// </summary>
public class StopOpenSshTests(Fleet fleet)
{
    private const bool Masters = false;
    private const bool Plain = true;

    private const string Hosts = "127.0.1.[1-5]";
    private const string Running = "127.0.1.[1-3]";

    /// <summary>Three at once: 1 to 3 run, 4 and 5 wait.</summary>
    private const string Jobs = """
        printf 'part %s' $host
        tell
        gate
        echo ' whole'
        """;

    public static TheoryData<StopSeat, string, bool> BothWays { get; } = new()
    {
        { StopSeat.Typed, "normal", Masters },
        { StopSeat.Pipes, "stream", Masters },
        { StopSeat.Typed, "stream", Plain },
        { StopSeat.Pipes, "normal", Plain },
    };

    [Theory]
    [MemberData(nameof(BothWays))]
    public async Task TheFirstPressLeavesEverythingAlone(StopSeat seat, string mode, bool isPlain)
    {
        await using var scene = Start(seat, $"--parallel 3 --progress never --output {mode}", isPlain);
        await scene.ToldAsync(3);
        var ssh = scene.SshProcesses();
        Assert.Equal(3, ssh.Length);

        await scene.PressFirstAsync("3 running, 0 completed (0 failed), 2 queued");

        Assert.Equal(ssh, scene.SshProcesses());
        await scene.OpenAsync("127.0.1.1");
        await scene.OpenAsync("127.0.1.2");
        await scene.OpenAsync("127.0.1.3");
        await scene.ToldAsync(2);
        await scene.OpenAsync("127.0.1.4");
        await scene.OpenAsync("127.0.1.5");
        Assert.Equal(0, await scene.ExitAsync());
        foreach (var host in HostList.Parse(Hosts))
            Assert.Contains($"part {host.Host} whole\n", scene.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("volley: ", scene.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(BothWays))]
    public async Task TheSecondPressEndsEverything(StopSeat seat, string mode, bool isPlain)
    {
        await using var scene = Start(seat, $"--parallel 3 --progress never --output {mode}", isPlain);
        await scene.ToldAsync(3);
        var ssh = scene.SshProcesses();

        await scene.PressTwiceAsync();

        Assert.Equal(130, await scene.ExitAsync());
        await AssertEndedAsync(scene, ssh, isPlain);
        Assert.EndsWith(Stopped(isPlain), scene.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-b", Signals.Interrupt, 130, Masters)]
    [InlineData("", Signals.Terminate, 143, Masters)]
    [InlineData("", Signals.HangUp, 129, Masters)]
    [InlineData("-b", Signals.Interrupt, 130, Plain)]
    [InlineData("", Signals.Terminate, 143, Plain)]
    public async Task OneSignalEndsEverything(string options, int signal, int code, bool isPlain)
    {
        await using var scene = Start(StopSeat.Pipes, $"--parallel 3 {options}", isPlain);
        await scene.ToldAsync(3);
        var ssh = scene.SshProcesses();

        scene.Signal(signal);

        Assert.Equal(code, await scene.ExitAsync());
        await AssertEndedAsync(scene, ssh, isPlain);
        Assert.EndsWith(Stopped(isPlain), scene.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("normal", Masters)]
    [InlineData("stream", Masters)]
    [InlineData("stream", Plain)]
    public async Task FailFastEndsTheOthers(string mode, bool isPlain)
    {
        await using var scene = Start(StopSeat.Pipes, $"-k --parallel 3 --output {mode}", isPlain, "tell; gate; exit 7");
        await scene.ToldAsync(3);
        var ssh = scene.SshProcesses();

        await scene.OpenAsync("127.0.1.2");

        Assert.Equal(7, await scene.ExitAsync());
        await AssertEndedAsync(scene, ssh, isPlain);
        Assert.Equal($"""
            [fail-fast] 127.0.1.2: exit 7; stopping 2 running, 2 queued
            {MayStillRun("127.0.1.[1,3]", isPlain)}volley: 5 of 5 failed
            exit 7: 127.0.1.2
            canceled: 127.0.1.[1,3]
            not started: 127.0.1.[4-5]

            """, scene.Errors);
    }

    [Theory]
    [InlineData(Masters)]
    [InlineData(Plain)]
    public async Task ATimeoutEndsTheCommand(bool isPlain)
    {
        await using var scene = Start(StopSeat.Pipes, "--timeout 2", isPlain, "echo early; tell; exec sleep 1000", hosts: "127.0.1.1");
        await scene.ToldAsync(1);
        var ssh = scene.SshProcesses();

        Assert.Equal(124, await scene.ExitAsync());
        await AssertEndedAsync(scene, ssh, isPlain);
        Assert.Equal("127.0.1.1: early\n", scene.Output);
        Assert.Equal(isPlain, scene.Errors.Contains("volley: may still run: 127.0.1.1\n", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(Masters)]
    [InlineData(Plain)]
    public async Task AClosedPipeEndsEverything(bool isPlain)
    {
        await using var scene = Start(StopSeat.Pipes, "--parallel 3 --output stream", isPlain, "tell; exec yes \"$host says a line\"");
        await scene.ToldAsync(3);
        await scene.ReadOutputAsync("says a line\n");
        var ssh = scene.SshProcesses();

        scene.Pipes.CloseStdout();

        Assert.Equal(141, await scene.ExitAsync());
        await AssertEndedAsync(scene, ssh, isPlain);
        Assert.Equal(MayStillRun(Running, isPlain), scene.Errors);
    }

    [Fact]
    public async Task ARemoteJobThatIgnoresTermIsKilledAfterTheGrace()
    {
        await using var scene = Start(StopSeat.Pipes, "", Masters, "trap '' TERM; sleep 1000 & tell; wait", hosts: "127.0.1.1");
        await scene.ToldAsync(1);
        var ssh = scene.SshProcesses();

        await scene.PressTwiceAsync();

        Assert.Equal(130, await scene.ExitAsync());
        await AssertEndedAsync(scene, ssh, Masters);
        Assert.DoesNotContain("may still run", scene.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(StopSeat.Pipes, Masters)]
    [InlineData(StopSeat.Typed, Masters)]
    [InlineData(StopSeat.Typed, Plain)]
    public async Task AStopWhileConnectingLeavesNoSsh(StopSeat seat, bool isPlain)
    {
        const int Count = 20;
        using var server = new SilentServer("127.0.9.1");
        // One host, but every user has a connection of its own.
        var hosts = string.Join(',', Enumerable.Range(0, Count).Select(i => $"user{i}@{server.Address}"));
        await using var scene = StopScene.Start(seat, fleet, hosts, "tell", $"--progress never -p {server.Port}", isPlain);
        for (var i = 0; i < Count; i++)
            await server.WaitForConnectionAsync();
        var ssh = scene.SshProcesses();
        Assert.Equal(Count, ssh.Length);

        await scene.PressFirstAsync($"{Count} running, 0 completed (0 failed), 0 queued");
        Assert.Equal(ssh, scene.SshProcesses());
        await scene.PressTwiceAsync();

        Assert.Equal(130, await scene.ExitAsync());
        // They would time out on their own, but much later.
        await AssertEndedAsync(ssh);
        Assert.DoesNotContain("may still run", scene.Errors, StringComparison.Ordinal);
        Assert.Contains("canceled:", scene.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Masters)]
    [InlineData(Plain)]
    public async Task AnSshThatDoesNotReactWhileConnectingIsKilled(bool isPlain)
    {
        using var server = new SilentServer("127.0.9.2");
        await using var scene = StopScene.Start(StopSeat.Pipes, fleet, server.Address, "tell", $"-p {server.Port}", isPlain);
        await server.WaitForConnectionAsync();
        var ssh = scene.SshProcesses();
        StopCalls.Send(Assert.Single(ssh), Signals.Stop);

        scene.Signal(Signals.Terminate);

        // The program must not leave before it has ended ssh.
        Assert.Equal(143, await scene.ExitAsync());
        await AssertEndedAsync(ssh);
    }

    [Fact]
    public async Task AProxyCommandThatIgnoresTermIsKilled()
    {
        await using var scene = StopScene.Prepare("n0", "trap '' TERM; tell; exec sleep 1000");
        await using var run = ProgramRun.Start(ProgramStart.Volley(
            "-F", "none", "-o", $"ProxyCommand=/bin/sh {scene.Script} n0", "-H", "n0", "true"));
        var proxy = Assert.Single(await scene.ToldAsync(1));

        run.Signal(Signals.Terminate);

        Assert.Equal(143, await run.WaitForExitAsync());
        await AssertEndedAsync([proxy]);
    }

    private StopScene Start(StopSeat seat, string options, bool isPlain, string job = Jobs, string hosts = Hosts) =>
        StopScene.Start(seat, fleet, hosts, job, options, isPlain);

    private static string MayStillRun(string hosts, bool isPlain) => isPlain ? $"volley: may still run: {hosts}\n" : "";

    private static string Stopped(bool isPlain) =>
        $"{MayStillRun(Running, isPlain)}volley: 5 of 5 failed\ncanceled: {Running}\nnot started: 127.0.1.[4-5]\n";

    /// <summary>No ssh is left and, unless it can't be reached, nothing that it ran.</summary>
    private static async Task AssertEndedAsync(StopScene scene, int[] ssh, bool isPlain)
    {
        await AssertEndedAsync(ssh);
        if (!isPlain)
            await scene.AssertNothingLeftAsync();
    }

    private static async Task AssertEndedAsync(int[] processes)
    {
        Assert.NotEmpty(processes);
        foreach (var process in processes)
            Assert.True(await Processes.WaitForEndAsync(process, TimeSpan.FromSeconds(2)), $"left running: {Processes.Find(process)}");
    }
}
