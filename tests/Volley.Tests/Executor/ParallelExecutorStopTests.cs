using Volley.Testing;
using Xunit;

namespace Volley.Tests.Executor;

/// <summary>Stops of the run and of single targets.</summary>
public class ParallelExecutorStopTests
{
    public static TheoryData<StopReason> Reasons => [.. Enum.GetValues<StopReason>().Where(r => r != StopReason.None)];

    [Theory]
    [MemberData(nameof(Reasons))]
    public async Task AStopsReasonStandsInEveryResult(StopReason reason)
    {
        var transport = new ScriptedTransport(target => target.Index == 0 ? NodeScript.Runs() : NodeScript.Connects());
        using var control = new RunControl();
        var running = Executions.RunAsync(transport, Executions.Plan(5) with { MaxConcurrency = 2 }, control);
        await transport.StartsAsync(1);
        await transport.ConnectsAsync(2);
        control.Stop(reason);
        var run = await running;

        var outcome = reason == StopReason.Deadline ? NodeOutcome.DeadlineExceeded : NodeOutcome.Canceled;
        Assert.Equal([outcome, outcome, NodeOutcome.NotStarted, NodeOutcome.NotStarted, NodeOutcome.NotStarted], run.Outcomes);
        Assert.All(run.Results, r => Assert.Equal(reason, r.Stop));
        Assert.All(run.Results.Skip(2), r => Assert.Equal(TimeSpan.Zero, r.Elapsed));
        Assert.Equal((reason, reason), (control.Reason, run.Summary.Stop));
        Assert.Equal(new RunCounts(2, 0, 3, 0), control.CountsAtStop);
        Assert.True(control.Stopped.IsCompleted);
        Assert.Equal(["TERM"], transport.SignalsTo(0));
        Assert.Equal(2, transport.Connects);
    }

    [Fact]
    public async Task TheFirstReasonWins()
    {
        var transport = new ScriptedTransport(NodeScript.Runs());
        using var control = new RunControl();
        var running = Executions.RunAsync(transport, Executions.Plan(3), control);
        await transport.StartsAsync(3);
        control.Stop(StopReason.HangUp);
        control.Stop(StopReason.Interrupt);
        var run = await running;
        Assert.All(run.Results, r => Assert.Equal(StopReason.HangUp, r.Stop));
    }

    [Fact]
    public void NoReasonIsNoReasonToStop()
    {
        using var control = new RunControl();
        Assert.Throws<ArgumentOutOfRangeException>(() => control.Stop(StopReason.None));
    }

    [Fact]
    public async Task ACancellationTokenStopsTheRunAndItsEndIsNormal()
    {
        var transport = new ScriptedTransport(NodeScript.Runs());
        using var cancellation = new CancellationTokenSource();
        var running = Executions.RunAsync(transport, Executions.Plan(3) with { MaxConcurrency = 2 }, cancellationToken: cancellation.Token);
        await transport.StartsAsync(2);
        await cancellation.CancelAsync();
        var run = await running;
        Assert.Equal([NodeOutcome.Canceled, NodeOutcome.Canceled, NodeOutcome.NotStarted], run.Outcomes);
        Assert.All(run.Results, r => Assert.Equal(StopReason.Requested, r.Stop));
    }

    [Fact]
    public async Task ARunThatIsStoppedBeforeItBeginsStartsNothing()
    {
        var transport = new ScriptedTransport(NodeScript.Exits(0));
        using var control = new RunControl();
        control.Stop(StopReason.Interrupt);
        var run = await Executions.RunAsync(transport, Executions.Plan(3), control);
        Assert.All(run.Results, r => Assert.Equal((NodeOutcome.NotStarted, StopReason.Interrupt), (r.Outcome, r.Stop)));
        Assert.Equal(0, transport.Connects);
        Assert.Equal(new RunCounts(0, 0, 3, 0), control.CountsAtStop);
        Assert.All(run.Events, e => Assert.IsType<NodeFinished>(e));
    }

    [Fact]
    public async Task AStopDoesNotWaitForAConnectThatIgnoresItsToken()
    {
        var late = new TaskCompletionSource();
        var transport = new ScriptedTransport(NodeScript.Connects(late.Task, ignoresItsToken: true));
        using var control = new RunControl();
        var running = Executions.RunAsync(transport, Executions.Plan(2), control);
        await transport.ConnectsAsync(2);
        control.Stop(StopReason.Interrupt);
        Assert.Equal([NodeOutcome.Canceled, NodeOutcome.Canceled], (await running).Outcomes);

        // A session that arrives too late is still released.
        late.SetResult();
        await transport.SessionsDisposedAsync(2);
        Assert.Equal(0, transport.Starts);
    }

    [Fact]
    public async Task AConnectionThatComesWithTheStopIsDisposed()
    {
        // One that completed between the stop and its being noticed was given to nobody.
        for (var i = 0; i < 500; i++)
        {
            var gate = new TaskCompletionSource();
            var transport = new ScriptedTransport(NodeScript.Connects(gate.Task, ignoresItsToken: true));
            using var control = new RunControl();
            var running = Executions.RunAsync(transport, Executions.Plan(4), control);
            await transport.ConnectsAsync(4);
            await Task.WhenAll(Task.Run(gate.SetResult), Task.Run(() => control.Stop(StopReason.Interrupt))).Within();
            await running;
            await transport.SessionsDisposedAsync(4);
        }
    }

