using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Stopping;

/// <summary>Stopping while SSH in our own process reaches real hosts, which is what plain hosts get: nothing is left of what ran remotely.</summary>
public sealed class StopNativeTests(Fleet fleet)
{
    private const string Hosts = "127.0.89.[1-5]";
    private const string Running = "127.0.89.[1-3]";
    private const string Stopped = $"volley: 5 of 5 failed\ncanceled: {Running}\nnot started: 127.0.89.[4-5]\n";

    /// <summary>Three at once: 1 to 3 run, 4 and 5 wait.</summary>
    private const string Jobs = """
        printf 'part %s' $host
        tell
        gate
        echo ' whole'
        """;

    [Theory]
    [InlineData(StopSeat.Typed, "normal")]
    [InlineData(StopSeat.Pipes, "stream")]
    public async Task TheFirstPressLeavesEverythingAlone(StopSeat seat, string mode)
    {
        await using var scene = Start(seat, $"--parallel 3 --progress never --output {mode}");
        await scene.ToldAsync(3);
        await scene.PressFirstAsync("3 running, 0 completed (0 failed), 2 queued");
        foreach (var host in (int[])[1, 2, 3])
            await scene.OpenAsync($"127.0.89.{host}");
        await scene.ToldAsync(2);
        await scene.OpenAsync("127.0.89.4");
        await scene.OpenAsync("127.0.89.5");
        Assert.Equal(0, await scene.ExitAsync());
        foreach (var host in HostList.Parse(Hosts))
            Assert.Contains($"part {host.Host} whole\n", scene.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("volley:", scene.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(StopSeat.Typed, "normal")]
    [InlineData(StopSeat.Pipes, "stream")]
    public async Task TheSecondPressEndsEverything(StopSeat seat, string mode)
    {
        await using var scene = Start(seat, $"--parallel 3 --progress never --output {mode}");
        await scene.ToldAsync(3);
        Assert.Empty(scene.SshProcesses());
        await scene.PressTwiceAsync();
        Assert.Equal(130, await scene.ExitAsync());
        await scene.AssertNothingLeftAsync();
        Assert.EndsWith(Stopped, scene.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-b", Signals.Interrupt, 130)]
    [InlineData("", Signals.Terminate, 143)]
    [InlineData("", Signals.HangUp, 129)]
    [InlineData("", Signals.Quit, 131)]
    public async Task OneSignalEndsEverything(string options, int signal, int code)
    {
        await using var scene = Start(StopSeat.Pipes, $"--parallel 3 {options}");
        await scene.ToldAsync(3);
        scene.Signal(signal);
        Assert.Equal(code, await scene.ExitAsync());
        await scene.AssertNothingLeftAsync();
        Assert.EndsWith(Stopped, scene.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task FailFastEndsTheOthers()
    {
        await using var scene = Start(StopSeat.Pipes, "-k --parallel 3", "tell; gate; exit 7");
        await scene.ToldAsync(3);
        await scene.OpenAsync("127.0.89.2");
        Assert.Equal(7, await scene.ExitAsync());
        await scene.AssertNothingLeftAsync();
        Assert.StartsWith("[fail-fast] 127.0.89.2: exit 7; stopping 2 running, 2 queued\n", scene.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("may still run", scene.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ATimeoutEndsTheCommand()
    {
        await using var scene = Start(StopSeat.Pipes, "--timeout 2", "echo early; tell; exec sleep 1000", "127.0.89.1");
        await scene.ToldAsync(1);
        Assert.Equal(124, await scene.ExitAsync());
        await scene.AssertNothingLeftAsync();
        Assert.Equal("127.0.89.1: early\n", scene.Output);
        Assert.DoesNotContain("may still run", scene.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AClosedPipeEndsEverything()
    {
        await using var scene = Start(StopSeat.Pipes, "--parallel 3 --output stream", "tell; exec yes \"$host says a line\"");
        await scene.ToldAsync(3);
        await scene.ReadOutputAsync("says a line\n");
        scene.Pipes.CloseStdout();
        Assert.Equal(141, await scene.ExitAsync());
        await scene.AssertNothingLeftAsync();
        Assert.Equal("", scene.Errors);
    }

    [Fact]
    public async Task ARemoteJobThatIgnoresTermIsKilledAfterTheGrace()
    {
        await using var scene = Start(StopSeat.Pipes, "", "trap '' TERM; sleep 1000 & tell; wait", "127.0.89.1");
        await scene.ToldAsync(1);
        await scene.PressTwiceAsync();
        Assert.Equal(130, await scene.ExitAsync());
        await scene.AssertNothingLeftAsync();
        Assert.DoesNotContain("may still run", scene.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(StopSeat.Pipes)]
    [InlineData(StopSeat.Typed)]
    public async Task AStopWhileConnectingIsOneAtOnce(StopSeat seat)
    {
        const int Count = 20;
        using var server = new SilentServer("127.0.89.9");
        var hosts = string.Join(',', Enumerable.Range(0, Count).Select(i => $"user{i}@{server.Address}"));
        await using var scene = Start(seat, $"--progress never --connect-timeout 600 -p {server.Port}", "tell", hosts);
        for (var i = 0; i < Count; i++)
            await server.WaitForConnectionAsync();
        await scene.PressFirstAsync($"{Count} running, 0 completed (0 failed), 0 queued");
        await scene.PressTwiceAsync();
        Assert.Equal(130, await scene.ExitAsync());
        Assert.DoesNotContain("may still run", scene.Errors, StringComparison.Ordinal);
        Assert.Contains("canceled:", scene.Errors, StringComparison.Ordinal);
    }

    private StopScene Start(StopSeat seat, string options, string job = Jobs, string hosts = Hosts) =>
        StopScene.Start(seat, fleet, hosts, job, options, transport: "auto");
}
