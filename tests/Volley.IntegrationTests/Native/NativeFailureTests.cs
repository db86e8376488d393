using System.Net;
using System.Net.Sockets;
using Volley.Testing;
using Xunit;

namespace Volley.IntegrationTests.Native;

/// <summary>Failures of a connection of our own, and those that only it has.</summary>
public class NativeFailureTests(Fleet fleet) : FailureContract(fleet, Native)
{
    private static readonly Target Host = new(Fleet.Address(20_100));

    private readonly Fleet _fleet = fleet;

    [Fact]
    public async Task TheKeysThatWereTriedAreNamed()
    {
        var key = await _fleet.NewKeyAsync();
        var node = await NativeRuns.RunAsync(Options(_fleet.Config(key: key)), Host, "true");
        Assert.Equal((NodeOutcome.AuthenticationFailed, ""), (node.Result.Outcome, node.Stderr));
        Assert.Equal($"Permission denied (the server takes publickey); tried: {key}", node.Result.Message);
    }

    [Fact]
    public async Task AKeyThatOthersCanReadIsNotUsedAndThatIsTold()
    {
        var key = _fleet.NewPath("open");
        File.Copy(_fleet.KeyPath, key);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(key, UnixFileMode.UserRead | UnixFileMode.GroupRead);
        var node = await NativeRuns.RunAsync(Options(_fleet.Config(key: key)), Host, "true");
        Assert.Equal(NodeOutcome.AuthenticationFailed, node.Result.Outcome);
        Assert.Contains($"{key} is not used: others can read it; run: chmod 600 {key}", node.Result.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task KnownHostsThatCantBeReadAreNoAcceptance()
    {
        var knownHosts = _fleet.NewPath("known");
        Directory.CreateDirectory(knownHosts);
        var node = await NativeRuns.RunAsync(Options(_fleet.Config("StrictHostKeyChecking accept-new", knownHosts)), Host, "echo in");
        Assert.Equal((NodeOutcome.HostKeyRejected, ""), (node.Result.Outcome, node.Stdout));
        Assert.StartsWith($"{knownHosts} can't be read, so no host key can be trusted", node.Result.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ManyFirstContactsAtOnceAreRecordedOnceEach()
    {
        // As many as wait for a busy sshd: beyond its backlog (128), connections are reset.
        var knownHosts = _fleet.NewPath("known");
        var nodes = await NativeRuns.RunAllAsync(
            Options(_fleet.Config(knownHosts: knownHosts)) with { ConnectTimeout = TimeSpan.FromSeconds(50) },
            Enumerable.Range(0, 120).Select(i => new Target(Fleet.Address(20_200 + i))), "echo in", tune: plan => plan with { MaxConcurrency = 120, ConnectTimeout = Timeout.InfiniteTimeSpan });
        Assert.All(nodes, node => Assert.True(node.Result.Succeeded, node.Result.Message));
        var names = File.ReadLines(knownHosts).Select(line => line.Split(' ')[0]).ToList();
        Assert.Equal(120, names.Count);
        Assert.Equal(120, names.Distinct().Count());
    }

    [Fact]
    public async Task AServerWithoutACommonAlgorithmIsToldWithBothLists()
    {
        await using var special = await Fleet.StartAsync("Ciphers=aes128-ctr,aes192-ctr");
        var node = await NativeRuns.RunAsync(Options(special.SshConfig), Host, "true");
        Assert.Equal(NodeOutcome.ConnectFailed, node.Result.Outcome);
        Assert.Equal(
            $"no common cipher: the server has aes128-ctr,aes192-ctr; we have {string.Join(',', Volley.Ssh.Transport.SshAlgorithms.Ciphers)}",
            node.Result.Message);
        Assert.Equal(Remedy.UseOpenSsh, node.Result.Remedy);
    }

    [Fact]
    public async Task ADirectiveThatOnlySshCanDoIsNamed()
    {
        var config = _fleet.Config("ProxyCommand nc %h %p");
        var node = await NativeRuns.RunAsync(Options(config), Host, "true");
        Assert.Equal(
            (NodeOutcome.ConnectFailed, $"the native transport does not support the configuration: ProxyCommand at {config} line 2", Remedy.UseOpenSsh),
            (node.Result.Outcome, node.Result.Message, node.Result.Remedy));
    }

    [Fact]
    public async Task TooManyKeysAreToldInTheServersWords()
    {
        var keys = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => _fleet.NewKeyAsync()));
        var node = await NativeRuns.RunAsync(
            Options(_fleet.Config(string.Concat(keys.Select(key => $"IdentityFile {key}\n")))), new Target(SpecialHosts.WithTries(3, 1)), "true");
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
        var node = await NativeRuns.RunAsync(Options(_fleet.SshConfig), Host with { Port = ((IPEndPoint)listener.LocalEndpoint).Port }, "true");
        Assert.Equal(NodeOutcome.ConnectFailed, node.Result.Outcome);
        Assert.Contains("HTTP/1.0 400 Bad Request", node.Result.Message, StringComparison.Ordinal);
        await serving;
    }

    [Fact]
    public async Task EachTryIsATryHoweverFastTheLastOneFailed()
    {
        const int Hosts = 32, Tries = 50;
        using var server = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        server.Bind(new IPEndPoint(IPAddress.Any, 0));
        await using var transport = new NativeTransport(Options(_fleet.SshConfig));
        await Parallel.ForAsync(0, Hosts, new ParallelOptions { MaxDegreeOfParallelism = Hosts }, async (index, token) =>
        {
            for (var i = 0; i < Tries; i++)
            {
                await Task.Delay(1, token);
                Assert.EndsWith("Connection refused", await FailureAsync(index), StringComparison.Ordinal);
            }
        });

        server.Listen(Hosts);
        var dropping = Task.Run(async () =>
        {
            for (var i = 0; i < Hosts; i++)
                (await server.AcceptAsync()).Dispose();
        });
        for (var index = 0; index < Hosts; index++)
            Assert.DoesNotContain("Connection refused", await FailureAsync(index), StringComparison.Ordinal);
        await dropping;

        async Task<string> FailureAsync(int index)
        {
            var target = new Target(Fleet.Address(20_700 + index)) { Port = ((IPEndPoint)server.LocalEndPoint!).Port };
            return (await Assert.ThrowsAsync<TransportException>(async () => await transport.ConnectAsync(target, CancellationToken.None))).Message;
        }
    }

    private static SshOptions Options(string configFile) => new() { ConfigFile = configFile };
}
