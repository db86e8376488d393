using Volley.Targets;
using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests;

/// <summary>Stopping while the system's ssh runs the jobs on real hosts: no ssh of ours is left, and what may live on there is named.</summary>
public class StopOpenSshTests(Fleet fleet) : IClassFixture<Fleet>
{
    private const string Hosts = "127.0.1.[1-5]";
    private const string Running = "127.0.1.[1-3]";

    /// <summary>Three at once: 1 to 3 run, 4 and 5 wait.</summary>
    private const string Jobs = """
        printf 'part %s' $host
        tell
        gate
        echo ' whole'
        """;

    private const string Stopped = $"""
        volley: may still run: {Running}
        volley: 5 of 5 failed
        canceled: {Running}
        not started: 127.0.1.[4-5]

        """;

    [Theory]
    [InlineData(StopSeat.Typed, "normal")]
    [InlineData(StopSeat.Pipes, "stream")]
    public async Task TheFirstPressLeavesEverySshAlone(StopSeat seat, string mode)
    {
        await using var scene = Start(seat, $"--parallel 3 --progress never --output {mode}");
        await scene.ToldAsync(3);
        var before = SshChildren(scene);
        Assert.Equal(3, before.Length);

        await scene.PressFirstAsync("3 running, 0 completed, 2 queued, 0 failed");

        Assert.Equal(before, SshChildren(scene));
        await scene.OpenAsync("127.0.1.1");
        await scene.OpenAsync("127.0.1.2");
        await scene.OpenAsync("127.0.1.3");
        await scene.ToldAsync(2);
        await scene.OpenAsync("127.0.1.4");
        await scene.OpenAsync("127.0.1.5");
        Assert.Equal(0, await scene.ExitAsync());
        foreach (var host in HostList.Parse(Hosts))
            Assert.Contains($"part {host.Host} whole\n", scene.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("volley:", scene.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(StopSeat.Typed, "normal")]
    [InlineData(StopSeat.Pipes, "stream")]
    public async Task TheSecondPressEndsEverySsh(StopSeat seat, string mode)
    {
        await using var scene = Start(seat, $"--parallel 3 --progress never --output {mode}");
        await scene.ToldAsync(3);
        var ssh = SshChildren(scene);

        await scene.PressTwiceAsync();

        Assert.Equal(130, await scene.ExitAsync());
        await AssertEndedAsync(ssh);
        Assert.EndsWith(Stopped, scene.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-b", Signals.Interrupt, 130)]
    [InlineData("", Signals.Terminate, 143)]
    [InlineData("", Signals.HangUp, 129)]
    public async Task OneSignalEndsEverySsh(string options, int signal, int code)
    {
        await using var scene = Start(StopSeat.Pipes, $"--parallel 3 {options}");
        await scene.ToldAsync(3);
        var ssh = SshChildren(scene);

        scene.Signal(signal);

        Assert.Equal(code, await scene.ExitAsync());
        await AssertEndedAsync(ssh);
        Assert.EndsWith(Stopped, scene.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("normal")]
    [InlineData("stream")]
    public async Task FailFastEndsTheOthers(string mode)
    {
        await using var scene = Start(StopSeat.Pipes, $"-k --parallel 3 --output {mode}", "tell; gate; exit 7");
        await scene.ToldAsync(3);
        var ssh = SshChildren(scene);

        await scene.OpenAsync("127.0.1.2");

        Assert.Equal(7, await scene.ExitAsync());
        await AssertEndedAsync(ssh);
        Assert.Equal("""
            [fail-fast] 127.0.1.2: exit 7; stopping 2 running, 2 queued
            volley: may still run: 127.0.1.[1,3]
            volley: 5 of 5 failed
            exit 7: 127.0.1.2
            canceled: 127.0.1.[1,3]
            not started: 127.0.1.[4-5]

            """, scene.Errors);
    }

    [Fact]
    public async Task ATimeoutEndsSsh()
    {
        await using var scene = Start(StopSeat.Pipes, "--timeout 2", "echo early; tell; exec sleep 1000", hosts: "127.0.1.1");
        await scene.ToldAsync(1);
        var ssh = SshChildren(scene);

        Assert.Equal(124, await scene.ExitAsync());
        await AssertEndedAsync(ssh);
        Assert.Equal("127.0.1.1: early\n", scene.Output);
        Assert.Contains("volley: may still run: 127.0.1.1\n", scene.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AClosedPipeEndsEverySsh()
    {
        await using var scene = Start(StopSeat.Pipes, "--parallel 3 --output stream", "tell; exec yes \"$host says a line\"");
        await scene.ToldAsync(3);
        await scene.ReadOutputAsync("says a line\n");
        var ssh = SshChildren(scene);

        scene.Pipes.CloseStdout();

        Assert.Equal(141, await scene.ExitAsync());
        await AssertEndedAsync(ssh);
        // The remote sshd may not have noticed yet.
        Assert.Equal($"volley: may still run: {Running}\n", scene.Errors);
    }

    [Theory]
    [InlineData(StopSeat.Pipes)]
    [InlineData(StopSeat.Typed)]
    public async Task AStopWhileConnectingLeavesNoSsh(StopSeat seat)
    {
        const int Count = 20;
        using var server = new SilentServer("127.0.9.1");
        // One host by many names: every one of them is a target.
        var hosts = string.Join(',', Enumerable.Repeat(server.Address, Count));
        await using var scene = StopScene.Start(seat, fleet, hosts, "tell", $"--progress never -p {server.Port}");
        for (var i = 0; i < Count; i++)
            await server.WaitForConnectionAsync();
        var ssh = SshChildren(scene);
        Assert.Equal(Count, ssh.Length);

        await scene.PressFirstAsync($"{Count} running, 0 completed, 0 queued, 0 failed");
        Assert.Equal(ssh, SshChildren(scene));
        await scene.PressTwiceAsync();

        Assert.Equal(130, await scene.ExitAsync());
        // They would give up by themselves, but much later.
        await AssertEndedAsync(ssh);
        Assert.DoesNotContain("may still run", scene.Errors, StringComparison.Ordinal);
        Assert.Contains("canceled:", scene.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnSshThatDoesNotReactWhileConnectingIsKilled()
    {
        using var server = new SilentServer("127.0.9.2");
        await using var scene = StopScene.Start(StopSeat.Pipes, fleet, server.Address, "tell", $"-p {server.Port}");
        await server.WaitForConnectionAsync();
        var ssh = Assert.Single(SshChildren(scene));
        StopCalls.Send(ssh, Signals.Stop);

        scene.Signal(Signals.Terminate);

        // The program must not leave before it has ended ssh.
        Assert.Equal(143, await scene.ExitAsync());
        await AssertEndedAsync([ssh]);
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

    private StopScene Start(StopSeat seat, string options, string job = Jobs, string hosts = Hosts) =>
        StopScene.Start(seat, fleet, hosts, job, options);

    private static int[] SshChildren(StopScene scene) =>
    [
        .. Processes.Descendants(scene.ProcessId).Where(process => process.CommandLine.StartsWith("ssh ", StringComparison.Ordinal))
            .Select(process => process.Id).Order(),
    ];

    private static async Task AssertEndedAsync(int[] ssh)
    {
        Assert.NotEmpty(ssh);
        foreach (var process in ssh)
            Assert.True(await Processes.WaitForEndAsync(process, TimeSpan.FromSeconds(1)), $"left running: {Processes.Find(process)}");
    }
}
