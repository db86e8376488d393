using Volley.Testing;
using Xunit;

namespace Volley.IntegrationTests.Native;

/// <summary>Each directive that concerns a connection takes effect: every test turns one and sees the difference.</summary>
public class NativeConfigurationTests(Fleet fleet) : ConfigurationContract(fleet, Native), IClassFixture<Fleet>
{
    private static readonly Target Host = new(Fleet.Address(20_800));

    private readonly Fleet _fleet = fleet;

    [Fact]
    public async Task HostNameIsWhereItGoes() =>
        Assert.Equal($"{Fleet.Address(20_801)}\n", (await RunAsync(_fleet.Config($"HostName {Fleet.Address(20_801)}"), "set -- $SSH_CONNECTION; echo $3")).Stdout);

    [Fact]
    public async Task AddressFamilyChoosesTheAddresses()
    {
        Assert.True((await RunAsync(_fleet.Config("AddressFamily inet"), "true")).Result.Succeeded);
        var node = await RunAsync(_fleet.Config("AddressFamily inet6"), "true");
        Assert.Equal(NodeOutcome.NameNotResolved, node.Result.Outcome);
    }

    [Fact]
    public async Task ANameWithSeveralAddressesIsTriedByEach()
    {
        // localhost has ::1 before 127.0.0.1 where there is IPv6, and the _fleet listens on IPv4 only.
        var config = _fleet.Config("HostName localhost\nHostKeyAlias any", _fleet.Write("known", string.Concat(
            File.ReadLines(_fleet.KnownHosts).Select(line => $"any {line[(line.IndexOf(' ', StringComparison.Ordinal) + 1)..]}\n"))));
        Assert.Equal("in\n", (await RunAsync(config, "echo in")).Stdout);
    }

