using Volley.Testing;
using Xunit;

namespace Volley.IntegrationTests.Native;

/// <summary>Keys that an agent signs by for certain hosts only (ssh-add -h), against a real one.</summary>
public class NativeAgentBindingTests(Fleet fleet)
{
    private static readonly string Host = Fleet.Address(23_600);
    private static readonly string OtherHost = Fleet.Address(23_601);

    [Fact]
    public async Task AKeyThatIsBoundToAHostLogsInThereAndNowhereElse()
    {
        await using var other = await StartOtherAsync();
        var socket = fleet.NewPath("agent");
        await using var agent = await StartAgentAsync(socket, (fleet, Host));
        Assert.Equal("in\n", (await RunAsync(Config(fleet, socket), Host)).Stdout);
        var node = await RunAsync(Config(other, socket), OtherHost);
        Assert.Equal(NodeOutcome.AuthenticationFailed, node.Result.Outcome);
        Assert.Contains("the agent does not sign by", node.Result.Message, StringComparison.Ordinal);
        // It has refused a host, and not us.
        Assert.Equal("in\n", (await RunAsync(Config(fleet, socket), Host)).Stdout);
    }

    [Fact]
    public async Task ManyHostsAtOnceAreToldApart()
    {
        await using var other = await StartOtherAsync();
        var socket = fleet.NewPath("agent");
        await using var agent = await StartAgentAsync(socket, (fleet, Host));
        var config = fleet.Write("config", $"{Block(fleet, "127.0.95.*")}{Block(other, "127.0.96.*")}{Rest(other, socket)}");
        var allowed = Enumerable.Range(0, 40).Select(i => Fleet.Address(23_602 + i));
        var forbidden = Enumerable.Range(0, 10).Select(i => Fleet.Address(23_750 + i));
        var targets = allowed.Concat(forbidden).OrderBy(host => host[^1]).Select(host => new Target(host)).ToList();
        var nodes = await NativeRuns.RunAllAsync(new SshOptions { ConfigFile = config }, targets, "true");
        Assert.All(targets.Zip(nodes), pair => Assert.Equal(
            pair.First.Host.StartsWith("127.0.95.", StringComparison.Ordinal) ? NodeOutcome.Exited : NodeOutcome.AuthenticationFailed,
            pair.Second.Result.Outcome));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task BehindAJumpHostEachLoginIsItsOwn(bool isBoundToBoth)
    {
        await using var other = await StartOtherAsync();
        var socket = fleet.NewPath("agent");
        (Fleet, string)[] hop = [(fleet, Host)];
        await using var agent = await StartAgentAsync(socket, isBoundToBoth ? [.. hop, (other, OtherHost)] : hop);
        var config = fleet.Write("config", $"{Block(fleet, Host)}{Block(other, OtherHost)}ProxyJump {Host}\n{Rest(other, socket)}");
        var node = await RunAsync(config, OtherHost);
        Assert.Equal(isBoundToBoth ? (NodeOutcome.Exited, "in\n") : (NodeOutcome.AuthenticationFailed, ""), (node.Result.Outcome, node.Stdout));
        if (!isBoundToBoth)
            Assert.StartsWith($"behind {Host}: permission denied", node.Result.Message, StringComparison.OrdinalIgnoreCase);
        // ssh itself comes to the same end.
        var ssh = await ProgramRun.RunAsync(new ProgramStart("ssh", "-F", config, "-o", "BatchMode=yes", OtherHost, "echo in"));
        Assert.Equal(isBoundToBoth, ssh.ExitCode == 0);
    }

    [Fact]
    public async Task AKeyThatIsBoundToAUserLogsInAsNobodyElse()
    {
        var socket = fleet.NewPath("agent");
        await using (await StartAgentAsync(socket, (fleet, $"{fleet.User}@{Host}")))
            Assert.Equal("in\n", (await RunAsync(Config(fleet, socket), Host)).Stdout);
        await using (await StartAgentAsync(socket, (fleet, $"another@{Host}")))
            Assert.Equal(NodeOutcome.AuthenticationFailed, (await RunAsync(Config(fleet, socket), Host)).Result.Outcome);
    }

    /// <summary>Other host keys, and the same user's key.</summary>
    private async Task<Fleet> StartOtherAsync()
    {
        var other = await Fleet.StartAsync();
        await File.AppendAllLinesAsync(Path.Combine(other.Folder, "authorized_keys"), await File.ReadAllLinesAsync(fleet.KeyPath + ".pub"));
        return other;
    }

    /// <summary>An agent that holds the user's key, for these hosts only.</summary>
    private async Task<ProgramRun> StartAgentAsync(string socket, params (Fleet Fleet, string Host)[] hosts)
    {
        File.Delete(socket);
        var agent = await NativeRuns.StartAgentAsync(socket);
        await NativeRuns.RunProgramAsync(
            "env",
            [
                $"SSH_AUTH_SOCK={socket}", "ssh-add", "-q",
                .. hosts.SelectMany(host => (string[])["-H", host.Fleet.KnownHosts, "-h", Bracketed(host.Host, host.Fleet.Port)]), fleet.KeyPath,
            ]);
        return agent;
    }

    private static string Bracketed(string host, int port) => host.Split('@') is [var user, var name] ? $"{user}@[{name}]:{port}" : $"[{host}]:{port}";

    /// <summary>Only the public key is available, so the agent must sign.</summary>
    private string Config(Fleet at, string socket) => at.Config($"IdentityAgent {socket}", key: fleet.KeyPath + ".pub");

    private static string Block(Fleet at, string pattern) => $"Host {pattern}\nPort {at.Port}\nUser {at.User}\n";

    private string Rest(Fleet other, string socket) => $"""
        Host *
        IdentityAgent {socket}
        IdentityFile {fleet.KeyPath}.pub
        IdentitiesOnly yes
        UserKnownHostsFile {fleet.KnownHosts} {other.KnownHosts}
        GlobalKnownHostsFile /dev/null

        """;

    private static Task<NodeRun> RunAsync(string config, string host) =>
        NativeRuns.RunAsync(new SshOptions { ConfigFile = config }, new Target(host), "echo in");
}
