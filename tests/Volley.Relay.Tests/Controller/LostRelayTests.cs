using Volley.Testing;
using Xunit;

namespace Volley.Relay.Tests.Controller;

public class LostRelayTests
{
    public LostRelayTests() => Assert.SkipUnless(TestRun.HasFaults, "runs with ./test --faults, because it waits for limits");

    private static readonly NodeResult Done = new(NodeOutcome.Exited) { ExitCode = 0 };

    private static RelayRunOptions ShortLease => ControllerScene.Options() with { Lease = TimeSpan.FromSeconds(3) };

    [Fact]
    public async Task ARelayThatDiesBeforeItClaimsIsReplaced()
    {
        await using var scene = await ControllerScene.StartAsync();
        var fake = await scene.AddFakeAsync();
        var executor = await scene.OpenAsync();
        var running = ControllerScene.RunAsync(executor, ControllerScene.Plan(2, CommandJob.Shell("echo here")));
        await fake.TakeAsync(acknowledges: false);
        await scene.AddRelayAsync(ControllerScene.Exec());
        var execution = await running;
        Assert.All(execution.Results, result => Assert.True(result.Succeeded, result.Message));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ARelayThatDiesAfterItsClaimLosesItsTargetsForGood(bool hasStarted)
    {
        await using var scene = await ControllerScene.StartAsync();
        var fake = await scene.AddFakeAsync();
        var executor = await scene.OpenAsync(ShortLease);
        var plan = ControllerScene.Plan(1);
        var running = ControllerScene.RunAsync(executor, plan);
        await fake.TakeAsync();
        Assert.True(await fake.ClaimAsync(0));
        if (hasStarted)
            await fake.PublishAsync(new NodeConnecting(plan.Targets[0]), new NodeStarted(plan.Targets[0]), Output(plan, "some"));
        fake.FallSilent();
        var execution = await running;
        var result = execution.Results[0];
        Assert.Equal((NodeOutcome.ConnectionLost, true, "nothing was heard of relay fake for 3 s"), (result.Outcome, result.MayStillRun, result.Message));
        Assert.Equal(hasStarted ? "some" : "", execution.Text(0));
        // It comes back too late.
        Assert.False(await fake.EndAsync(plan.Targets[0], Done));
    }

    [Fact]
    public async Task AnEndingWithoutItsEventCounts()
    {
        await using var scene = await ControllerScene.StartAsync();
        var fake = await scene.AddFakeAsync();
        var executor = await scene.OpenAsync(ShortLease);
        var plan = ControllerScene.Plan(1);
        var running = ControllerScene.RunAsync(executor, plan);
        await fake.TakeAsync();
        Assert.True(await fake.ClaimAsync(0));
        await fake.PublishAsync(new NodeConnecting(plan.Targets[0]), new NodeStarted(plan.Targets[0]), Output(plan, "some"));
        Assert.True(await fake.EndAsync(plan.Targets[0], Done with { ExitCode = 5, StdoutBytes = 10 }));
        fake.FallSilent();
        var execution = await running;
        Assert.Equal((NodeOutcome.Exited, 5, true, false), (execution.Results[0].Outcome, execution.Results[0].ExitCode, execution.Results[0].OutputMayBeIncomplete, execution.Results[0].MayStillRun));
        Assert.Equal(6, executor.MissingOutputBytes);
    }

    [Fact]
    public async Task LostTargetsRunAgainOnRequest()
    {
        await using var scene = await ControllerScene.StartAsync();
        var fake = await scene.AddFakeAsync();
        var executor = await scene.OpenAsync(ShortLease with { RerunLost = true });
        var plan = ControllerScene.Plan(1, CommandJob.Shell("echo again"));
        var running = ControllerScene.RunAsync(executor, plan);
        await fake.TakeAsync();
        Assert.True(await fake.ClaimAsync(0));
        await fake.PublishAsync(new NodeConnecting(plan.Targets[0]), new NodeStarted(plan.Targets[0]));
        fake.FallSilent();
        await scene.AddRelayAsync(ControllerScene.Exec());
        var execution = await running;
        Assert.Equal(("again\n", true), (execution.Text(0), execution.Results[0].Succeeded));
        Assert.False(await fake.EndAsync(plan.Targets[0], Done));
    }

    [Fact]
    public async Task TargetsThatNoRelayTakesEnd()
    {
        await using var scene = await ControllerScene.StartAsync();
        var fake = await scene.AddFakeAsync();
        var executor = await scene.OpenAsync(ShortLease);
        var running = ControllerScene.RunAsync(executor, ControllerScene.Plan(2));
        await fake.WaitForChunkAsync();
        await fake.LeaveAsync();
        var execution = await running;
        Assert.All(execution.Results, result => Assert.Equal(
            (NodeOutcome.ConnectFailed, "no relay of group web has taken it for 3 s, and none is running", false), (result.Outcome, result.Message, result.MayStillRun)));
        Assert.False(await fake.ClaimAsync(0));
    }

    [Fact]
    public async Task AChunkThatTheServerLostIsSentAgain()
    {
        await using var scene = await ControllerScene.StartAsync();
        var fake = await scene.AddFakeAsync();
        var executor = await scene.OpenAsync();
        var running = ControllerScene.RunAsync(executor, ControllerScene.Plan(1, CommandJob.Shell("echo here")));
        // Acknowledged without a claim: the work queue has it no more.
        await fake.TakeAsync();
        await scene.AddRelayAsync(ControllerScene.Exec());
        Assert.Equal("here\n", (await running).Text(0));
    }

    private static NodeOutput Output(RunPlan plan, string text) => new(plan.Targets[0], StreamKind.Stdout, System.Text.Encoding.UTF8.GetBytes(text));
}
