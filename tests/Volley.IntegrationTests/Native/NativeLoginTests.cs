using System.Net.Sockets;
using System.Text;
using Volley.Testing;
using Xunit;

namespace Volley.IntegrationTests.Native;

/// <summary>How users log in and hosts are known by the native transport: agents, certificates, passphrases, passwords.</summary>
public class NativeLoginTests(Fleet fleet)
{
    private static readonly Target Host = new(Fleet.Address(20_900));

    [Fact]
    public async Task AKeyOfTheAgentLogsIn()
    {
        var socket = fleet.NewPath("agent");
        await using var agent = await NativeRuns.StartAgentAsync(socket, fleet.KeyPath);
        // The first value wins, so that this goes before what Config says.
        string Config(string lines) => fleet.Config(lines, key: "/nowhere/key");
        var config = Config($"IdentitiesOnly no\nIdentityAgent {socket}");
        Assert.Equal("in\n", (await RunAsync(config, "echo in")).Stdout);
        Assert.Equal(NodeOutcome.AuthenticationFailed, (await RunAsync(Config("IdentitiesOnly no\nIdentityAgent none"), "true")).Result.Outcome);
        Assert.Equal(NodeOutcome.AuthenticationFailed, (await RunAsync(Config($"IdentityAgent {socket}"), "true")).Result.Outcome);
    }

    [Fact]
    public async Task AHundredLoginsByOneAgentAreServedByFewConnections()
    {
        var socket = fleet.NewPath("agent");
        await using var agent = await NativeRuns.StartAgentAsync(socket, fleet.KeyPath);
        var config = fleet.Config($"IdentitiesOnly no\nIdentityAgent {socket}", key: fleet.KeyPath + ".pub");
        var nodes = await NativeRuns.RunAllAsync(
            new SshOptions { ConfigFile = config, ConnectTimeout = TimeSpan.FromSeconds(50) },
            Enumerable.Range(0, 100).Select(i => new Target(Fleet.Address(20_901 + i))), "true", tune: plan => plan with { ConnectTimeout = Timeout.InfiniteTimeSpan });
        Assert.All(nodes, node => Assert.True(node.Result.Succeeded, node.Result.Message));
    }

