using System.Collections.Immutable;
using Volley.Testing;
using Xunit;

namespace Volley.Tests.Executor;

public class RunPlanTests
{
    [Fact]
    public void AJobWithoutARunnerIsRefusedWhenThePlanIsMade()
    {
        var refusal = Assert.Throws<ArgumentException>(() => new RunPlan(Executions.Targets(1), new UnknownJob()));
        Assert.StartsWith("no runner for jobs of the type UnknownJob", refusal.Message, StringComparison.Ordinal);
        var plan = Executions.Plan(1);
        Assert.Throws<ArgumentException>(() => plan with { Job = new UnknownJob() });
        Assert.Throws<ArgumentNullException>(() => plan with { Job = null! });
    }

    [Fact]
    public async Task EachKindOfJobHasItsRunner()
    {
        var transport = new ScriptedTransport(new NodeScript());
        Assert.Equal([NodeOutcome.Exited], (await Executions.RunAsync(transport, Executions.Plan(1, new PingJob()))).Outcomes);
        Assert.Equal(0, transport.Starts);
        Assert.Equal([NodeOutcome.Exited], (await Executions.RunAsync(transport, Executions.Plan(1, CommandJob.Shell("true")))).Outcomes);
        Assert.Equal(1, transport.Starts);
    }

    [Fact]
    public void ThePlanGivesItsTargetsTheirIndices()
    {
        var plan = new RunPlan([new Target("a"), new Target("b"), Target.Parse("root@c:22")], new PingJob());
        Assert.Equal([0, 1, 2], plan.Targets.Select(target => target.Index));
        Assert.Equal(["a", "b", "root@c:22"], plan.Targets.Select(target => target.Label));
    }

    [Fact]
    public void TargetsThatFitAreNotCopied()
    {
        var targets = HostList.Parse("h[0-9]").ToTargets();
        Assert.Equal(targets, new RunPlan(targets, new PingJob()).Targets, ReferenceEqualityComparer.Instance);
        var plan = new RunPlan([new Target("a"), new Target("b")], new PingJob());
        Assert.Equal(plan.Targets, new RunPlan(plan.Targets.ToArray(), new PingJob()).Targets, ReferenceEqualityComparer.Instance);
    }

    [Fact]
    public async Task SomeTargetsOfAPlanRunAgainInANewPlan()
    {
        var plan = new RunPlan(HostList.Parse("h[0-3]").ToTargets(), CommandJob.Shell("true")) { MainRank = 1 };
        var again = new RunPlan(plan.Targets.Where(target => target.Host is "h1" or "h3"), plan.Job);
        Assert.Equal([(0, "h1"), (1, "h3")], again.Targets.Select(target => (target.Index, target.Label)));
        var run = await Executions.RunAsync(new ScriptedTransport(target => NodeScript.Prints(target.Host)), again);
        Assert.Equal(("h1", "h3"), (run.Text(0), run.Text(1)));
        Assert.Equal([1, 3], plan.Targets.Where(target => target.Host is "h1" or "h3").Select(target => target.Index));
    }

    [Fact]
    public void LabelsAreUnique()
    {
        Target[] targets = [new("a"), new("A"), new("b") { Label = "a" }, new("a") { Label = "c" }];
        Assert.Equal(["a", "A#2", "a#3", "c"], new RunPlan(targets, new PingJob()).Targets.Select(target => target.Label));
        var list = HostList.Parse("x,y").ToTargets();
        Assert.Equal(["x", "y", "x#2"], new RunPlan([.. list, list[0]], new PingJob()).Targets.Select(target => target.Label));
        Assert.Equal(["y", "x"], new RunPlan(list.Reverse(), new PingJob()).Targets.Select(target => target.Label));
        Assert.Equal(["x", "x#2"], new RunPlan([list[0], list[1] with { Label = "x" }], new PingJob()).Targets.Select(target => target.Label));
    }

    [Fact]
    public async Task AnExcerptOfAPlanKeepsTheIndices()
    {
        var plan = Executions.Plan(6) with { MaxConcurrency = 1 };
        var control = new RunControl();
        var summary = new RunSummary(plan, control);
        Assert.Equal(1, summary.ExitCode(ExitCodeStrategy.AnyFailure));
        var excerpt = plan.Only([plan.Targets[4], plan.Targets[1]]);
        Assert.Equal([1, 4], excerpt.Targets.Select(target => target.Index));
        control.Cancel(plan.Targets[4]);
        var run = await Executions.RunAsync(new ScriptedTransport(NodeScript.Exits(3)), excerpt, control);
        Assert.Equal([NodeOutcome.Exited, NodeOutcome.NotStarted], run.Outcomes);
        Assert.Equal(130, run.Summary.ExitCode(ExitCodeStrategy.AnyFailure));
        Assert.Throws<ArgumentException>(() => control.Cancel(plan.Targets[0]));
        Assert.Throws<ArgumentException>(() => excerpt.Only([plan.Targets[0]]));
        Assert.Throws<ArgumentException>(() => plan.Only([new Target("h0")]));
    }

    [Fact]
    public void TargetsAreChecked()
    {
        Assert.Throws<ArgumentNullException>("targets", () => new RunPlan(null!, new PingJob()));
        Assert.Throws<ArgumentException>("targets", () => new RunPlan(default(ImmutableArray<Target>), new PingJob()));
        Assert.Throws<ArgumentException>("targets", () => new RunPlan([new Target("a"), null!], new PingJob()));
    }

    [Fact]
    public async Task OnlyTargetsOfTheRunCanBeCanceled()
    {
        var plan = Executions.Plan(2);
        using var control = new RunControl();
        var transport = new ScriptedTransport(NodeScript.Exits(0));
        await Executions.RunAsync(transport, plan, control);
        control.Cancel(plan.Targets[1]);
        foreach (var stranger in (Target[])[new("h0"), plan.Targets[0] with { Host = "other" }, Executions.Targets(3)[2]])
        {
            Assert.Throws<ArgumentException>("target", () => control.Cancel(stranger));
            Assert.Throws<ArgumentException>("target", () => control.LimitOutput(stranger, "full"));
            using var early = new RunControl();
            early.Cancel(stranger);
            await Assert.ThrowsAsync<ArgumentException>(() => Executions.RunAsync(transport, plan, early));
        }
    }

    private sealed record UnknownJob : Job;
}
