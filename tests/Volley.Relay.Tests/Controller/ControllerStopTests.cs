using Xunit;

namespace Volley.Relay.Tests.Controller;

public class ControllerStopTests
{
    private static readonly NodeResult Done = new(NodeOutcome.Exited) { ExitCode = 0 };

    [Fact]
    public async Task AStopReachesTheRelaysAndTheirConfirmationComesBack()
    {
        await using var scene = await ControllerScene.StartAsync();
        await scene.AddRelayAsync(ControllerScene.Exec());
        var executor = await scene.OpenAsync();
        using var control = new RunControl();
        var started = 0;
        var plan = ControllerScene.Plan(4, CommandJob.Shell("exec sleep 600")) with { MaxConcurrency = 2 };
        var execution = await ControllerScene.RunAsync(executor, plan, control, nodeEvent =>
        {
            if (nodeEvent is NodeStarted && ++started == 2)
                control.Stop(StopReason.Interrupt);
            return ValueTask.CompletedTask;
        });
        Assert.Equal([NodeOutcome.Canceled, NodeOutcome.Canceled, NodeOutcome.NotStarted, NodeOutcome.NotStarted], execution.Outcomes);
        Assert.All(execution.Results, result => Assert.Equal((StopReason.Interrupt, false), (result.Stop, result.MayStillRun)));
    }

    [Fact]
    public async Task ASingleTargetIsCanceledAndOthersGoOn()
    {
        await using var scene = await ControllerScene.StartAsync();
        await scene.AddRelayAsync(ControllerScene.Exec());
        var executor = await scene.OpenAsync();
        using var control = new RunControl();
        var plan = ControllerScene.Plan(2, CommandJob.Shell("test $RANK = 1 || exec sleep 600") with
        {
            TargetEnvironment = target => new Dictionary<string, string> { ["RANK"] = target.Host[1..] },
        });
        var execution = await ControllerScene.RunAsync(executor, plan, control, nodeEvent =>
        {
            if (nodeEvent is NodeFinished { Target.Index: 1 })
                control.Cancel(plan.Targets[0]);
            return ValueTask.CompletedTask;
        });
        Assert.Equal([NodeOutcome.Canceled, NodeOutcome.Exited], execution.Outcomes);
        Assert.Equal((StopReason.Requested, false), (execution.Results[0].Stop, execution.Results[0].MayStillRun));
    }

    [Fact]
    public async Task TheSecondStopCutsTheGraceShort()
    {
        await using var scene = await ControllerScene.StartAsync();
        await scene.AddRelayAsync(ControllerScene.Exec());
        var executor = await scene.OpenAsync();
        using var control = new RunControl();
        var plan = ControllerScene.Plan(1, CommandJob.Shell("trap '' TERM; echo ready; while :; do sleep 0.1; done")) with { StopGrace = TimeSpan.FromMinutes(10) };
        var execution = await ControllerScene.RunAsync(executor, plan, control, nodeEvent =>
        {
            if (nodeEvent is NodeOutput)
            {
                control.Stop(StopReason.Interrupt);
                control.StopNow();
            }

            return ValueTask.CompletedTask;
        });
        Assert.Equal(NodeOutcome.Canceled, execution.Results[0].Outcome);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ARelayThatDoesNotAnswerDoesNotHoldUpTheEnd(bool isHurried)
    {
        await using var scene = await ControllerScene.StartAsync();
        var fake = await scene.AddFakeAsync();
        var executor = await scene.OpenAsync();
        using var control = new RunControl();
        var plan = ControllerScene.Plan(2) with { StopGrace = isHurried ? TimeSpan.FromMinutes(10) : TimeSpan.Zero };
        var running = ControllerScene.RunAsync(executor, plan, control);
        var item = await fake.TakeAsync();
        Assert.True(await fake.ClaimAsync(0));
        await fake.PublishAsync(new NodeConnecting(plan.Targets[0]), new NodeStarted(plan.Targets[0]));
        var stopped = fake.WaitForControlAsync(message => message.Stop is not null);
        await fake.WaitForControlAsync(message => message.Credits.Count > 0);
        control.Stop(StopReason.Interrupt);
        Assert.Equal("Interrupt", (await stopped).Stop);
        if (isHurried)
        {
            var hurried = fake.WaitForControlAsync(message => message.Hurry);
            control.StopNow();
            await hurried;
        }

        var execution = await running;
        Assert.Equal([0, 1], item.Ranks.Order());
        Assert.Equal([NodeOutcome.Canceled, NodeOutcome.NotStarted], execution.Outcomes);
        Assert.Equal([true, false], execution.Results.Select(result => result.MayStillRun));
        // Both have an ending, which the relay does not replace.
        Assert.False(await fake.EndAsync(plan.Targets[0], Done));
        Assert.False(await fake.ClaimAsync(1));
    }

    [Fact]
    public async Task ARunThatIsStoppedBeforeItBeginsAsksRelaysForNothing()
    {
        await using var scene = await ControllerScene.StartAsync();
        var executor = await scene.OpenAsync();
        using var control = new RunControl();
        control.Stop(StopReason.Terminate);
        var execution = await ControllerScene.RunAsync(executor, ControllerScene.Plan(2), control);
        Assert.All(execution.Results, result => Assert.Equal((NodeOutcome.NotStarted, StopReason.Terminate), (result.Outcome, result.Stop)));
    }
}
