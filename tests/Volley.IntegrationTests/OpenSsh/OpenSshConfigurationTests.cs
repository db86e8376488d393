using Volley.Testing;
using Xunit;

namespace Volley.IntegrationTests.OpenSsh;

/// <summary>The configuration by masters, and what they alone take from it and leave behind.</summary>
public class OpenSshConfigurationTests(Fleet fleet) : ConfigurationContract(fleet, Masters), IClassFixture<Fleet>
{
    private static readonly Target Host = new(Fleet.Address(4_010));

    private readonly Fleet _fleet = fleet;

    [Fact]
    public async Task AMasterOfTheUsersIsUsedUnlessReuseIsOff()
    {
        var socket = _fleet.NewPath("s");
        await using var master = ProgramRun.Start(new ProgramStart("ssh", "-F", _fleet.SshConfig, "-M", "-S", socket, Host.Name, "echo up; exec sleep 600"));
        await master.ReadOutUntilAsync("up\n");
        var before = _fleet.Logins();
        var options = new SshOptions { ConfigFile = _fleet.Config($"ControlPath {socket}") };
        Assert.Equal("in\n", (await OpenSshRuns.RunAsync(options, Host, "echo in")).Stdout);
        Assert.Equal(before, _fleet.Logins());
        Assert.Equal("in\n", (await OpenSshRuns.RunAsync(options with { Reuse = false }, Host, "echo in")).Stdout);
        Assert.Equal(before + 1, _fleet.Logins());
        Assert.False(master.Exit.IsCompleted);
    }

    [Fact]
    public async Task AJumpHostThatRefusesIsAFailedConnectionWithItsMessage()
    {
        // Before it becomes a master, ssh closes the standard error of the ssh that it starts for a jump host.
        var options = new SshOptions { ConfigFile = _fleet.SshConfig, ProxyJump = $"nobody@{Fleet.Address(4_001)}", Multiplex = false };
        var node = await OpenSshRuns.RunAsync(options, Host, "true");
        Assert.Equal(NodeOutcome.ConnectFailed, node.Result.Outcome);
        Assert.Contains("Permission denied", node.Result.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task NothingIsLeftBehind()
    {
        var before = Directory.GetFiles(Path.GetTempPath(), "volley-*");
        await OpenSshRuns.RunAsync(new SshOptions { ConfigFile = _fleet.SshConfig }, Host, "true");
        // A file of a test that runs at the same time is gone by the second look.
        Assert.DoesNotContain(Directory.GetFiles(Path.GetTempPath(), "volley-*").Except(before), File.Exists);
        Assert.DoesNotContain(
            Processes.Descendants(Environment.ProcessId), p => p.CommandLine.Contains($"-- {Host.Name} ", StringComparison.Ordinal));
    }
}

/// <summary>The configuration by an ssh for each command.</summary>
public class OpenSshPlainConfigurationTests(Fleet fleet) : ConfigurationContract(fleet, PlainSsh), IClassFixture<Fleet>;