    [Fact]
    public async Task AnAgentThatHangsHoldsTheRunOnce()
    {
        var socket = fleet.NewPath("agent");
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(socket));
        listener.Listen();
        // Longer than a login takes on a busy machine: what takes this long has waited for the agent.
        var options = new SshOptions
        {
            ConfigFile = fleet.Config($"IdentityAgent {socket}"),
            AgentLimit = TimeSpan.FromSeconds(20),
            ConnectTimeout = TimeSpan.FromSeconds(120),
        };
        var nodes = await NativeRuns.RunAllAsync(options, Enumerable.Range(0, 12).Select(i => new Target(Fleet.Address(21_010 + i))), "echo in", tune: plan => plan with { MaxConcurrency = 3 });
        Assert.All(nodes, node => Assert.Equal("in\n", node.Stdout));
        // All that are under way wait for it once; nobody does after them.
        Assert.InRange(nodes.Count(node => node.Result.Elapsed >= options.AgentLimit), 1, 3);
    }

    [Fact]
    public async Task AnAgentThatDiesIsPassedOver()
    {
        var socket = fleet.NewPath("agent");
        await using (await NativeRuns.StartAgentAsync(socket))
        {
            // It ends here, and leaves its socket.
        }

        var config = fleet.Config($"IdentityAgent {socket}", key: await fleet.NewKeyAsync());
        var node = await RunAsync(config, "true");
        Assert.Equal(NodeOutcome.AuthenticationFailed, node.Result.Outcome);
        Assert.Contains($"the agent at {socket} can't be reached", node.Result.Message, StringComparison.Ordinal);
        Assert.Equal("in\n", (await RunAsync(fleet.Config($"IdentityAgent {socket}"), "echo in")).Stdout);
    }

    [Fact]
    public async Task TheOrderOfIdentitiesIsSshs()
    {
        var socket = fleet.NewPath("agent");
        var keys = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => fleet.NewKeyAsync()));
        await SshKeygen.CertifyUserAsync(keys[4], keys[0], fleet.User);
        await using var agent = await NativeRuns.StartAgentAsync(socket, keys[2], keys[1]);
        var config = fleet.Config($"IdentityAgent {socket}\nIdentityFile {keys[0]}\nIdentityFile {keys[1]}\nIdentitiesOnly no", key: keys[3]);
        var ssh = await ProgramRun.RunAsync(new ProgramStart("ssh", "-v", "-F", config, "-o", "BatchMode=yes", Host.Name, "true"));
        // Offering public key: PATH TYPE FINGERPRINT …, of which the fingerprint tells the key.
        var offered = ssh.Stderr.Split('\n').Where(line => line.Contains("Offering public key:", StringComparison.Ordinal))
            .Select(line => line.Split(' ').First(word => word.StartsWith("SHA256:", StringComparison.Ordinal))).ToList();
        Assert.True(offered.Count >= 5, ssh.Stderr);
        using var identities = new Volley.Ssh.Auth.Identities();
        var settings = Volley.Ssh.SshConfig.Load(new() { OnlyFile = config }).Resolve(Host.Name);
        var ours = (await identities.GetKeysAsync(settings)).Select(Fingerprint);
        Assert.Equal(offered, ours);
    }

    [Fact]
    public async Task AUsersCertificateLogsIn()
    {
        var authority = await fleet.NewKeyAsync();
        await using var special = await Fleet.StartAsync($"TrustedUserCAKeys={authority}.pub");
        foreach (var type in new[] { "ed25519", "ecdsa", "rsa" })
        {
            var key = await special.NewKeyAsync("-t", type);
            Assert.Equal(NodeOutcome.AuthenticationFailed, (await RunAsync(special.Config(key: key), "true")).Result.Outcome);
            await SshKeygen.CertifyUserAsync(authority, key, special.User);
            Assert.Equal("in\n", (await RunAsync(special.Config(key: key), "echo in")).Stdout);
            var elsewhere = special.NewPath("certificate");
            File.Move(key + "-cert.pub", elsewhere);
            Assert.Equal("in\n", (await RunAsync(special.Config($"CertificateFile {elsewhere}", key: key), "echo in")).Stdout);
        }
    }

    [Fact]
    public async Task AHostsCertificateIsEnough()
    {
        var authority = await fleet.NewKeyAsync();
        await using var special = await Fleet.StartCertifiedAsync(authority, await fleet.NewKeyAsync("-t", "rsa"), "-n", Host.Name);
        var known = fleet.Write("known", $"@cert-authority [127.*]:{special.Port} {await File.ReadAllTextAsync(authority + ".pub")}");
        var config = special.Config("StrictHostKeyChecking yes", known);
        Assert.Equal("in\n", (await RunAsync(config, "echo in")).Stdout);
        var other = await NativeRuns.RunAsync(new SshOptions { ConfigFile = config }, new Target(Fleet.Address(20_999)), "echo in");
        Assert.Equal((NodeOutcome.HostKeyRejected, ""), (other.Result.Outcome, other.Stdout));
        Assert.Contains($"does not count: it is for {Host.Name}", other.Result.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task TheWaitToRecordANewHostIsNeverLongerThanItMay(bool isStopped)
    {
        var known = fleet.Write("known", "");
        await using var holder = ProgramRun.Start(new ProgramStart("flock", known, "sh", "-c", "echo held; exec sleep 600"));
        await holder.ReadOutUntilAsync("held");
        using var control = new RunControl();
        using var server = new CuttingProxy(Fleet.Address(23_650), fleet.Port);
        var options = new SshOptions { ConfigFile = fleet.Config("StrictHostKeyChecking accept-new", known), ConnectTimeout = TimeSpan.FromSeconds(isStopped ? 0 : 2) };
        var targets = Enumerable.Range(0, 20).Select(i => new Target(server.Address) { Port = server.Port, User = i == 0 ? null : $"user{i}" });
        var running = NativeRuns.RunAllAsync(options, targets, "true", control);
        for (var i = 0; isStopped && i < 20; i++)
            await server.WaitForConnectionAsync();
        if (isStopped)
            control.Stop(StopReason.Interrupt);
        var (outcome, message) = isStopped ? (NodeOutcome.Canceled, null) : (NodeOutcome.ConnectTimedOut, "not connected after 2 s");
        // Where the lock of the file is what takes long, the message goes on with that.
        Assert.All(await running, node => Assert.Equal((outcome, message), (node.Result.Outcome, node.Result.Message?.Split(": recording ")[0])));
        Assert.Equal(0, new FileInfo(known).Length);
    }

    [Fact]
    public async Task AnEncryptedKeyOpensOnceForAllTargets()
    {
        var key = await fleet.NewEncryptedKeyAsync("secret");
        await using var transport = new NativeTransport(new SshOptions { ConfigFile = fleet.Config(key: key) });
        var questions = new List<bool>();
        Target[] targets = [Host, new(Fleet.Address(21_001)), new(Fleet.Address(21_002))];
        await transport.UnlockKeysAsync(targets, (_, again) =>
        {
            questions.Add(again);
            return Encoding.UTF8.GetBytes(again ? "secret" : "wrong");
        });
        Assert.Equal([false, true], questions);
        var nodes = await NodeRun.AllAsync(transport, new RunPlan([.. targets], CommandJob.Shell("echo in")));
        Assert.All(nodes, node => Assert.Equal("in\n", node.Stdout));
    }

    [Fact]
    public async Task AnEncryptedKeyWithoutAPassphraseIsTold()
    {
        var key = await fleet.NewEncryptedKeyAsync("secret");
        var node = await RunAsync(fleet.Config(key: key), "true");
        Assert.Equal(NodeOutcome.AuthenticationFailed, node.Result.Outcome);
        Assert.Contains($"{key} is encrypted, and its passphrase was not given", node.Result.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task APasswordLogsInWhereItIsAskedForAndGoesToNoHostWithAChangedKey()
    {
        Assert.SkipUnless(Environment.UserName == "root", "only root can give a user a password");
        await using var special = await Fleet.StartAsync("PasswordAuthentication=yes");
        var hash = await ProgramRun.RunAsync(new ProgramStart("openssl", "passwd", "-6", "-stdin").WithInput("secret word\n"));
        await NativeRuns.RunProgramAsync("/usr/sbin/usermod", "-p", hash.Stdout.Trim(), special.User);
        var key = await fleet.NewKeyAsync();
        using var password = new SshPassword("secret word"u8);
        var options = new SshOptions { ConfigFile = special.Config(key: key), Password = password };
        Assert.Equal("in\n", (await NativeRuns.RunAsync(options, Host, "echo in")).Stdout);
        var without = options with { ConfigFile = special.Config("PasswordAuthentication no\nKbdInteractiveAuthentication no", key: key) };
        Assert.Equal(NodeOutcome.AuthenticationFailed, (await NativeRuns.RunAsync(without, Host, "echo in")).Result.Outcome);
        var publicKey = (await File.ReadAllTextAsync(key + ".pub")).Split(' ');
        var known = special.Write("known", $"[{Host.Name}]:{special.Port} {publicKey[0]} {publicKey[1]}\n");
        var changed = options with { ConfigFile = special.Config("StrictHostKeyChecking no", known, key) };
        Assert.Equal(NodeOutcome.AuthenticationFailed, (await NativeRuns.RunAsync(changed, Host, "echo in")).Result.Outcome);
        using var wrong = new SshPassword("wrong"u8);
        var node = await NativeRuns.RunAsync(options with { Password = wrong }, Host, "true");
        Assert.Equal(NodeOutcome.AuthenticationFailed, node.Result.Outcome);
        Assert.DoesNotContain("wrong", node.Result.Message, StringComparison.Ordinal);
    }

    private static string Fingerprint(Volley.Ssh.Keys.UserKey key)
    {
        // ssh shows that of the certified key for a certificate.
        var blob = key.KeyType.Contains("-cert-", StringComparison.Ordinal) ? Volley.Ssh.Keys.KeyCertificate.Parse(key.PublicBlob.Span).CertifiedBlob : key.PublicBlob;
        return "SHA256:" + Convert.ToBase64String(System.Security.Cryptography.SHA256.HashData(blob.Span)).TrimEnd('=');
    }

    private static Task<NodeRun> RunAsync(string config, string line) => NativeRuns.RunAsync(new SshOptions { ConfigFile = config }, Host, line);
}
