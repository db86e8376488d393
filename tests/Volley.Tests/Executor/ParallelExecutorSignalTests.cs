using Volley.Testing;
using Xunit;

namespace Volley.Tests.Executor;

/// <summary>How commands are ended: TERM, the grace, KILL, and what lives on.</summary>
public class ParallelExecutorSignalTests
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    [Fact]
    public async Task WhatACommandSaysAtTermIsKept()
    {
        var transport = new ScriptedTransport(NodeScript.Runs() with
        {
            Signal = async (process, signal) =>
            {
                await process.PrintAsync("goodbye");
                process.Die(signal);
            },
        });
        using var control = new RunControl();
        var running = Executions.RunAsync(transport, Executions.Plan(1), control);
        await transport.StartsAsync(1);
        control.Stop(StopReason.Interrupt);
        Assert.Equal("goodbye", (await running).Text(0));
    }

    [Fact]
    public async Task TermIsFollowedByKillAfterTheGrace()
    {
        var clock = new TestClock();
        var transport = new ScriptedTransport(NodeScript.Runs().DyingAt("KILL"), clock);
        using var control = new RunControl();
        var running = Executions.RunAsync(transport, Executions.Plan(1) with { StopGrace = Grace }, control, clock);
        await transport.StartsAsync(1);
        control.Stop(StopReason.Interrupt);
        await clock.TimerAsync(Grace);
        clock.Advance(Grace - TimeSpan.FromMilliseconds(1));
        Assert.Equal(["TERM"], transport.SignalsTo(0));
        clock.Advance(TimeSpan.FromMilliseconds(1));
        var run = await running;
        Assert.Equal(["TERM", "KILL"], transport.SignalsTo(0));
        Assert.Equal(Grace, transport.Signals[1].At - transport.Signals[0].At);
        Assert.Equal((NodeOutcome.Canceled, false), (run.ResultOf(0).Outcome, run.ResultOf(0).MayStillRun));
    }

    [Fact]
    public async Task StopNowCutsTheGraceShort()
    {
        var clock = new TestClock();
        var transport = new ScriptedTransport(NodeScript.Runs().DyingAt("KILL"), clock);
        using var control = new RunControl();
        var running = Executions.RunAsync(transport, Executions.Plan(3) with { StopGrace = Grace }, control, clock);
        await transport.StartsAsync(3);
        control.Stop(StopReason.Interrupt);
        await transport.SignalsAsync(3);
        control.StopNow();
        var run = await running;
        Assert.All([0, 1, 2], i => Assert.Equal(["TERM", "KILL"], transport.SignalsTo(i)));
        Assert.All(run.Results, r => Assert.Equal((NodeOutcome.Canceled, false, TimeSpan.Zero), (r.Outcome, r.MayStillRun, r.Elapsed)));
    }

    [Fact]
    public async Task WithoutGraceKillFollowsAtOnce()
    {
        var clock = new TestClock();
        var transport = new ScriptedTransport(NodeScript.Runs().DyingAt("KILL"), clock);
        using var control = new RunControl();
        var running = Executions.RunAsync(transport, Executions.Plan(1) with { StopGrace = TimeSpan.Zero }, control, clock);
        await transport.StartsAsync(1);
        control.Stop(StopReason.Interrupt);
        await running;
        Assert.Equal(["TERM", "KILL"], transport.SignalsTo(0));
    }

    [Fact]
    public async Task WhatKillDoesNotEndMayStillRun()
    {
        var clock = new TestClock();
        var transport = new ScriptedTransport(NodeScript.Runs().DyingAt(), clock);
        using var control = new RunControl();
        var running = Executions.RunAsync(transport, Executions.Plan(1) with { StopGrace = Grace }, control, clock);
        await transport.StartsAsync(1);
        control.Stop(StopReason.Interrupt);
        await clock.PassAsync(Grace);
        await clock.PassAsync(TimeSpan.FromSeconds(1));
        var run = await running;
        Assert.True(run.ResultOf(0).MayStillRun);
        Assert.Equal(["h0"], run.Summary.MayStillRun.Select(t => t.Name));
        Assert.Equal(1, transport.ProcessesDisposed);
    }

    [Fact]
    public async Task WhatCannotBeSignalledMayStillRun()
    {
        var transport = new ScriptedTransport(NodeScript.Runs().WithSignals(() => throw new NotSupportedException()));
        using var control = new RunControl();
        var running = Executions.RunAsync(transport, Executions.Plan(1), control);
        await transport.StartsAsync(1);
        control.Stop(StopReason.Interrupt);
        var result = (await running).ResultOf(0);
        Assert.Equal((NodeOutcome.Canceled, StopReason.Interrupt, true), (result.Outcome, result.Stop, result.MayStillRun));
    }

    [Fact]
    public async Task ASignalThatFailsUnforeseenIsLikeOneThatCannotBeSent()
    {
        // It got out of the stop, which then claimed that nothing ran any more.
        var transport = new ScriptedTransport(NodeScript.Runs().WithSignals(() => throw new InvalidDataException("odd")));
        using var control = new RunControl();
        var running = Executions.RunAsync(transport, Executions.Plan(2), control);
        await transport.StartsAsync(2);
        control.Stop(StopReason.Interrupt);
        Assert.All((await running).Results, r => Assert.Equal((NodeOutcome.Canceled, true), (r.Outcome, r.MayStillRun)));
    }

    [Fact]
    public async Task ASignalThatHangsIsGivenUp()
    {
        var clock = new TestClock();
        var transport = new ScriptedTransport(NodeScript.Runs().WithSignals(() => new(new TaskCompletionSource().Task)), clock);
        using var control = new RunControl();
        var running = Executions.RunAsync(transport, Executions.Plan(1), control, clock);
        await transport.StartsAsync(1);
        control.Stop(StopReason.Interrupt);
        await clock.PassAsync(TimeSpan.FromSeconds(1));
        Assert.True((await running).ResultOf(0).MayStillRun);
    }

    [Fact]
    public async Task SurvivorsHaveTheRestOfTheGraceAndThenGetKill()
    {
        var clock = new TestClock();
        var transport = new ScriptedTransport(NodeScript.Runs() with
        {
            Signal = (process, signal) =>
            {
                process.HasSurvivors = signal == "TERM";
                process.Die(signal);
                return ValueTask.CompletedTask;
            },
        }, clock);
        using var control = new RunControl();
        var running = Executions.RunAsync(transport, Executions.Plan(1) with { StopGrace = Grace }, control, clock);
        await transport.StartsAsync(1);
        control.Stop(StopReason.Interrupt);
        await clock.TimerAsync(TimeSpan.FromMilliseconds(50));
        Assert.Equal(["TERM"], transport.SignalsTo(0));
        clock.Advance(Grace);
        var run = await running;
        Assert.Equal(["TERM", "KILL"], transport.SignalsTo(0));
        Assert.False(run.ResultOf(0).MayStillRun);
    }

    [Fact]
    public async Task SurvivorsThatGoByThemselvesGetNoKill()
    {
        var clock = new TestClock();
        var transport = new ScriptedTransport(NodeScript.Runs() with
        {
            Signal = (process, signal) =>
            {
                process.HasSurvivors = true;
                process.Die(signal);
                return ValueTask.CompletedTask;
            },
        }, clock);
        using var control = new RunControl();
        var running = Executions.RunAsync(transport, Executions.Plan(1) with { StopGrace = Grace }, control, clock);
        await transport.StartsAsync(1);
        control.Stop(StopReason.Interrupt);
        await clock.TimerAsync(TimeSpan.FromMilliseconds(50));
        transport.Process(0).HasSurvivors = false;
        clock.Advance(TimeSpan.FromMilliseconds(50));
        var run = await running;
        Assert.Equal(["TERM"], transport.SignalsTo(0));
        Assert.False(run.ResultOf(0).MayStillRun);
    }

    [Fact]
    public async Task ACommandThatExitsByItselfAtTermIsCanceledAllTheSame()
    {
        var transport = new ScriptedTransport(NodeScript.Runs() with
        {
            Signal = (process, _) =>
            {
                process.Exit(0);
                return ValueTask.CompletedTask;
            },
        });
        using var control = new RunControl();
        var running = Executions.RunAsync(transport, Executions.Plan(1), control);
        await transport.StartsAsync(1);
        control.Stop(StopReason.Interrupt);
        var result = (await running).ResultOf(0);
        Assert.Equal((NodeOutcome.Canceled, null, false), (result.Outcome, result.ExitCode, result.Succeeded));
    }
}
