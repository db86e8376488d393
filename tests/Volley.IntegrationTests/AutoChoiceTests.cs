using System.Buffers.Binary;
using System.Text;
using Volley.Ssh;
using Volley.Ssh.Config.Resolving;
using Volley.Testing;
using Volley.Transports;
using Xunit;

namespace Volley.IntegrationTests;

/// <summary>Which transport serves a target where there is no live master, why, and that nothing is tried twice without a reason.</summary>
public sealed class AutoChoiceTests(Fleet fleet)
{
    private SshOptions Options => new() { ConfigFile = fleet.SshConfig };

    [Fact]
    public async Task PlainHostsNeedNoSsh()
    {
        var (nodes, log) = await AutoRuns.RunAllAsync(Options.WithoutSsh(), Enumerable.Range(0, 20).Select(i => new Target(Fleet.Address(24_600 + i))), "echo in; exit 3");
        Assert.All(nodes, node => Assert.Equal((3, "in\n"), (node.Result.ExitCode, node.Stdout)));
        Assert.Contains($"{Fleet.Address(24_600)}: transport native: ssh_config asks for nothing beyond it", log, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("TCPKeepAlive no", "TCPKeepAlive at ")]
    [InlineData("KexAlgorithms diffie-hellman-group14-sha256", "KexAlgorithms diffie-hellman-group14-sha256 names no supported algorithm")]
    [InlineData("Ciphers aes192-ctr", "Ciphers aes192-ctr names no supported algorithm")]
    [InlineData("PubkeyAcceptedAlgorithms ssh-rsa", "PubkeyAcceptedAlgorithms ssh-rsa names no supported algorithm")]
    public async Task WhatIsNotPlainIsLeftToSsh(string line, string reason)
    {
        var host = new Target(Fleet.Address(24_630));
        var run = await AutoRuns.RunAsync(new SshOptions { ConfigFile = fleet.Config(line) }, host, "echo in");
        Assert.Contains($"{host.Name}: transport openssh: the native transport does not support the configuration: {reason}", run.Log, StringComparison.Ordinal);
        Assert.DoesNotContain("transport native", run.Log, StringComparison.Ordinal);
        if (line.StartsWith("Pubkey", StringComparison.Ordinal))
            Assert.Equal(NodeOutcome.AuthenticationFailed, run.Result.Outcome);
        else
            Assert.True(run.Stdout == "in\n", run.Log);
    }

    [Fact]
    public async Task AJumpHostThatIsNotPlainTakesTheTargetsBehindItToSsh()
    {
        var (hop, host) = (Fleet.Address(24_631), new Target(Fleet.Address(24_632)));
        var config = fleet.Write("config", $"Host {hop}\nTCPKeepAlive no\nHost *\nInclude {fleet.SshConfig}\n");
        var run = await AutoRuns.RunAsync(new SshOptions { ConfigFile = config, ProxyJump = hop }, host, "set -- $SSH_CONNECTION; echo $3");
        Assert.True(run.Stdout == host.Name + "\n", run.Log);
        Assert.Contains($"{host.Name}: transport openssh: jump host {hop}: the native transport does not support the configuration: TCPKeepAlive at ", run.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WithoutSshOnlyTheHostsThatNeedItFail()
    {
        var (plain, other) = (new Target(Fleet.Address(24_633)), new Target(Fleet.Address(24_634)));
        var config = fleet.Write("config", $"Host {other.Name}\nTCPKeepAlive no\nHost *\nInclude {fleet.SshConfig}\n");
        var (nodes, _) = await AutoRuns.RunAllAsync(new SshOptions { ConfigFile = config }.WithoutSsh(), [plain, other], "echo in");
        Assert.Equal("in\n", nodes[0].Stdout);
        Assert.Equal(NodeOutcome.ConnectFailed, nodes[1].Result.Outcome);
        Assert.Contains("install the OpenSSH client", nodes[1].Result.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AConfigurationThatIsNotUnderstoodIsSshsToJudge()
    {
        var run = await AutoRuns.RunAsync(new SshOptions { ConfigFile = fleet.Write("config", "Port none\n") }, new Target(Fleet.Address(24_635)), "true");
        Assert.Equal(NodeOutcome.ConnectFailed, run.Result.Outcome);
        Assert.Contains("transport openssh: ", run.Log, StringComparison.Ordinal);
        Assert.Contains("bad configuration options", run.Result.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("KexAlgorithms=diffie-hellman-group14-sha256", "no common key exchange: the server has diffie-hellman-group14-sha256")]
    [InlineData("Ciphers=aes192-ctr", "no common cipher: the server has aes192-ctr")]
    public async Task AServerWithoutACommonAlgorithmIsLeftToSshForTheRestOfTheRun(string line, string reason)
    {
        await using var weak = await Fleet.StartAsync(line);
        var host = Fleet.Address(24_640);
        var (nodes, log) = await AutoRuns.RunAllAsync(
            new SshOptions { ConfigFile = weak.SshConfig }, Enumerable.Range(0, 6).Select(i => new Target(host)), "echo in", parallel: 1);
        Assert.All(nodes, node => Assert.True(node.Stdout == "in\n", log));
        Assert.Contains($"{host}: transport openssh: {reason}", log, StringComparison.Ordinal);
        // One try of ours and, as the commands come one after the other, one master or a few.
        Assert.Single(File.ReadLines(weak.ServerLog), l => l.Contains("Unable to negotiate", StringComparison.Ordinal));
    }

    [Fact]
    public async Task AJumpHostWithoutACommonAlgorithmIsTriedOnceForAllThatIsBehindIt()
    {
        await using var weak = await Fleet.StartAsync("KexAlgorithms=diffie-hellman-group14-sha256");
        var (nodes, log) = await AutoRuns.RunAllAsync(
            new SshOptions { ConfigFile = weak.SshConfig, ProxyJump = Fleet.Address(24_650) },
            Enumerable.Range(0, 5).Select(i => new Target(Fleet.Address(24_651 + i))), "echo in", parallel: 2);
        Assert.All(nodes, node => Assert.True(node.Stdout == "in\n", log));
        Assert.Single(File.ReadLines(weak.ServerLog), l => l.Contains("Unable to negotiate", StringComparison.Ordinal));
    }

    [Fact]
    public async Task AKeyThatOnlySshCanUseTakesARefusedLoginToSsh()
    {
        var key = fleet.NewPath("dsa");
        var made = await ProgramRun.RunAsync(new ProgramStart("ssh-keygen", "-q", "-t", "dsa", "-N", "", "-f", key));
        Assert.SkipUnless(made.ExitCode == 0, "this OpenSSH knows no DSA keys any more (10.0 and newer)");
        await using var special = await Fleet.StartAsync("PubkeyAcceptedAlgorithms=+ssh-dss");
        File.AppendAllText(Path.Combine(special.Folder, "authorized_keys"), File.ReadAllText(key + ".pub"));
        var host = new Target(Fleet.Address(24_660));
        var with = await AutoRuns.RunAsync(new SshOptions { ConfigFile = special.Config("PubkeyAcceptedAlgorithms +ssh-dss", key: key) }, host, "echo in");
        Assert.True(with.Stdout == "in\n", with.Log);
        Assert.Contains($"{key} is of type ssh-dss, which is not supported", with.Log, StringComparison.Ordinal);
        // Where it isn't configured, ssh does not use such keys either.
        var before = special.Connections(host.Name);
        var without = await AutoRuns.RunAsync(new SshOptions { ConfigFile = special.Config(key: key) }, host, "echo in");
        Assert.Equal(NodeOutcome.AuthenticationFailed, without.Result.Outcome);
        Assert.Equal(before + 1, special.Connections(host.Name));
    }

    [Fact]
    public async Task AnRsaKeyThatIsRefusedIsNotTriedTwiceWhereTheServerKnowsBetterThanSha1()
    {
        var key = await fleet.NewKeyAsync("-t", "rsa");
        var host = new Target(Fleet.Address(24_667));
        var run = await AutoRuns.RunAsync(new SshOptions { ConfigFile = fleet.Config("PubkeyAcceptedAlgorithms +ssh-rsa", key: key) }.WithoutSsh(), host, "true");
        Assert.Equal(NodeOutcome.AuthenticationFailed, run.Result.Outcome);
        Assert.Equal(1, fleet.Connections(host.Name));
    }

    [Theory]
    [InlineData("", null, false)]
    [InlineData("PubkeyAcceptedAlgorithms +ssh-rsa", null, true)]
    [InlineData("PubkeyAcceptedAlgorithms ssh-*", "ssh-rsa,ssh-ed25519", true)]
    [InlineData("PubkeyAcceptedAlgorithms +ssh-rsa", "ssh-rsa,rsa-sha2-256", false)]
    [InlineData("PubkeyAcceptedAlgorithms -ssh-rsa", null, false)]
    public void Sha1IsSshsAloneAndOnlyWhereItIsConfiguredAndNeeded(string line, string? serverAlgorithms, bool expected)
    {
        var settings = SshConfig.Load(SshConfigFiles.Default with { OnlyFile = fleet.Write("config", line + "\n") }).Resolve("h");
        Assert.Equal(expected, AllowedAlgorithms.SshSignsBySha1(settings, serverAlgorithms?.Split(',')));
    }

    [Theory]
    [InlineData(SshFailure.NoCommonAlgorithm, false, nameof(TransportLimit.Algorithms))]
    [InlineData(SshFailure.UnusableKey, false, nameof(TransportLimit.HostKey))]
    [InlineData(SshFailure.AuthenticationFailed, true, nameof(TransportLimit.Identity))]
    [InlineData(SshFailure.AuthenticationFailed, false, nameof(TransportLimit.None))]
    [InlineData(SshFailure.HostKeyRejected, true, nameof(TransportLimit.None))]
    [InlineData(SshFailure.KeyExchangeFailed, true, nameof(TransportLimit.None))]
    [InlineData(SshFailure.ConnectionLost, true, nameof(TransportLimit.None))]
    [InlineData(SshFailure.Corrupted, false, nameof(TransportLimit.Algorithms))]
    [InlineData(SshFailure.ProtocolViolation, false, nameof(TransportLimit.Protocol))]
    public void AFailureSaysWhetherSshMayDoBetter(SshFailure failure, bool sshMayLogIn, string limit) =>
        Assert.Equal(limit, ConnectFailure.Convert(new SshException(failure, "why") { OtherClientMayLogIn = sshMayLogIn }).Limit.ToString());

    [Fact]
    public async Task ASecurityKeyThatNoAgentHoldsTakesARefusedLoginToSsh()
    {
        var key = fleet.NewPath("sk");
        File.WriteAllText(key, SecurityKey());
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(key, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        var host = new Target(Fleet.Address(24_661));
        var run = await AutoRuns.RunAsync(new SshOptions { ConfigFile = fleet.Config(key: key) }, host, "echo in");
        Assert.Equal(NodeOutcome.AuthenticationFailed, run.Result.Outcome);
        Assert.Contains($"{key} is of a security key", run.Log, StringComparison.Ordinal);
        Assert.Contains("transport openssh: Permission denied", run.Log, StringComparison.Ordinal);
        Assert.Equal(2, fleet.Connections(host.Name));
        // A key that is accepted goes first, and then nobody needs this one.
        var other = await AutoRuns.RunAsync(new SshOptions { ConfigFile = fleet.Config(key: key), IdentityFiles = [fleet.KeyPath] }.WithoutSsh(), host, "echo in");
        Assert.True(other.Stdout == "in\n", other.Log);
    }

    [Fact]
    public async Task ARefusedKeyIsNotTriedTwice()
    {
        var host = new Target(Fleet.Address(24_662));
        var run = await AutoRuns.RunAsync(new SshOptions { ConfigFile = fleet.Config(key: await fleet.NewKeyAsync()) }.WithoutSsh(), host, "true");
        Assert.Equal(NodeOutcome.AuthenticationFailed, run.Result.Outcome);
        Assert.Equal(1, fleet.Connections(host.Name));
    }

    [Fact]
    public async Task TooManyKeysAreNotTriedTwice()
    {
        var (one, other, key) = (await fleet.NewKeyAsync(), await fleet.NewKeyAsync(), fleet.NewPath("sk"));
        File.WriteAllText(key, SecurityKey());
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(key, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        var host = new Target(SpecialHosts.WithTries(2, 1));
        var run = await AutoRuns.RunAsync(new SshOptions { ConfigFile = fleet.Config(key: key), IdentityFiles = [one, other] }.WithoutSsh(), host, "true");
        Assert.Equal(NodeOutcome.AuthenticationFailed, run.Result.Outcome);
        Assert.Contains("Too many authentication failures", run.Result.Message, StringComparison.Ordinal);
        Assert.Equal(1, fleet.Connections(host.Name));
    }

    [Fact]
    public async Task AChangedHostKeyIsNotTriedTwice()
    {
        var host = new Target(Fleet.Address(24_664));
        var words = (await File.ReadAllTextAsync(await fleet.NewKeyAsync() + ".pub")).Split(' ');
        var known = fleet.Write("known", $"[{host.Name}]:{fleet.Port} {words[0]} {words[1]}\n");
        var run = await AutoRuns.RunAsync(new SshOptions { ConfigFile = fleet.Config(knownHosts: known) }.WithoutSsh(), host, "true");
        Assert.Equal(NodeOutcome.HostKeyRejected, run.Result.Outcome);
        Assert.Equal(1, fleet.Connections(host.Name));
    }

    [Fact]
    public async Task AServerThatSaysNothingIsNotTriedTwice()
    {
        using var server = new SilentServer("127.0.98.1");
        var options = Options.WithoutSsh() with { ConnectTimeout = TimeSpan.FromSeconds(3) };
        var run = await AutoRuns.RunAsync(options, new Target(server.Address) { Port = server.Port }, "true");
        Assert.Equal((NodeOutcome.ConnectTimedOut, "not connected after 3 s"), (run.Result.Outcome, run.Result.Message));
        await server.WaitForConnectionAsync();
        await Assert.ThrowsAsync<TimeoutException>(() => server.WaitForConnectionAsync(TimeSpan.Zero));
    }

    [Fact]
    public async Task TheLimitForConnectingHoldsForBothTransportsTogether()
    {
        await using var weak = await Fleet.StartAsync("KexAlgorithms=diffie-hellman-group14-sha256");
        await using var native = new NativeTransport(new SshOptions { ConfigFile = weak.SshConfig });
        var failure = await Assert.ThrowsAsync<TransportException>(async () => await native.ConnectAsync(new Target(Fleet.Address(24_665)), TestContext.Current.CancellationToken));
        Assert.Equal(TransportLimit.Algorithms, failure.Limit);
        Assert.True(failure.Spent > TimeSpan.Zero);
        // Elapsed time is subtracted: nothing of the ten minutes is left.
        using var server = new SilentServer("127.0.98.2");
        var limit = TimeSpan.FromMinutes(10);
        await using var openSsh = new OpenSshTransport(Options with { ConnectTimeout = limit });
        var late = await Assert.ThrowsAsync<TransportException>(async () => await openSsh.ConnectAsync(
            new Target(server.Address) { Port = server.Port }, spent: limit, TestContext.Current.CancellationToken));
        Assert.Equal((NodeOutcome.ConnectTimedOut, "not connected after 600 s"), (late.Outcome, late.Message));
    }

    [Fact]
    public async Task PassphrasesAreAskedForWhereSshIsNotTheOneToUseTheKey()
    {
        var key = await fleet.NewEncryptedKeyAsync("secret");
        var host = new Target(Fleet.Address(24_666));
        Assert.Empty(await QuestionsAsync(new SshOptions { ConfigFile = fleet.Config("TCPKeepAlive no", key: key) }, host));
        Assert.Empty(await QuestionsAsync(new SshOptions { ConfigFile = fleet.Config("BatchMode yes", key: key) }, host));
        Assert.Empty(await QuestionsAsync(new SshOptions { ConfigFile = fleet.Config(key: key), Keep = TimeSpan.FromMinutes(1) }, host));
        var socket = fleet.NewPath("s");
        var config = fleet.Config($"ControlPath {socket}", key: key);
        Assert.Equal([key], await QuestionsAsync(new SshOptions { ConfigFile = config }, host));
        await using var master = ProgramRun.Start(new ProgramStart("ssh", "-F", fleet.SshConfig, "-M", "-S", socket, host.Name, "echo up; exec sleep 600"));
        await master.ReadOutUntilAsync("up\n");
        Assert.Empty(await QuestionsAsync(new SshOptions { ConfigFile = config }, host));
    }

    /// <summary>The files whose passphrase was asked for, and a run that works after that wherever one was.</summary>
    private static async Task<List<string>> QuestionsAsync(SshOptions options, Target host)
    {
        var asked = new List<string>();
        await using var transport = new AutoTransport(options);
        await transport.UnlockKeysAsync([host, host with { Index = 1 }], (path, _) =>
        {
            asked.Add(path);
            return Encoding.UTF8.GetBytes("secret");
        });
        if (asked.Count > 0)
            Assert.True((await NodeRun.AllAsync(transport, new RunPlan([host], CommandJob.Shell("true"))))[0].Result.Succeeded);
        return asked;
    }

    /// <summary>A key file of a security key that does not exist (OpenSSH's PROTOCOL.key and PROTOCOL.u2f).</summary>
    private static string SecurityKey()
    {
        const string Type = "sk-ssh-ed25519@openssh.com";
        byte[] point = [.. Enumerable.Range(1, 32).Select(i => (byte)i)];
        byte[] publicBlob = [.. Text(Type), .. Bytes(point), .. Text("ssh:")];
        byte[] secret = [0, 0, 0, 7, 0, 0, 0, 7, .. Text(Type), .. Bytes(point), .. Text("ssh:"), 1, .. Text("handle"), .. Text(""), .. Text("nobody's")];
        byte[] padding = [.. Enumerable.Range(1, (8 - (secret.Length % 8)) % 8).Select(i => (byte)i)];
        byte[] file =
        [
            .. Encoding.ASCII.GetBytes("openssh-key-v1\0"), .. Text("none"), .. Text("none"), .. Text(""), 0, 0, 0, 1, .. Bytes(publicBlob), .. Bytes([.. secret, .. padding]),
        ];
        return $"-----BEGIN OPENSSH PRIVATE KEY-----\n{string.Join('\n', Convert.ToBase64String(file).Chunk(70).Select(line => new string(line)))}\n-----END OPENSSH PRIVATE KEY-----\n";

        static byte[] Text(string text) => Bytes(Encoding.ASCII.GetBytes(text));

        static byte[] Bytes(byte[] bytes)
        {
            var length = new byte[4];
            BinaryPrimitives.WriteInt32BigEndian(length, bytes.Length);
            return [.. length, .. bytes];
        }
    }
}
