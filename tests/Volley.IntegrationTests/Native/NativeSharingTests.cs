using System.Net.NetworkInformation;
using Volley.Testing;
using Xunit;

namespace Volley.IntegrationTests.Native;

/// <summary>One login for all commands at a target, and for all that is behind a jump host.</summary>
public class NativeSharingTests(Fleet fleet) : IClassFixture<Fleet>
{
    [Fact]
    public async Task ATargetThatIsListedOftenLogsInOnce()
    {
        var before = fleet.Logins();
        var nodes = await RunAsync(fleet, Fleet.Address(20_600), 12, "echo $SSH_CONNECTION; sleep 0.2");
        Assert.All(nodes, node => Assert.True(node.Result.Succeeded, node.Result.Message));
        Assert.Single(nodes.Select(node => node.Stdout).Distinct());
        Assert.Equal(before + 1, fleet.Logins());
    }

    [Fact]
    public async Task AnotherUserIsAnotherLogin()
    {
        var host = Fleet.Address(20_601);
        Target[] targets = [new(host), new(host) { User = "nobody" }];
        var nodes = await NativeRuns.RunAllAsync(Options(fleet), targets, "true");
        Assert.Equal([NodeOutcome.Exited, NodeOutcome.AuthenticationFailed], nodes.Select(node => node.Result.Outcome));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task WhereSessionsAreFewCommandsTakeTurns(int sessions)
    {
        var before = fleet.Logins();
        var nodes = await RunAsync(fleet, SpecialHosts.WithSessions(sessions, 40), 9, "echo in; sleep 0.02; exit 3");
        Assert.All(nodes, node => Assert.Equal((NodeOutcome.Exited, 3, "in\n"), (node.Result.Outcome, node.Result.ExitCode, node.Stdout)));
        Assert.Equal(before + 1, fleet.Logins());
    }

    [Fact]
    public async Task OneLoginAtAJumpHostServesAllBehindIt()
    {
        var before = fleet.Logins();
        var nodes = await NativeRuns.RunAllAsync(
            Options(fleet) with { ProxyJump = Fleet.Address(20_620) }, Enumerable.Range(0, 20).Select(i => new Target(Fleet.Address(20_621 + i))),
            "set -- $SSH_CONNECTION; echo $3");
        Assert.Equal(Enumerable.Range(0, 20).Select(i => Fleet.Address(20_621 + i) + "\n"), nodes.Select(node => node.Stdout));
        Assert.Equal(before + 21, fleet.Logins());
    }

    [Fact]
    public async Task HopsAreAChain()
    {
        var before = fleet.Logins();
        var node = await NativeRuns.RunAsync(
            Options(fleet) with { ProxyJump = $"{Fleet.Address(20_641)},{Fleet.Address(20_642)}" }, new Target(Fleet.Address(20_643)), "echo there; exit 3");
        Assert.Equal(("there\n", 3), (node.Stdout, node.Result.ExitCode));
        Assert.Equal(before + 3, fleet.Logins());
        // Each hop is reached from the one before it, which is this machine for all of them; the way itself shows in sshd's log.
        Assert.Contains(File.ReadLines(fleet.ServerLog), line => line.Contains($"Connection from 127.0.0.1 port", StringComparison.Ordinal) && line.Contains($"on {Fleet.Address(20_643)} port", StringComparison.Ordinal));
    }

    [Fact]
    public async Task AConfiguredJumpHostIsTaken()
    {
        var before = fleet.Logins();
        var host = Fleet.Address(20_650);
        var config = fleet.Write("config", $"Host {host}\nProxyJump {Fleet.Address(20_651)}\n{await File.ReadAllTextAsync(fleet.SshConfig, TestContext.Current.CancellationToken)}");
        var node = await NativeRuns.RunAsync(new SshOptions { ConfigFile = config }, new Target(host), "echo there");
        Assert.Equal("there\n", node.Stdout);
        Assert.Equal(before + 2, fleet.Logins());
    }

    [Fact]
    public async Task AHopsHostKeyIsCheckedToo()
    {
        var hop = Fleet.Address(20_660);
        var other = (await File.ReadAllTextAsync(await fleet.NewKeyAsync() + ".pub", TestContext.Current.CancellationToken)).Split(' ');
        var known = $"[{hop}]:{fleet.Port} {other[0]} {other[1]}\n" + string.Concat(File.ReadLines(fleet.KnownHosts).Select(line => line.Replace("[127.*]", $"[{Fleet.Address(20_661)}]", StringComparison.Ordinal) + "\n"));
        var options = new SshOptions { ConfigFile = fleet.Config(knownHosts: fleet.Write("known", known)), ProxyJump = hop };
        var node = await NativeRuns.RunAsync(options, new Target(Fleet.Address(20_661)), "echo in");
        Assert.Equal((NodeOutcome.HostKeyRejected, ""), (node.Result.Outcome, node.Stdout));
        Assert.StartsWith($"jump host {hop}: host key changed", node.Result.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AHopThatRefusesTheUserIsNamed()
    {
        var hop = $"nobody@{Fleet.Address(20_670)}";
        var node = await NativeRuns.RunAsync(Options(fleet) with { ProxyJump = hop }, new Target(Fleet.Address(20_671)), "true");
        Assert.Equal(NodeOutcome.AuthenticationFailed, node.Result.Outcome);
        Assert.StartsWith($"jump host {hop}: Permission denied", node.Result.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WhatTheHopCantReachIsToldByIt()
    {
        var hop = Fleet.Address(20_680);
        var node = await NativeRuns.RunAsync(Options(fleet) with { ProxyJump = hop }, new Target(Fleet.Address(20_681)) { Port = 1 }, "true");
        Assert.Equal(NodeOutcome.ConnectFailed, node.Result.Outcome);
        Assert.StartsWith($"behind {hop}: ", node.Result.Message, StringComparison.Ordinal);
        Assert.Contains("refused", node.Result.Message, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task AWayThatLeadsThroughItselfEnds()
    {
        var config = fleet.Config($"ProxyJump {Fleet.Address(20_690)}");
        var node = await NativeRuns.RunAsync(new SshOptions { ConfigFile = config }, new Target(Fleet.Address(20_691)), "true");
        Assert.Equal(NodeOutcome.ConnectFailed, node.Result.Outcome);
        Assert.Contains("contains a loop", node.Result.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task MegabytesPassThroughAHop()
    {
        var node = await NativeRuns.RunAsync(Options(fleet) with { ProxyJump = Fleet.Address(20_700) }, new Target(Fleet.Address(20_701)), "head -c 20000000 /dev/zero; exit 6");
        Assert.Equal((20_000_000, 6), (node.StdoutBytes.Length, node.Result.ExitCode));
    }

    [Fact]
    public async Task AConnectionThatWasLostIsReplacedAndTheNewOneIsShared()
    {
        var before = fleet.Logins();
        var target = new Target(Fleet.Address(20_705));
        var cancellation = TestContext.Current.CancellationToken;
        await using var transport = new NativeTransport(Options(fleet));
        var lost = await transport.ConnectAsync(target, cancellation);
        var failure = await Assert.ThrowsAsync<TransportException>(async () =>
        {
            // It may be over before the server has said that the command runs.
            await using var process = await lost.StartAsync(CommandJob.Shell("kill -KILL $PPID; exec sleep 600"), cancellation);
            await process.WaitForExitAsync(cancellation);
        });
        Assert.Equal(NodeOutcome.ConnectionLost, failure.Outcome);

        await using var second = await transport.ConnectAsync(target, cancellation);
        // Its late end takes nothing from the one that came in its place.
        await lost.DisposeAsync();
        await using var third = await transport.ConnectAsync(target, cancellation);
        foreach (var session in new[] { second, third })
        {
            await using var process = await session.StartAsync(CommandJob.Shell("exit 4"), cancellation);
            Assert.Equal(4, (await process.WaitForExitAsync(cancellation)).ExitCode);
        }

        Assert.Equal(before + 2, fleet.Logins());
    }

    [Fact]
    public async Task AfterARunNothingIsConnected()
    {
        var host = Fleet.Address(20_710);
        var node = await NativeRuns.RunAsync(Options(fleet), new Target(host), "true");
        Assert.True(node.Result.Succeeded);
        Assert.DoesNotContain(
            IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpConnections(),
            connection => connection.RemoteEndPoint.Address.ToString() == host && connection.State == TcpState.Established);
    }

    private static SshOptions Options(Fleet fleet) => new() { ConfigFile = fleet.SshConfig };

    private static Task<IReadOnlyList<NodeRun>> RunAsync(Fleet fleet, string host, int count, string line) =>
        NativeRuns.RunAllAsync(Options(fleet), Enumerable.Range(0, count).Select(i => new Target(host)), line, tune: plan => plan with { MaxConcurrency = count });
}