    [Fact]
    public async Task AStopDuringTheConnectStartsNoCommand()
    {
        // A transport whose every step completes at once never looked at its token.
        using var control = new RunControl();
        var transport = new ScriptedTransport(new NodeScript
        {
            Connect = (_, _) =>
            {
                control.Stop(StopReason.Interrupt);
                return Task.CompletedTask;
            },
        });
        var run = await Executions.RunAsync(transport, Executions.Plan(1), control);
        Assert.Equal(NodeOutcome.Canceled, run.ResultOf(0).Outcome);
        Assert.Equal((0, 1), (transport.Starts, transport.SessionsDisposed));
    }

    [Fact]
    public async Task OutputBeforeAStopIsKept()
    {
        using var control = new RunControl();
        var transport = new ScriptedTransport(NodeScript.Runs() with
        {
            Command = async process =>
            {
                await process.PrintAsync("so far");
                control.Stop(StopReason.Interrupt);
                await Task.Delay(Timeout.Infinite, process.Ended);
            },
        });
        var run = await Executions.RunAsync(transport, Executions.Plan(1), control);
        Assert.Equal("so far", run.Text(0));
        Assert.Equal((NodeOutcome.Canceled, 6L), (run.ResultOf(0).Outcome, run.ResultOf(0).StdoutBytes));
    }

    [Fact]
    public async Task OneRunningTargetIsCanceledAndTheOthersGoOn()
    {
        var gate = new TaskCompletionSource();
        var transport = new ScriptedTransport(NodeScript.Runs(gate.Task));
        using var control = new RunControl();
        var plan = Executions.Plan(3);
        var running = Executions.RunAsync(transport, plan, control,
            onEvent: nodeEvent =>
            {
                if (nodeEvent is NodeFinished { Target.Index: 1 })
                    gate.SetResult();
                return Task.CompletedTask;
            });
        await transport.StartsAsync(3);
        control.Cancel(plan.Targets[1]);
        var run = await running;
        Assert.Equal([NodeOutcome.Exited, NodeOutcome.Canceled, NodeOutcome.Exited], run.Outcomes);
        Assert.Equal((StopReason.Requested, 130), (run.ResultOf(1).Stop, run.ResultOf(1).Code));
        Assert.Equal(StopReason.None, control.Reason);
        Assert.Equal(["TERM"], transport.SignalsTo(1));
        Assert.Single(transport.Signals);
    }

    [Fact]
    public async Task AQueuedTargetThatIsCanceledNeverStarts()
    {
        var gate = new TaskCompletionSource();
        var transport = new ScriptedTransport(NodeScript.Runs(gate.Task));
        using var control = new RunControl();
        var plan = Executions.Plan(3) with { MaxConcurrency = 1 };
        var running = Executions.RunAsync(transport, plan, control);
        await transport.StartsAsync(1);
        control.Cancel(plan.Targets[1]);
        gate.SetResult();
        var run = await running;
        Assert.Equal([NodeOutcome.Exited, NodeOutcome.NotStarted, NodeOutcome.Exited], run.Outcomes);
        Assert.Equal(StopReason.Requested, run.ResultOf(1).Stop);
        Assert.Single(run.Of(1));
        Assert.Equal(2, transport.Connects);
    }

    [Fact]
    public async Task ACanceledTargetIsNoFirstFailure()
    {
        var gate = new TaskCompletionSource();
        var transport = new ScriptedTransport(NodeScript.Runs(gate.Task));
        using var control = new RunControl();
        var plan = Executions.Plan(2) with { FailFast = true };
        var running = Executions.RunAsync(transport, plan, control,
            onEvent: nodeEvent =>
            {
                if (nodeEvent is NodeFinished { Target.Index: 0 })
                    gate.SetResult();
                return Task.CompletedTask;
            });
        await transport.StartsAsync(2);
        control.Cancel(plan.Targets[0]);
        Assert.Equal([NodeOutcome.Canceled, NodeOutcome.Exited], (await running).Outcomes);
        Assert.Null(control.FirstFailure);
    }

    [Fact]
    public async Task FiveHundredRunningCommandsAreStoppedTogether()
    {
        var transport = new ScriptedTransport(NodeScript.Runs());
        using var control = new RunControl();
        var running = Executions.RunAsync(transport, Executions.Plan(1_000) with { MaxConcurrency = 500 }, control);
        await transport.StartsAsync(500);
        control.Stop(StopReason.Interrupt);
        var run = await running;
        Assert.Equal(500, run.Outcomes.Count(o => o == NodeOutcome.Canceled));
        Assert.Equal(500, run.Outcomes.Count(o => o == NodeOutcome.NotStarted));
        Assert.Equal((500, 500), (transport.Signals.Count, transport.ProcessesDisposed));
    }
}
