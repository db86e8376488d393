using Volley.Testing;
using Xunit;

namespace Volley.IntegrationTests.OpenSsh;

/// <summary>One login for all commands at a target, and what a server's limit on sessions does to them.</summary>
public class MasterSharingTests(Fleet fleet) : IClassFixture<Fleet>
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(120);

    [Fact]
    public async Task ATargetThatIsListedOftenLogsInOnce()
    {
        var before = fleet.Logins();
        var nodes = await RunAsync(fleet, Fleet.Address(6_000), 12, "echo $SSH_CONNECTION");
        Assert.All(nodes, node => Assert.True(node.Result.Succeeded, node.Result.Message));
        Assert.Single(nodes.Select(node => node.Stdout).Distinct());
        Assert.Equal(before + 1, fleet.Logins());
    }

    [Fact]
    public async Task AnotherUserOrPortIsAnotherLogin()
    {
        var before = fleet.Logins();
        await using var transport = new OpenSshTransport(new SshOptions { ConfigFile = fleet.SshConfig });
        var host = Fleet.Address(6_001);
        Target[] targets = [new(host), new(host) { User = fleet.User }, new(host) { Port = fleet.Port }, new(host) { User = "nobody" }];
        var nodes = await NodeRun.AllAsync(transport, new RunPlan([.. targets], CommandJob.Shell("true"))).WaitAsync(Limit, TestContext.Current.CancellationToken);
        Assert.Equal(
            [NodeOutcome.Exited, NodeOutcome.Exited, NodeOutcome.Exited, NodeOutcome.AuthenticationFailed], nodes.Select(node => node.Result.Outcome));
        Assert.Equal(before + 3, fleet.Logins());
    }

    [Fact]
    public async Task AFailedLoginIsTriedAgainByTheNextOneOnly()
    {
        // All who wait for a login share its failure.
        await using var transport = new OpenSshTransport(new SshOptions { ConfigFile = fleet.SshConfig, User = "nobody" });
        var targets = Enumerable.Range(0, 6).Select(i => new Target(Fleet.Address(6_002))).ToArray();
        var nodes = await NodeRun.AllAsync(transport, new RunPlan([.. targets], CommandJob.Shell("true"))).WaitAsync(Limit, TestContext.Current.CancellationToken);
        Assert.All(nodes, node => Assert.Equal(NodeOutcome.AuthenticationFailed, node.Result.Outcome));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task WhereSessionsAreFewCommandsTakeTurns(int sessions)
    {
        var before = fleet.Logins();
        for (var round = 0; round < 5; round++)
        {
            var nodes = await RunAsync(fleet, SpecialHosts.WithSessions(sessions, 10 + round), 9, "echo in; sleep 0.02; exit 3");
            Assert.All(nodes, node => Assert.Equal((NodeOutcome.Exited, 3, "in\n"), (node.Result.Outcome, node.Result.ExitCode, node.Stdout)));
        }

        Assert.Equal(before + 5, fleet.Logins());
    }

    [Fact]
    public async Task WaitingForATurnIsNoPartOfConnecting()
    {
        var nodes = await RunAsync(fleet, SpecialHosts.WithSessions(1, 19), 8, "echo in; sleep 1", plan => plan with { ConnectTimeout = TimeSpan.FromSeconds(6) });
        Assert.All(nodes, node => Assert.Equal((NodeOutcome.Exited, 0, "in\n"), (node.Result.Outcome, node.Result.ExitCode, node.Stdout)));
    }

    [Fact]
    public async Task AStopEndsTheWaitForATurn()
    {
        using var control = new RunControl();
        var nodes = await RunAsync(
            fleet, SpecialHosts.WithSessions(1, 18), 3, "echo in; exec sleep 600", control: control, onOutput: () => control.Stop(StopReason.Interrupt));
        Assert.All(nodes, node => Assert.Equal((NodeOutcome.Canceled, false), (node.Result.Outcome, node.Result.MayStillRun)));
    }

    [Fact]
    public async Task APingNeedsNoSession()
    {
        var nodes = await RunAsync(fleet, SpecialHosts.WithSessions(0, 32), 3, "true", plan => plan with { Job = new PingJob() });
        Assert.All(nodes, node => Assert.True(node.Result.Succeeded, node.Result.Message));
    }

    [Fact]
    public async Task TheTurnOfACanceledTargetGoesToTheNext()
    {
        await using var transport = new OpenSshTransport(new SshOptions { ConfigFile = fleet.SshConfig });
        using var control = new RunControl();
        var targets = Enumerable.Range(0, 4).Select(i => new Target(SpecialHosts.WithSessions(1, 20))).ToArray();
        var isFirst = true;
        var plan = new RunPlan(targets, CommandJob.Shell("echo in; exec sleep 0.3"));
        var nodes = await NodeRun.AllAsync(transport, plan, control, () =>
        {
            // Two of those that wait, whichever runs.
            if (isFirst)
            {
                control.Cancel(plan.Targets[1]);
                control.Cancel(plan.Targets[2]);
            }

            isFirst = false;
        }).WaitAsync(Limit, TestContext.Current.CancellationToken);
        Assert.True(nodes[0].Result.Succeeded, nodes[0].Result.ToString());
        Assert.True(nodes[3].Result.Succeeded, nodes[3].Result.ToString());
    }

    [Fact]
    public async Task WhereNoSessionIsAllowedEachTargetFailsAtOnce()
    {
        var nodes = await RunAsync(fleet, SpecialHosts.WithSessions(0, 30), 5, "true");
        Assert.All(nodes, node =>
        {
            Assert.Equal(NodeOutcome.ConnectFailed, node.Result.Outcome);
            Assert.Contains("MaxSessions", node.Result.Message, StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task ACommandThatHoldsItsSessionDoesNotHoldTheOthers()
    {
        // Its streams are held after its end, so that only we close the channel.
        var nodes = await RunAsync(fleet, SpecialHosts.WithSessions(1, 31), 3, "sleep 5 & echo in; exit 2");
        Assert.All(nodes, node => Assert.Equal((NodeOutcome.Exited, 2, "in\n"), (node.Result.Outcome, node.Result.ExitCode, node.Stdout)));
    }

    [Fact]
    public async Task AManyTimesListedTargetRunsAllAtOnce()
    {
        var nodes = await RunAsync(fleet, Fleet.Address(6_040), 100, "head -c 100000 /dev/zero");
        Assert.All(nodes.Select(node => node.Result), result => Assert.Equal((NodeOutcome.Exited, 100_000), (result.Outcome, result.StdoutBytes)));
    }

    private static async Task<IReadOnlyList<NodeRun>> RunAsync(
        Fleet fleet, string host, int count, string line, Func<RunPlan, RunPlan>? tune = null, RunControl? control = null, Action? onOutput = null)
    {
        await using var transport = new OpenSshTransport(new SshOptions { ConfigFile = fleet.SshConfig });
        var plan = new RunPlan([.. Enumerable.Range(0, count).Select(i => new Target(host))], CommandJob.Shell(line)) { MaxConcurrency = count };
        return await NodeRun.AllAsync(transport, tune?.Invoke(plan) ?? plan, control, onOutput).WaitAsync(Limit, TestContext.Current.CancellationToken);
    }
}