    [Fact]
    public async Task BindAddressIsWhereItComesFrom()
    {
        var local = Fleet.Address(20_802);
        Assert.Equal($"{local}\n", (await RunAsync(_fleet.Config($"BindAddress {local}"), "set -- $SSH_CONNECTION; echo $1")).Stdout);
        var node = await RunAsync(_fleet.Config("BindAddress 192.0.2.1"), "true");
        Assert.Equal(NodeOutcome.ConnectFailed, node.Result.Outcome);
        Assert.StartsWith("BindAddress 192.0.2.1: ", node.Result.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("KexAlgorithms ecdh-sha2-nistp384", "ecdh-sha2-nistp384")]
    [InlineData("KexAlgorithms -curve25519*,mlkem*", "ecdh-sha2-nistp256")]
    [InlineData("Ciphers aes256-gcm@openssh.com", "aes256-gcm@openssh.com")]
    [InlineData("Ciphers ^chacha20-poly1305@openssh.com", "chacha20-poly1305@openssh.com")]
    [InlineData("MACs hmac-sha2-512-etm@openssh.com\nCiphers aes256-ctr,chacha20-poly1305@openssh.com", "chacha20-poly1305@openssh.com")]
    [InlineData("Ciphers -chacha20*,aes*-gcm*\nMACs +hmac-sha2-256-etm@openssh.com", "aes256-ctr")]
    [InlineData("HostKeyAlgorithms ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256")]
    [InlineData("HostKeyAlgorithms ^ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256")]
    public async Task AlgorithmsAreThoseThatAreConfigured(string lines, string expected)
    {
        var log = new LogLines();
        var node = await NativeRuns.RunAsync(new SshOptions { ConfigFile = _fleet.Config(lines) }, Host, "true", logger: log);
        Assert.True(node.Result.Succeeded, node.Result.Message);
        Assert.Contains(expected, log.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("MACs hmac-sha1", "Ciphers aes256-ctr")]
    [InlineData("Ciphers aes128-cbc")]
    [InlineData("KexAlgorithms diffie-hellman-group14-sha1")]
    [InlineData("HostKeyAlgorithms ssh-rsa")]
    public async Task AlgorithmsThatWeDoNotHaveAreNamed(string directive, string other = "")
    {
        var node = await RunAsync(_fleet.Config($"{directive}\n{other}"), "true");
        Assert.Equal(NodeOutcome.ConnectFailed, node.Result.Outcome);
        Assert.StartsWith($"the native transport does not support the configuration: {directive} names no supported algorithm", node.Result.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PubkeyAcceptedAlgorithmsLeaveKeysOut()
    {
        var node = await RunAsync(_fleet.Config("PubkeyAcceptedAlgorithms -ssh-ed25519"), "true");
        Assert.Equal(NodeOutcome.AuthenticationFailed, node.Result.Outcome);
        Assert.Contains("no ssh-ed25519 signature that both sides allow", node.Result.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task VariablesAreSent()
    {
        Environment.SetEnvironmentVariable("VOLLEY_NATIVE_SENT", "from here");
        var node = await RunAsync(_fleet.Config("SendEnv VOLLEY_NATIVE*\nSetEnv VOLLEY_SET=also"), "echo $VOLLEY_NATIVE_SENT $VOLLEY_SET");
        Assert.Equal("from here also\n", node.Stdout);
        Assert.Equal("\n", (await RunAsync(_fleet.Config(), "echo $VOLLEY_NATIVE_SENT $VOLLEY_SET")).Stdout);
    }

    [Fact]
    public async Task HostKeyAliasIsLookedUp()
    {
        var known = _fleet.Write("known", string.Concat(File.ReadLines(_fleet.KnownHosts).Select(line => $"farm {line[(line.IndexOf(' ', StringComparison.Ordinal) + 1)..]}\n")));
        Assert.True((await RunAsync(_fleet.Config("StrictHostKeyChecking yes\nHostKeyAlias farm", known), "true")).Result.Succeeded);
        Assert.Equal(NodeOutcome.HostKeyRejected, (await RunAsync(_fleet.Config("StrictHostKeyChecking yes", known), "true")).Result.Outcome);
    }

    [Fact]
    public async Task FilesOfKnownHostsAreAllLookedInto()
    {
        var empty = _fleet.Write("known", "");
        Assert.True((await RunAsync(_fleet.Config("StrictHostKeyChecking yes", $"{empty} {_fleet.KnownHosts}"), "true")).Result.Succeeded);
        Assert.True((await RunAsync(_fleet.Config($"StrictHostKeyChecking yes\nGlobalKnownHostsFile {_fleet.KnownHosts}", empty), "true")).Result.Succeeded);
        Assert.Equal(NodeOutcome.HostKeyRejected, (await RunAsync(_fleet.Config("StrictHostKeyChecking yes", empty), "true")).Result.Outcome);
    }

    [Fact]
    public async Task HashKnownHostsHidesTheName()
    {
        var known = _fleet.NewPath("known");
        Assert.True((await RunAsync(_fleet.Config("HashKnownHosts yes", known), "true")).Result.Succeeded);
        Assert.StartsWith("|1|", await File.ReadAllTextAsync(known), StringComparison.Ordinal);
        Assert.True((await RunAsync(_fleet.Config("StrictHostKeyChecking yes", known), "true")).Result.Succeeded);
    }

    [Fact]
    public async Task StrictHostKeyCheckingNoGoesOnWithAChangedKey()
    {
        var other = (await File.ReadAllTextAsync(await _fleet.NewKeyAsync() + ".pub")).Split(' ');
        var known = _fleet.Write("known", $"[{Host.Name}]:{_fleet.Port} {other[0]} {other[1]}\n");
        var log = new LogLines();
        var node = await NativeRuns.RunAsync(new SshOptions { ConfigFile = _fleet.Config("StrictHostKeyChecking no", known) }, Host, "true", logger: log);
        Assert.True(node.Result.Succeeded, node.Result.Message);
        Assert.Contains("the host key differs from the known one", log.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ServerAliveFindsADeadPeer()
    {
        using var proxy = new CuttingProxy(Host.Name, _fleet.Port);
        _fleet.TrustPort(proxy.Port);
        var config = _fleet.Config("ServerAliveInterval 1\nServerAliveCountMax 2");
        var node = await NativeRuns.RunAsync(
            new SshOptions { ConfigFile = config }, Host with { Port = proxy.Port }, "echo up; exec sleep 600", onOutput: proxy.Freeze);
        Assert.Equal((NodeOutcome.ConnectionLost, "no answer for 2 times 1 s"), (node.Result.Outcome, node.Result.Message));
    }

    [Theory]
    [InlineData("INFO", SpecialHosts.Banner)]
    [InlineData("QUIET", "")]
    public async Task LogLevelSaysWhetherABannerIsShown(string level, string shown)
    {
        var config = _fleet.Config($"LogLevel {level}", key: await _fleet.NewKeyAsync());
        var node = await NativeRuns.RunAsync(new SshOptions { ConfigFile = config }, new Target(SpecialHosts.WithBanner(2)), "true");
        Assert.Equal((NodeOutcome.AuthenticationFailed, shown), (node.Result.Outcome, node.Stderr.ReplaceLineEndings("\n")));
    }

    [Theory]
    [InlineData("", 1)]
    [InlineData("BatchMode yes", 0)]
    public async Task BatchModeAsksForNoPassphrase(string lines, int questions)
    {
        var key = await _fleet.NewEncryptedKeyAsync("secret");
        await using var transport = new NativeTransport(new SshOptions { ConfigFile = _fleet.Config(lines, key: key) });
        var asked = new List<string>();
        await transport.UnlockKeysAsync([Host, Host with { Index = 1 }], (path, _) =>
        {
            asked.Add(path);
            return null;
        });
        Assert.Equal(Enumerable.Repeat(key, questions), asked);
    }

    private static Task<NodeRun> RunAsync(string config, string line) => NativeRuns.RunAsync(new SshOptions { ConfigFile = config }, Host, line);
}
