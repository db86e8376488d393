using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Connecting;

/// <summary>-A, on the built program: real agents, real servers.</summary>
public sealed class AgentForwardingTests(Fleet fleet)
{
    private const string Hosts = "127.0.131";
    private const string ListKeys = "echo \"[${SSH_AUTH_SOCK:+agent}]\"; ssh-add -l";
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData("native")]
    [InlineData("openssh")]
    [InlineData("auto")]
    public async Task ProgramsOfTheCommandUseTheAgentOnlyWithTheOption(string transport)
    {
        await using var agent = await StartAgentAsync(transport, fleet.KeyPath);
        // ForwardAgent of the configuration forwards nothing, nor does the variable that the option would have.
        var config = new FleetConfig(fleet) { Lines = ["ForwardAgent yes"] }.Write();
        var without = await ProgramRun.RunAsync(
            Start(agent, "-F", config, "--transport", transport, "-N", "-H", $"{Hosts}.1", ListKeys).WithVariable("VOLLEY_FORWARD_AGENT", "true"), Limit);
        Assert.StartsWith("[]\n", without.Stdout, StringComparison.Ordinal);
        Assert.NotEqual(0, without.ExitCode);
        // The same host twice: the second command has the agent still when the first has ended.
        var with = await ProgramRun.RunAsync(
            Start(agent, "-A", "-F", config, "--transport", transport, "-N", "--output", "stream", "-H", $"{Hosts}.1,{Hosts}.1,{Hosts}.2", ListKeys), Limit);
        Assert.True(with.ExitCode == 0, with.ToString());
        Assert.Equal(3, VolleyRun.Lines(with.Stdout).Count(line => line == "[agent]"));
        Assert.Equal(3, VolleyRun.Lines(with.Stdout).Count(line => line.Contains("SHA256:", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("native")]
    [InlineData("openssh")]
    public async Task AKeyThatIsBoundToHostsIsHiddenFromProgramsAtAHost(string transport)
    {
        await using var agent = await StartAgentAsync($"bound-{transport}");
        await NativeProgramAsync("env", $"SSH_AUTH_SOCK={agent.Socket}", "ssh-add", "-q", "-H", fleet.KnownHosts, "-h", $"[{Hosts}.3]:{fleet.Port}", fleet.KeyPath);
        // The agent signs for the login, but an agent that knows that the connection is forwarded does not even list the key.
        var result = await ProgramRun.RunAsync(
            Start(agent, "-A", "-F", new FleetConfig(fleet).Write(), "--transport", transport, "-N", "-H", $"{Hosts}.3", ListKeys), Limit);
        Assert.Equal("[agent]\nThe agent has no identities.\n", result.Stdout);
    }

    [Fact]
    public async Task ARunWithoutAnAgentStartsNothing()
    {
        foreach (var (socket, message) in new[]
        {
            (null, "volley: there is no agent to forward: SSH_AUTH_SOCK is not set; start one with: eval \"$(ssh-agent)\"\n"),
            ("/nowhere/agent", "volley: there is no agent to forward: SSH_AUTH_SOCK is /nowhere/agent: there is no such file\n"),
            ("/dev/null", "volley: there is no agent to forward: SSH_AUTH_SOCK is /dev/null: it is a device, not a socket\n"),
            (fleet.KeyPath, $"volley: there is no agent to forward: SSH_AUTH_SOCK is {fleet.KeyPath}: it is a regular file, not a socket\n"),
            ("/dev/null/agent", "volley: there is no agent to forward: SSH_AUTH_SOCK is /dev/null/agent: a part of the path is not a directory\n"),
        })
        {
            var result = await ProgramRun.RunAsync(
                VolleyRun.Start("-A", "-F", new FleetConfig(fleet).Write(), "-H", $"{Hosts}.4", "true").WithVariable("SSH_AUTH_SOCK", socket), Limit);
            Assert.Equal((2, ""), (result.ExitCode, result.Stdout));
            Assert.StartsWith(message, result.Stderr, StringComparison.Ordinal);
        }

        // Also where it is only used for the login.
        var login = await ProgramRun.RunAsync(
            VolleyRun.Start("-F", new FleetConfig(fleet) { Identity = null, Lines = ["IdentitiesOnly no"] }.Write(), "-H", $"{Hosts}.4", "true")
                .WithVariable("SSH_AUTH_SOCK", "/dev/null"), Limit);
        Assert.Equal(255, login.ExitCode);
        Assert.Contains("; SSH_AUTH_SOCK: the agent at /dev/null can't be reached: it is a device, not a socket\n", login.Stderr, StringComparison.Ordinal);

        var none = new FleetConfig(fleet) { Lines = ["IdentityAgent none"] }.Write();
        var configured = await VolleyRun.RunAsync("-A", "-F", none, "-H", $"{Hosts}.4", "true");
        Assert.Equal((2, "volley: there is no agent to forward: ssh_config says IdentityAgent none\n"), (configured.ExitCode, configured.Stderr));
    }

    [Fact]
    public async Task ItExcludesConnectionsThatOutliveTheRun()
    {
        var both = await VolleyRun.RunAsync("-A", "--keep", "10m", "-H", "web1", "true");
        Assert.Equal(2, both.ExitCode);
        Assert.StartsWith("volley: --forward-agent and --keep are mutually exclusive", both.Stderr, StringComparison.Ordinal);
        await using var agent = await StartAgentAsync("kept", fleet.KeyPath);
        await using var runs = new KeptRuns(fleet);
        // The variable is part of what a kept connection depends on.
        ProgramStart StartRun(params string[] arguments) => runs.StartOn($"{Hosts}.5", arguments).WithVariable("SSH_AUTH_SOCK", agent.Socket);
        Assert.Equal(0, (await ProgramRun.RunAsync(StartRun("--keep", "10m", "true"), Limit)).ExitCode);
        var (socket, _) = await runs.OnlyMasterAsync();
        var line = $"{ListKeys} >/dev/null && echo listed";
        foreach (var transport in new[] { "auto", "openssh" })
        {
            var with = await ProgramRun.RunAsync(StartRun("-A", "-v", "--transport", transport, "-N", line), Limit);
            Assert.Equal((0, "[agent]\nlisted\n"), (with.ExitCode, with.Stdout));
            Assert.DoesNotContain("live master", with.Stderr, StringComparison.Ordinal);
        }

        // The connection of such a run has ended with it, and the kept one is used again without the option.
        Assert.Equal(socket, (await runs.OnlyMasterAsync()).Socket);
        var without = await ProgramRun.RunAsync(StartRun("-v", "-N", line), Limit);
        Assert.Equal("[]\n", without.Stdout);
        Assert.Contains("live master", without.Stderr, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("native")]
    [InlineData("openssh")]
    public async Task AServerThatForbidsItRunsNothing(string transport)
    {
        await using var strict = await Fleet.StartAsync("AllowAgentForwarding=no");
        await using var agent = await StartAgentAsync($"strict-{transport}");
        var mark = fleet.NewPath("ran");
        var result = await ProgramRun.RunAsync(
            Start(agent, "-A", "-F", new FleetConfig(strict).Write(), "--transport", transport, "-H", $"{Hosts}.6", $"touch {mark}"), Limit);
        Assert.Equal(255, result.ExitCode);
        Assert.Contains("the server refused agent forwarding", result.Stderr, StringComparison.Ordinal);
        Assert.False(File.Exists(mark));
    }

    [Fact]
    public async Task ItHasNoEffectWithoutACommandOverSsh()
    {
        foreach (var (arguments, message) in new (string[], string)[]
        {
            (["ping", "-A", "-H", "web1"], "ping takes no --forward-agent"),
            (["push", "-A", "-H", "web1", "file", "/tmp/"], "push takes no --forward-agent"),
            (["-A", "--transport", "exec", "-H", "web1", "true"], "-A has no effect with --transport exec"),
        })
        {
            var result = await VolleyRun.RunAsync(arguments);
            Assert.Equal(2, result.ExitCode);
            Assert.Contains(message, result.Stderr, StringComparison.Ordinal);
        }
    }

    private static ProgramStart Start(AgentProgram agent, params string[] arguments) =>
        VolleyRun.Start(arguments).WithVariable("SSH_AUTH_SOCK", agent.Socket);

    private static async Task NativeProgramAsync(string program, params string[] arguments)
    {
        var result = await ProgramRun.RunAsync(new ProgramStart(program, arguments), Limit);
        Assert.True(result.ExitCode == 0, result.ToString());
    }

    private async Task<AgentProgram> StartAgentAsync(string name, params string[] keys)
    {
        var socket = fleet.NewPath($"agent-{name}");
        var run = ProgramRun.Start(new ProgramStart("ssh-agent", "-D", "-a", socket));
        await run.ReadOutUntilAsync("SSH_AUTH_SOCK");
        foreach (var key in keys)
            await NativeProgramAsync("env", $"SSH_AUTH_SOCK={socket}", "ssh-add", "-q", key);
        return new(run, socket);
    }

    private sealed record AgentProgram(ProgramRun Run, string Socket) : IAsyncDisposable
    {
        public ValueTask DisposeAsync() => Run.DisposeAsync();
    }
}
