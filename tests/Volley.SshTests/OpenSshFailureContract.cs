using System.Net;
using System.Net.Sockets;
using Volley.Targets;
using Volley.Testing;
using Volley.Transports.OpenSsh;
using Xunit;

namespace Volley.SshTests;

/// <summary>Every way in which a connection fails, told from ssh's own messages, whether it serves one command or many.</summary>
public abstract class OpenSshFailureContract(Fleet fleet, bool multiplex)
{
    private static readonly Target Host = new(0, Fleet.Address(3_000));

    [Fact]
    public async Task ARefusedConnectionIsToldAndNothingElse()
    {
        // Bound, so that nobody else gets the port, but not listening.
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Parse(Host.Name), 0));
        var port = ((IPEndPoint)socket.LocalEndPoint!).Port;
        var node = await OpenSshRuns.RunAsync(Options(fleet.SshConfig), Host with { Port = port }, "true");
        Assert.Equal(
            (NodeOutcome.ConnectFailed, $"connect to host {Host.Name} port {port}: Connection refused", 255, false),
            (node.Result.Outcome, node.Result.Message, node.Result.Code, node.Result.MayStillRun));
        Assert.Equal("", node.Stderr);
    }

    [Fact]
    public async Task ANameWithoutAnAddressIsTold()
    {
        var node = await OpenSshRuns.RunAsync(
            Options(fleet.SshConfig), new Target(0, "no-such-host.invalid"), "true");
        Assert.Equal(NodeOutcome.NameNotResolved, node.Result.Outcome);
        Assert.StartsWith("Could not resolve hostname no-such-host.invalid", node.Result.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AKeyOfNobodyIsDenied()
    {
        var config = fleet.Config(key: await fleet.NewKeyAsync());
        var node = await OpenSshRuns.RunAsync(Options(config), Host, "true");
        Assert.Equal((NodeOutcome.AuthenticationFailed, ""), (node.Result.Outcome, node.Stderr));
        Assert.Contains("Permission denied (publickey", node.Result.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnotherUserIsDenied()
    {
        var node = await OpenSshRuns.RunAsync(
            Options(fleet.SshConfig), new Target(0, $"nobody@{Host.Name}") { Host = Host.Name, User = "nobody" }, "true");
        Assert.Equal(NodeOutcome.AuthenticationFailed, node.Result.Outcome);
        Assert.StartsWith($"nobody@{Host.Name}: Permission denied", node.Result.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AChangedHostKeyIsRefusedWithItsPlace()
    {
        var other = (await File.ReadAllTextAsync(await fleet.NewKeyAsync() + ".pub", TestContext.Current.CancellationToken)).Split(' ');
        var knownHosts = fleet.Write("known", $"# first line\n[{Host.Name}]:{fleet.Port} {other[0]} {other[1]}\n");
        var node = await OpenSshRuns.RunAsync(Options(fleet.Config(knownHosts: knownHosts)), Host, "echo in");
        Assert.Equal((NodeOutcome.HostKeyRejected, ""), (node.Result.Outcome, node.Stdout));
        Assert.Contains($"host key changed ({knownHosts} line 2)", node.Result.Message, StringComparison.Ordinal);
        Assert.Contains("ssh-keygen -f", node.Result.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ARevokedHostKeyIsRefused()
    {
        var keys = File.ReadLines(fleet.KnownHosts).Select(line => $"@revoked * {line[(line.IndexOf(' ', StringComparison.Ordinal) + 1)..]}\n");
        var config = fleet.Config(knownHosts: fleet.Write("known", string.Concat(keys)));
        var node = await OpenSshRuns.RunAsync(Options(config), Host, "echo in");
        Assert.Equal((NodeOutcome.HostKeyRejected, ""), (node.Result.Outcome, node.Stdout));
        Assert.Contains("revoked", node.Result.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TheUsersStrictCheckingIsNotWeakened()
    {
        var knownHosts = fleet.Write("known", "");
        var config = fleet.Config("StrictHostKeyChecking yes", knownHosts);
        var node = await OpenSshRuns.RunAsync(Options(config), Host, "echo in");
        Assert.Equal((NodeOutcome.HostKeyRejected, ""), (node.Result.Outcome, node.Stdout));
        Assert.Equal("", await File.ReadAllTextAsync(knownHosts, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task AskingIsRefusing()
    {
        var knownHosts = fleet.Write("known", "");
        var config = fleet.Config("StrictHostKeyChecking ask", knownHosts);
        var node = await OpenSshRuns.RunAsync(Options(config), Host, "echo in");
        Assert.Equal(NodeOutcome.HostKeyRejected, node.Result.Outcome);
        Assert.Equal("", await File.ReadAllTextAsync(knownHosts, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task AnUnknownKeyIsRecordedByDefault()
    {
        var knownHosts = fleet.NewPath("known");
        var node = await OpenSshRuns.RunAsync(Options(fleet.Config(knownHosts: knownHosts)), Host, "echo in");
        Assert.Equal(("in\n", ""), (node.Stdout, node.Stderr));
        Assert.Contains($"[{Host.Name}]:{fleet.Port} ", await File.ReadAllTextAsync(knownHosts, TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ASilentServerRunsIntoThePlansLimit()
    {
        using var server = new SilentServer(Host.Name);
        var node = await OpenSshRuns.RunAsync(
            Options(fleet.SshConfig), Host with { Port = server.Port }, "true",
            tune: plan => plan with { ConnectTimeout = TimeSpan.FromSeconds(0.5) });
        Assert.Equal((NodeOutcome.ConnectTimedOut, "not connected after 0.5 s"), (node.Result.Outcome, node.Result.Message));
    }

    [Fact]
    public async Task ASilentServerRunsIntoTheTransportsLimit()
    {
        using var server = new SilentServer(Host.Name);
        var node = await OpenSshRuns.RunAsync(
            Options(fleet.SshConfig) with { DefaultConnectTimeout = TimeSpan.FromSeconds(1) }, Host with { Port = server.Port },
            "true", tune: plan => plan with { ConnectTimeout = Timeout.InfiniteTimeSpan });
        Assert.Equal(NodeOutcome.ConnectTimedOut, node.Result.Outcome);
    }

    [Fact]
    public async Task AConnectTimeoutInTheConfigurationIsHonoured()
    {
        using var server = new SilentServer(Host.Name);
        // With a default that nobody would wait for.
        var options = Options(fleet.Config("ConnectTimeout 1")) with { DefaultConnectTimeout = TimeSpan.FromHours(1) };
        var node = await OpenSshRuns.RunAsync(
            options, Host with { Port = server.Port }, "true", tune: plan => plan with { ConnectTimeout = Timeout.InfiniteTimeSpan });
        Assert.Equal((NodeOutcome.ConnectTimedOut, "Connection timed out during banner exchange"), (node.Result.Outcome, node.Result.Message));
    }

    [Fact]
    public async Task ALongerConnectTimeoutInTheConfigurationIsHonouredToo()
    {
        using var server = new SilentServer(Host.Name);
        using var control = new RunControl();
        var options = Options(fleet.Config("ConnectTimeout 3")) with { DefaultConnectTimeout = TimeSpan.FromSeconds(1) };
        var node = await OpenSshRuns.RunAsync(
            options, Host with { Port = server.Port }, "true", tune: plan => plan with { ConnectTimeout = Timeout.InfiniteTimeSpan });
        Assert.Equal(NodeOutcome.ConnectTimedOut, node.Result.Outcome);
        Assert.True(node.Result.Elapsed > TimeSpan.FromSeconds(2.5), $"{node.Result.Elapsed}");
    }

    [Fact]
    public async Task ALostConnectionKeepsTheOutputAndMayLeaveTheCommand()
    {
        using var proxy = new CuttingProxy(Host.Name, fleet.Port);
        fleet.TrustPort(proxy.Port);
        var node = await OpenSshRuns.RunAsync(
            Options(fleet.SshConfig), Host with { Port = proxy.Port }, "echo up; exec sleep 600", onOutput: proxy.Cut);
        Assert.Equal((NodeOutcome.ConnectionLost, "up\n", true, 255), (node.Result.Outcome, node.Stdout, node.Result.MayStillRun, node.Result.Code));
        Assert.NotNull(node.Result.Message);
    }

    [Fact]
    public async Task AServersProcessThatIsKilledInMidOutputKeepsWhatCame()
    {
        var marker = $"66{Environment.ProcessId}.{(multiplex ? 1 : 2)}";
        var node = await OpenSshRuns.RunAsync(
            Options(fleet.SshConfig), Host, $"echo up; exec sleep {marker}", onOutput: () =>
            {
                // The shell, or what it has become since.
                Processes.Kill(fleet.RemoteProcesses($"sleep {marker}")[0].Parent);
            });
        Assert.Equal((NodeOutcome.ConnectionLost, "up\n", true, 255), (node.Result.Outcome, node.Stdout, node.Result.MayStillRun, node.Result.Code));
        Assert.Contains("closed", node.Result.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ADeadPeerEndsTheNodeWithWhatCame()
    {
        using var proxy = new CuttingProxy(Host.Name, fleet.Port);
        fleet.TrustPort(proxy.Port);
        var options = Options(fleet.SshConfig) with { ServerAliveInterval = TimeSpan.FromSeconds(1), ServerAliveCountMax = 2 };
        var node = await OpenSshRuns.RunAsync(options, Host with { Port = proxy.Port }, "echo up; exec sleep 600", onOutput: proxy.Freeze);
        Assert.Equal((NodeOutcome.ConnectionLost, "up\n", true), (node.Result.Outcome, node.Stdout, node.Result.MayStillRun));
        Assert.InRange(node.Result.Elapsed, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task ADeadPeerDoesNotHoldAStop()
    {
        using var proxy = new CuttingProxy(Host.Name, fleet.Port);
        fleet.TrustPort(proxy.Port);
        using var control = new RunControl();
        var node = await OpenSshRuns.RunAsync(Options(fleet.SshConfig), Host with { Port = proxy.Port }, "echo up; exec sleep 600", control, () =>
        {
            proxy.Freeze();
            control.Stop(StopReason.Interrupt);
        });
        Assert.Equal((NodeOutcome.Canceled, "up\n", true), (node.Result.Outcome, node.Stdout, node.Result.MayStillRun));
        Assert.True(node.Result.Elapsed < TimeSpan.FromSeconds(20), $"{node.Result.Elapsed}");
    }

    [Fact]
    public async Task AServerWithoutSessionsIsToldByMaxSessions()
    {
        await using var special = await Fleet.StartAsync("MaxSessions=0");
        var node = await OpenSshRuns.RunAsync(Options(special.SshConfig), Host, "true");
        Assert.Equal(NodeOutcome.ConnectFailed, node.Result.Outcome);
        Assert.Contains("MaxSessions", node.Result.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("x@y: Permission denied (publickey).")]
    [InlineData("ssh: connect to host h port 22: Connection refused")]
    [InlineData("Connection to h closed by remote host.")]
    [InlineData("Host key verification failed.")]
    public async Task WhatTheCommandItselfPrintsIsNotMistaken(string line)
    {
        var node = await OpenSshRuns.RunAsync(Options(fleet.SshConfig), Host, $"echo '{line}' >&2; exit 255");
        Assert.Equal((NodeOutcome.Exited, 255, line + "\n"), (node.Result.Outcome, node.Result.ExitCode, node.Stderr));
    }

    [Fact]
    public async Task ABannerOfAServerThatRefusesIsOutput()
    {
        await using var special = await Fleet.StartAsync($"Banner={fleet.Write("banner", "Authorised users only\n")}");
        var config = special.Config(key: await fleet.NewKeyAsync());
        var node = await OpenSshRuns.RunAsync(Options(config), Host, "true");
        Assert.Equal((NodeOutcome.AuthenticationFailed, "Authorised users only\n"), (node.Result.Outcome, node.Stderr.ReplaceLineEndings("\n")));
    }

    [Fact]
    public async Task AStopWhileConnectingLeavesNoSsh()
    {
        using var server = new SilentServer(Fleet.Address(multiplex ? 3_001 : 3_002));
        using var control = new RunControl();
        var running = OpenSshRuns.RunAsync(
            Options(fleet.SshConfig), new Target(0, server.Address) { Port = server.Port }, "true", control);
        await server.WaitForConnectionAsync();
        control.Stop(StopReason.Interrupt);
        Assert.Equal((NodeOutcome.Canceled, StopReason.Interrupt), ((await running).Result.Outcome, (await running).Result.Stop));
        Assert.DoesNotContain(
            Processes.Descendants(Environment.ProcessId), p => p.CommandLine.Contains($" {server.Address} ", StringComparison.Ordinal));
    }

    private OpenSshOptions Options(string configFile) => new() { ConfigFile = configFile, Multiplex = multiplex };
}

public class OpenSshFailureTests(Fleet fleet) : OpenSshFailureContract(fleet, multiplex: true), IClassFixture<Fleet>;

public class OpenSshPlainFailureTests(Fleet fleet) : OpenSshFailureContract(fleet, multiplex: false), IClassFixture<Fleet>;
