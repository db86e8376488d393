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
        Assert.Equal([NodeOutcome.Exited], (await Executions.RunAsync(transport, Executions.Plan(1, new CommandJob(["true"])))).Outcomes);
        Assert.Equal(1, transport.Starts);
    }

    private sealed record UnknownJob : Job;
}
