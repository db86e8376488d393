using Volley.Testing;
using Xunit;

namespace Volley.Tests.Executor;

public class ParallelExecutorFailFastTests
{
    [Fact]
    public async Task TheFirstFailureEndsTheRestAndItsCodeIsTheRuns()
    {
        var gate = new TaskCompletionSource();
        var transport = new ScriptedTransport(target => target.Index switch
        {
            1 => NodeScript.Runs(gate.Task) with
            {
                Command = async process =>
                {
                    await gate.Task;
                    process.Exit(7);
                },
            },
            _ => NodeScript.Runs(),
        });
        using var control = new RunControl();
        var plan = Executions.Plan(6) with { MaxConcurrency = 3, FailFast = true };
        var running = Executions.RunAsync(transport, plan, control);
        await transport.StartsAsync(3);
        gate.SetResult();
        var run = await running;

        Assert.Equal(
            [NodeOutcome.Canceled, NodeOutcome.Exited, NodeOutcome.Canceled, NodeOutcome.NotStarted, NodeOutcome.NotStarted, NodeOutcome.NotStarted],
            run.Outcomes);
        Assert.Equal([StopReason.FailFast, StopReason.None, StopReason.FailFast], run.Results.Take(3).Select(r => r.Stop));
        Assert.All(run.Results.Skip(3), r => Assert.Equal((StopReason.FailFast, 1), (r.Stop, r.Code)));
        Assert.Equal(plan.Targets[1], control.FirstFailure);
        Assert.Equal(new RunCounts(2, 0, 3, 1), control.CountsAtStop);
        // A strategy that is named decides; the default is the first failure's code.
        Assert.Equal(
            [(ExitCodeStrategy.MainRank, 7), (ExitCodeStrategy.RequireAllSuccess, 1), (ExitCodeStrategy.CheckAllNodes, 1), (ExitCodeStrategy.AnyFailure, 7)],
            Enum.GetValues<ExitCodeStrategy>().Select(strategy => (strategy, run.Summary.ExitCode(strategy))));
        Assert.Equal(3, transport.Connects);
    }

    [Fact]
    public async Task AFailureIsReportedAfterItsCause()
    {
        var plan = Executions.Plan(2) with { FailFast = true };
        var gate = new TaskCompletionSource();
        var transport = new ScriptedTransport(target => NodeScript.Runs() with
        {
            Command = async process =>
            {
                if (target.Index == 1)
                {
                    process.Fail(new TransportException(NodeOutcome.ElevationFailed, "not tried") { Cause = plan.Targets[0] });
                    return;
                }

                await gate.Task;
                process.Fail(new TransportException(NodeOutcome.ElevationFailed, "wrong"));
            },
        });
        using var control = new RunControl();
        var running = Executions.RunAsync(transport, plan, control);
        await transport.SessionsDisposedAsync(1);
        gate.SetResult();
        var run = await running;
        Assert.Equal(plan.Targets[0], control.FirstFailure);
        Assert.Equal("wrong", run.Results[0].Message);
        Assert.Equal(NodeOutcome.Canceled, run.Results[1].Outcome);
    }

    [Fact]
    public async Task AFailedConnectionIsAFailure()
    {
        var failure = new TransportException(NodeOutcome.NameNotResolved, "unknown");
        var transport = new ScriptedTransport(NodeScript.FailsToConnect(failure));
        var plan = Executions.Plan(3) with { MaxConcurrency = 1, FailFast = true };
        var run = await Executions.RunAsync(transport, plan);
        Assert.Equal([NodeOutcome.NameNotResolved, NodeOutcome.NotStarted, NodeOutcome.NotStarted], run.Outcomes);
        Assert.Equal(255, run.Summary.ExitCode(ExitCodeStrategy.MainRank));
        Assert.Equal(1, run.Summary.ExitCode(ExitCodeStrategy.RequireAllSuccess));
    }

    [Fact]
    public async Task WithoutAFailureEverythingRuns()
    {
        var plan = Executions.Plan(20) with { FailFast = true };
        var run = await Executions.RunAsync(new ScriptedTransport(NodeScript.Exits(0)), plan);
        Assert.All(run.Results, r => Assert.True(r.Succeeded));
        Assert.Equal(StopReason.None, run.Control.Reason);
    }

    [Fact]
    public async Task WhatTheStopItselfCausesIsNoFirstFailure()
    {
        // Both die with a code of their own when they are told to end.
        var transport = new ScriptedTransport(NodeScript.Runs() with
        {
            Signal = (process, _) =>
            {
                process.Exit(9);
                return ValueTask.CompletedTask;
            },
        });
        using var control = new RunControl();
        var running = Executions.RunAsync(transport, Executions.Plan(2) with { FailFast = true }, control);
        await transport.StartsAsync(2);
        control.Stop(StopReason.Interrupt);
        var run = await running;
        Assert.Null(control.FirstFailure);
        Assert.All(run.Results, r => Assert.Equal((NodeOutcome.Canceled, StopReason.Interrupt), (r.Outcome, r.Stop)));
    }

    [Fact]
    public async Task OneOfManyFailuresIsTheFirst()
    {
        var transport = new ScriptedTransport(target => NodeScript.Exits(10 + target.Index));
        var run = await Executions.RunAsync(transport, Executions.Plan(100) with { FailFast = true });
        Assert.NotNull(run.Control.FirstFailure);
        Assert.Equal(10 + run.Control.FirstFailure.Index, run.Summary.ExitCode(ExitCodeStrategy.MainRank));
    }

    [Fact]
    public async Task WithoutFailFastAFailureStopsNothing()
    {
        var run = await Executions.RunAsync(new ScriptedTransport(NodeScript.Exits(3)), Executions.Plan(50) with { MaxConcurrency = 2 });
        Assert.All(run.Results, r => Assert.Equal(3, r.ExitCode));
    }
}
