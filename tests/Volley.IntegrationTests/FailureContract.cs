using System.Net;
using System.Net.Sockets;
using Volley.Testing;
using Xunit;

namespace Volley.IntegrationTests;

/// <summary>Every way in which a connection fails, on a real sshd: the outcome, the message, and what came before it.</summary>
public abstract class FailureContract(Fleet fleet, TransportMaker create) : SshContract(create)
{
    private static readonly Target Host = new(Fleet.Address(3_000));

    // Tells apart what the tests of several transports do at the same time.
    private static int _last;

    /// <summary>How it is told that the server's process has gone.</summary>
    protected virtual string WordsOfAKilledServer => "closed";

    [Fact]
    public async Task ARefusedConnectionIsToldAndNothingElse()
    {
        // Bound, so that no other process gets the port, but not listening.
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Parse(Host.Name), 0));
        var port = ((IPEndPoint)socket.LocalEndPoint!).Port;
        var node = await RunAsync(Options(fleet.SshConfig), Host with { Port = port }, "true");
        Assert.Equal(
            (NodeOutcome.ConnectFailed, $"connect to host {Host.Name} port {port}: Connection refused", 255, false),
            (node.Result.Outcome, node.Result.Message, node.Result.Code, node.Result.MayStillRun));
        Assert.Equal("", node.Stderr);
    }

    [Fact]
    public async Task ANameWithoutAnAddressIsTold()
    {
        var node = await RunAsync(
            Options(fleet.SshConfig), new Target("no-such-host.invalid"), "true");
        Assert.Equal(NodeOutcome.NameNotResolved, node.Result.Outcome);
        Assert.StartsWith("Could not resolve hostname no-such-host.invalid", node.Result.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AKeyOfNobodyIsDenied()
    {
        var config = fleet.Config(key: await fleet.NewKeyAsync());
        var node = await RunAsync(Options(config), Host, "true");
        Assert.Equal((NodeOutcome.AuthenticationFailed, ""), (node.Result.Outcome, node.Stderr));
        Assert.Contains("permission denied", node.Result.Message, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task AnotherUserIsDenied()
    {
        var node = await RunAsync(
            Options(fleet.SshConfig), new Target(Host.Name) { User = "nobody" }, "true");
        Assert.Equal(NodeOutcome.AuthenticationFailed, node.Result.Outcome);
        Assert.Contains("permission denied", node.Result.Message, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task AChangedHostKeyIsRefusedWithItsPlace()
    {
        var other = (await File.ReadAllTextAsync(await fleet.NewKeyAsync() + ".pub", TestContext.Current.CancellationToken)).Split(' ');
        var knownHosts = fleet.Write("known", $"# first line\n[{Host.Name}]:{fleet.Port} {other[0]} {other[1]}\n");
        var node = await RunAsync(Options(fleet.Config(knownHosts: knownHosts)), Host, "echo in");
        Assert.Equal((NodeOutcome.HostKeyRejected, ""), (node.Result.Outcome, node.Stdout));
        Assert.Contains($"host key changed ({knownHosts} line 2)", node.Result.Message, StringComparison.Ordinal);
        Assert.Contains($"ssh-keygen -f \"{knownHosts}\" -R \"[{Host.Name}]:{fleet.Port}\"", node.Result.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ARevokedHostKeyIsRefused()
    {
        var keys = File.ReadLines(fleet.KnownHosts).Select(line => $"@revoked * {line[(line.IndexOf(' ', StringComparison.Ordinal) + 1)..]}\n");
        var config = fleet.Config(knownHosts: fleet.Write("known", string.Concat(keys)));
        var node = await RunAsync(Options(config), Host, "echo in");
        Assert.Equal((NodeOutcome.HostKeyRejected, ""), (node.Result.Outcome, node.Stdout));
        Assert.Contains("revoked", node.Result.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("yes")]
    [InlineData("ask")]
    public async Task StrictCheckingIsNotWeakened(string strict)
    {
        var knownHosts = fleet.Write("known", "");
        var node = await RunAsync(Options(fleet.Config($"StrictHostKeyChecking {strict}", knownHosts)), Host, "echo in");
        Assert.Equal((NodeOutcome.HostKeyRejected, ""), (node.Result.Outcome, node.Stdout));
        Assert.Equal("", await File.ReadAllTextAsync(knownHosts, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task AnUnknownKeyIsRecordedByDefault()
    {
        var knownHosts = fleet.NewPath("known");
        var node = await RunAsync(Options(fleet.Config(knownHosts: knownHosts)), Host, "echo in");
        Assert.Equal(("in\n", ""), (node.Stdout, node.Stderr));
        // ssh itself finds it.
        await NativeRuns.RunProgramAsync("ssh", "-F", fleet.Config("StrictHostKeyChecking yes", knownHosts), Host.Name, "true");
    }

    [Fact]
    public async Task ASilentServerRunsIntoThePlansLimit()
    {
        using var server = new SilentServer(Host.Name);
        // ssh_config states no limit, which would precede the plan's.
        var node = await RunAsync(
            Options(fleet.Config()), Host with { Port = server.Port }, "true",
            tune: plan => plan with { ConnectTimeout = TimeSpan.FromSeconds(0.5) });
        Assert.Equal(NodeOutcome.ConnectTimedOut, node.Result.Outcome);
        // ssh has the limit, too, in whole seconds. On a busy machine it ends first.
        Assert.Matches("^(not connected after 0.5 s|Connection timed out during banner exchange)$", node.Result.Message);
    }

    [Theory]
    [InlineData(1, null, null, 1)]
    [InlineData(3600, 1, null, 1)]
    [InlineData(1, 3, null, 3)]
    [InlineData(3600, null, 1, 1)]
    [InlineData(1, null, 3, 3)]
    [InlineData(3600, 3600, 1, 1)]
    [InlineData(1, 1, 3, 3)]
    public async Task TheOptionPrecedesTheConfigurationAndThatThePlan(int standard, int? configured, int? flag, int expected)
    {
        using var server = new SilentServer(Host.Name);
        var options = Options(fleet.Config(configured is null ? "" : $"ConnectTimeout {configured}")) with
        {
            ConnectTimeout = flag is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
        };
        var node = await RunAsync(options, Host with { Port = server.Port }, "true", tune: plan => plan with { ConnectTimeout = TimeSpan.FromSeconds(standard) });
        Assert.Equal(NodeOutcome.ConnectTimedOut, node.Result.Outcome);
        Assert.InRange(node.Result.Elapsed, TimeSpan.FromSeconds(expected - 0.5), TimeSpan.FromSeconds(10 * expected));
    }

    [Fact]
    public async Task ALostConnectionKeepsTheOutputAndMayLeaveTheCommand()
    {
        using var proxy = new CuttingProxy(Host.Name, fleet.Port);
        fleet.TrustPort(proxy.Port);
        var node = await RunAsync(
            Options(fleet.SshConfig), Host with { Port = proxy.Port }, "echo up; exec sleep 600", onOutput: proxy.Cut);
        Assert.Equal((NodeOutcome.ConnectionLost, "up\n", true, 255), (node.Result.Outcome, node.Stdout, node.Result.MayStillRun, node.Result.Code));
        Assert.NotNull(node.Result.Message);
    }

    [Fact]
    public async Task AServersProcessThatIsKilledInMidOutputKeepsWhatCame()
    {
        var marker = $"66{Environment.ProcessId}.{Interlocked.Increment(ref _last)}";
        var node = await RunAsync(
            Options(fleet.SshConfig), Host, $"echo up; exec sleep {marker}", onOutput: () =>
            {
                // The shell, or what it has become since. It has no command line while it becomes that.
                var remote = fleet.RemoteProcesses($"sleep {marker}");
                SpinWait.SpinUntil(() => remote.Count > 0 || (remote = fleet.RemoteProcesses($"sleep {marker}")).Count > 0, TimeSpan.FromSeconds(30));
                Processes.Kill(remote[0].Parent);
            });
        Assert.Equal((NodeOutcome.ConnectionLost, "up\n", true, 255), (node.Result.Outcome, node.Stdout, node.Result.MayStillRun, node.Result.Code));
        Assert.Matches(WordsOfAKilledServer, node.Result.Message);
    }

    [Fact]
    public async Task ADeadPeerEndsTheNodeWithWhatCame()
    {
        using var proxy = new CuttingProxy(Host.Name, fleet.Port);
        fleet.TrustPort(proxy.Port);
        var options = Options(fleet.SshConfig) with { ServerAliveInterval = TimeSpan.FromSeconds(1), ServerAliveCountMax = 2 };
        var node = await RunAsync(options, Host with { Port = proxy.Port }, "echo up; exec sleep 600", onOutput: proxy.Freeze);
        Assert.Equal((NodeOutcome.ConnectionLost, "up\n", true), (node.Result.Outcome, node.Stdout, node.Result.MayStillRun));
        Assert.InRange(node.Result.Elapsed, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task ADeadPeerDoesNotHoldAStop()
    {
        using var proxy = new CuttingProxy(Host.Name, fleet.Port);
        fleet.TrustPort(proxy.Port);
        using var control = new RunControl();
        var node = await RunAsync(Options(fleet.SshConfig), Host with { Port = proxy.Port }, "echo up; exec sleep 600", control, () =>
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
        var node = await RunAsync(Options(fleet.SshConfig), new Target(SpecialHosts.WithSessions(0, 1)), "true");
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
        var node = await RunAsync(Options(fleet.SshConfig), Host, $"echo '{line}' >&2; exit 255");
        Assert.Equal((NodeOutcome.Exited, 255, line + "\n"), (node.Result.Outcome, node.Result.ExitCode, node.Stderr));
    }

    [Fact]
    public async Task ABannerOfAServerThatRefusesIsOutput()
    {
        var config = fleet.Config(key: await fleet.NewKeyAsync());
        var node = await RunAsync(Options(config), new Target(SpecialHosts.WithBanner(1)), "true");
        Assert.Equal((NodeOutcome.AuthenticationFailed, SpecialHosts.Banner), (node.Result.Outcome, node.Stderr.ReplaceLineEndings("\n")));
    }

    [Fact]
    public async Task AStopWhileConnectingEndsTheNodeAndLeavesNoSsh()
    {
        using var server = new SilentServer(Fleet.Address(3_000 + Interlocked.Increment(ref _last)));
        using var control = new RunControl();
        var running = RunAsync(
            Options(fleet.SshConfig), new Target(server.Address) { Port = server.Port }, "true", control);
        await server.WaitForConnectionAsync();
        control.Stop(StopReason.Interrupt);
        Assert.Equal((NodeOutcome.Canceled, StopReason.Interrupt), ((await running).Result.Outcome, (await running).Result.Stop));
        Assert.DoesNotContain(
            Processes.Descendants(Environment.ProcessId), p => p.CommandLine.Contains($" {server.Address} ", StringComparison.Ordinal));
    }

    private static SshOptions Options(string configFile) => new() { ConfigFile = configFile };
}
