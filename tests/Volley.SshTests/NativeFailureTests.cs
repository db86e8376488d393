using System.Net;
using System.Net.Sockets;
using Volley.Targets;
using Volley.Testing;
using Volley.Transports;
using Xunit;

namespace Volley.SshTests;

/// <summary>Every way in which a connection of our own fails, on a real sshd: the outcome, the message, and what came before it.</summary>
public class NativeFailureTests(Fleet fleet) : IClassFixture<Fleet>
{
    private static readonly Target Host = new(0, Fleet.Address(20_100));

    [Fact]
    public async Task ARefusedConnectionIsToldAndNothingElse()
    {
        // Bound, so that nobody else gets the port, but not listening.
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Parse(Host.Name), 0));
        var port = ((IPEndPoint)socket.LocalEndPoint!).Port;
        var node = await NativeRuns.RunAsync(Options(fleet.SshConfig), Host with { Port = port }, "true");
        Assert.Equal(
            (NodeOutcome.ConnectFailed, $"connect to host {Host.Name} port {port}: Connection refused", 255, false),
            (node.Result.Outcome, node.Result.Message, node.Result.Code, node.Result.MayStillRun));
        Assert.Equal("", node.Stderr);
    }

    [Fact]
    public async Task ANameWithoutAnAddressIsTold()
    {
        var node = await NativeRuns.RunAsync(Options(fleet.SshConfig), new Target(0, "no-such-host.invalid"), "true");
        Assert.Equal(NodeOutcome.NameNotResolved, node.Result.Outcome);
        Assert.StartsWith("Could not resolve hostname no-such-host.invalid", node.Result.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AKeyOfNobodyIsDeniedAndNamed()
    {
        var key = await fleet.NewKeyAsync();
        var node = await NativeRuns.RunAsync(Options(fleet.Config(key: key)), Host, "true");
        Assert.Equal((NodeOutcome.AuthenticationFailed, ""), (node.Result.Outcome, node.Stderr));
        Assert.Equal($"Permission denied (the server takes publickey); tried: {key}", node.Result.Message);
    }

    [Fact]
    public async Task AKeyThatOthersCanReadIsNotUsedAndThatIsTold()
    {
        var key = fleet.NewPath("open");
        File.Copy(fleet.KeyPath, key);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(key, UnixFileMode.UserRead | UnixFileMode.GroupRead);
        var node = await NativeRuns.RunAsync(Options(fleet.Config(key: key)), Host, "true");
        Assert.Equal(NodeOutcome.AuthenticationFailed, node.Result.Outcome);
        Assert.Contains($"{key} is not used: others can read it; run: chmod 600 {key}", node.Result.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AChangedHostKeyIsRefusedWithItsPlace()
    {
        var other = (await File.ReadAllTextAsync(await fleet.NewKeyAsync() + ".pub", TestContext.Current.CancellationToken)).Split(' ');
        var knownHosts = fleet.Write("known", $"# first line\n[{Host.Name}]:{fleet.Port} {other[0]} {other[1]}\n");
        var node = await NativeRuns.RunAsync(Options(fleet.Config(knownHosts: knownHosts)), Host, "echo in");
        Assert.Equal((NodeOutcome.HostKeyRejected, ""), (node.Result.Outcome, node.Stdout));
        Assert.Equal(
            $"host key changed ({knownHosts} line 2); if that is as it should be, remove the old one with: ssh-keygen -f \"{knownHosts}\" -R \"[{Host.Name}]:{fleet.Port}\"",
            node.Result.Message);
    }

    [Fact]
    public async Task ARevokedHostKeyIsRefused()
    {
        var keys = File.ReadLines(fleet.KnownHosts).Select(line => $"@revoked * {line[(line.IndexOf(' ', StringComparison.Ordinal) + 1)..]}\n");
        var config = fleet.Config(knownHosts: fleet.Write("known", string.Concat(keys)));
        var node = await NativeRuns.RunAsync(Options(config), Host, "echo in");
        Assert.Equal((NodeOutcome.HostKeyRejected, ""), (node.Result.Outcome, node.Stdout));
        Assert.Contains("revoked", node.Result.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("yes")]
    [InlineData("ask")]
    public async Task StrictCheckingIsNotWeakened(string strict)
    {
        var knownHosts = fleet.Write("known", "");
        var node = await NativeRuns.RunAsync(Options(fleet.Config($"StrictHostKeyChecking {strict}", knownHosts)), Host, "echo in");
        Assert.Equal((NodeOutcome.HostKeyRejected, ""), (node.Result.Outcome, node.Stdout));
        Assert.Equal("", await File.ReadAllTextAsync(knownHosts, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task KnownHostsThatCantBeReadAreNoAcceptance()
    {
        var knownHosts = fleet.NewPath("known");
        Directory.CreateDirectory(knownHosts);
        var node = await NativeRuns.RunAsync(Options(fleet.Config("StrictHostKeyChecking accept-new", knownHosts)), Host, "echo in");
        Assert.Equal((NodeOutcome.HostKeyRejected, ""), (node.Result.Outcome, node.Stdout));
        Assert.StartsWith($"{knownHosts} can't be read, so no host key can be trusted", node.Result.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnUnknownKeyIsRecordedByDefaultAndSshFindsIt()
    {
        var knownHosts = fleet.NewPath("known");
        var node = await NativeRuns.RunAsync(Options(fleet.Config(knownHosts: knownHosts)), Host, "echo in");
        Assert.Equal(("in\n", ""), (node.Stdout, node.Stderr));
        await NativeRuns.RunProgramAsync("ssh", "-F", fleet.Config("StrictHostKeyChecking yes", knownHosts), Host.Name, "true");
    }

    [Fact]
    public async Task ThreeHundredFirstContactsAtOnceAreRecordedOnceEach()
    {
        var knownHosts = fleet.NewPath("known");
        var nodes = await NativeRuns.RunAllAsync(
            Options(fleet.Config(knownHosts: knownHosts)) with { ConnectTimeout = TimeSpan.FromSeconds(50) },
            Enumerable.Range(0, 300).Select(i => new Target(i, Fleet.Address(20_200 + i))), "echo in", tune: plan => plan with { Parallel = 300, ConnectTimeout = Timeout.InfiniteTimeSpan });
        Assert.All(nodes, node => Assert.True(node.Result.Succeeded, node.Result.Message));
        var names = File.ReadLines(knownHosts).Select(line => line.Split(' ')[0]).ToList();
        Assert.Equal(300, names.Count);
        Assert.Equal(300, names.Distinct().Count());
    }

    [Fact]
    public async Task ASilentServerRunsIntoThePlansLimit()
    {
        using var server = new SilentServer(Host.Name);
        var node = await NativeRuns.RunAsync(
            Options(fleet.SshConfig), Host with { Port = server.Port }, "true", tune: plan => plan with { ConnectTimeout = TimeSpan.FromSeconds(0.5) });
        Assert.Equal((NodeOutcome.ConnectTimedOut, "not connected after 0.5 s"), (node.Result.Outcome, node.Result.Message));
    }

    [Theory]
    [InlineData(1, null, null, "not connected after 1 s")]
    [InlineData(3600, 1, null, "not connected after 1 s")]
    [InlineData(3600, 3600, 0.5, "not connected after 0.5 s")]
    [InlineData(0.5, 2, null, "not connected after 2 s")]
    public async Task TheFlagGoesBeforeTheConfigurationAndThatBeforeTheDefault(double standard, int? configured, double? flag, string message)
    {
        using var server = new SilentServer(Host.Name);
        var options = Options(fleet.Config(configured is null ? "" : $"ConnectTimeout {configured}")) with
        {
            DefaultConnectTimeout = TimeSpan.FromSeconds(standard),
            ConnectTimeout = flag is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
        };
        var node = await NativeRuns.RunAsync(options, Host with { Port = server.Port }, "true", tune: plan => plan with { ConnectTimeout = Timeout.InfiniteTimeSpan });
        Assert.Equal((NodeOutcome.ConnectTimedOut, message), (node.Result.Outcome, node.Result.Message));
    }

    [Fact]
    public async Task ALostConnectionKeepsTheOutputAndMayLeaveTheCommand()
    {
        using var proxy = new CuttingProxy(Host.Name, fleet.Port);
        fleet.TrustPort(proxy.Port);
        var node = await NativeRuns.RunAsync(
            Options(fleet.SshConfig), Host with { Port = proxy.Port }, "echo up; exec sleep 600", onOutput: proxy.Cut);
        Assert.Equal((NodeOutcome.ConnectionLost, "up\n", true, 255), (node.Result.Outcome, node.Stdout, node.Result.MayStillRun, node.Result.Code));
        Assert.NotNull(node.Result.Message);
    }

    [Fact]
    public async Task AServersProcessThatIsKilledInMidOutputKeepsWhatCame()
    {
        var marker = $"66{Environment.ProcessId}.3";
        var node = await NativeRuns.RunAsync(
            Options(fleet.SshConfig), Host, $"echo up; exec sleep {marker}", onOutput: () =>
            {
                var command = fleet.RemoteProcesses($"sleep {marker}").First(process => process.CommandLine == $"sleep {marker}");
                Processes.Kill(command.Parent);
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
        var node = await NativeRuns.RunAsync(options, Host with { Port = proxy.Port }, "echo up; exec sleep 600", onOutput: proxy.Freeze);
        Assert.Equal((NodeOutcome.ConnectionLost, "up\n", true), (node.Result.Outcome, node.Stdout, node.Result.MayStillRun));
        Assert.InRange(node.Result.Elapsed, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task ADeadPeerDoesNotHoldAStop()
    {
        using var proxy = new CuttingProxy(Host.Name, fleet.Port);
        fleet.TrustPort(proxy.Port);
        using var control = new RunControl();
        var node = await NativeRuns.RunAsync(Options(fleet.SshConfig), Host with { Port = proxy.Port }, "echo up; exec sleep 600", control, () =>
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
        var node = await NativeRuns.RunAsync(Options(special.SshConfig), Host, "true");
        Assert.Equal(NodeOutcome.ConnectFailed, node.Result.Outcome);
        Assert.Contains("MaxSessions", node.Result.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ABannerOfAServerThatRefusesIsOutput()
    {
        await using var special = await Fleet.StartAsync($"Banner={fleet.Write("banner", "Authorised users only\n")}");
        var node = await NativeRuns.RunAsync(Options(special.Config(key: await fleet.NewKeyAsync())), Host, "true");
        Assert.Equal((NodeOutcome.AuthenticationFailed, "Authorised users only\n"), (node.Result.Outcome, node.Stderr.ReplaceLineEndings("\n")));
    }

    [Fact]
    public async Task AStopWhileConnectingEndsTheNode()
    {
        using var server = new SilentServer(Fleet.Address(20_101));
        using var control = new RunControl();
        var running = NativeRuns.RunAsync(Options(fleet.SshConfig), new Target(0, server.Address) { Port = server.Port }, "true", control);
        await server.WaitForConnectionAsync();
        control.Stop(StopReason.Interrupt);
        Assert.Equal((NodeOutcome.Canceled, StopReason.Interrupt), ((await running).Result.Outcome, (await running).Result.Stop));
    }

    [Fact]
    public async Task AServerWithoutACommonAlgorithmIsToldWithBothLists()
    {
        await using var special = await Fleet.StartAsync("Ciphers=aes128-ctr,aes192-ctr");
        var node = await NativeRuns.RunAsync(Options(special.SshConfig), Host, "true");
        Assert.Equal(NodeOutcome.ConnectFailed, node.Result.Outcome);
        Assert.Equal(
            $"no common cipher: the server has aes128-ctr,aes192-ctr; we have {string.Join(',', Volley.Ssh.SshAlgorithms.Ciphers)}; use --transport openssh",
            node.Result.Message);
    }

    [Fact]
    public async Task ADirectiveThatOnlySshCanDoIsNamed()
    {
        var config = fleet.Config("ProxyCommand nc %h %p");
        var node = await NativeRuns.RunAsync(Options(config), Host, "true");
        Assert.Equal(
            (NodeOutcome.ConnectFailed, $"the native transport can't do what is configured: ProxyCommand at {config} line 2; use --transport openssh"),
            (node.Result.Outcome, node.Result.Message));
    }

    [Fact]
    public async Task TooManyKeysAreToldInTheServersWords()
    {
        await using var special = await Fleet.StartAsync("MaxAuthTries=3");
        var keys = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => fleet.NewKeyAsync()));
        var node = await NativeRuns.RunAsync(
            Options(special.Config(string.Concat(keys.Select(key => $"IdentityFile {key}\n")))), Host, "true");
        Assert.Equal(NodeOutcome.AuthenticationFailed, node.Result.Outcome);
        Assert.Contains("Too many authentication failures", node.Result.Message, StringComparison.Ordinal);
        Assert.Contains($"tried: {keys[0]}", node.Result.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AHostThatIsNoSshServerIsTold()
    {
        using var listener = new TcpListener(IPAddress.Parse(Host.Name), 0);
        listener.Start();
        var serving = Task.Run(async () =>
        {
            using var client = await listener.AcceptTcpClientAsync();
            await client.GetStream().WriteAsync("HTTP/1.0 400 Bad Request\r\n"u8.ToArray());
        });
        var node = await NativeRuns.RunAsync(Options(fleet.SshConfig), Host with { Port = ((IPEndPoint)listener.LocalEndpoint).Port }, "true");
        Assert.Equal(NodeOutcome.ConnectFailed, node.Result.Outcome);
        Assert.Contains("HTTP/1.0 400 Bad Request", node.Result.Message, StringComparison.Ordinal);
        await serving;
    }

    private static SshOptions Options(string configFile) => new() { ConfigFile = configFile };
}
