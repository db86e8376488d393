using Volley.Testing;
using Xunit;

namespace Volley.Tests.Executor;

public class ParallelExecutorTimeoutTests
{
    private static readonly TimeSpan ConnectLimit = TimeSpan.FromSeconds(11);
    private static readonly TimeSpan CommandLimit = TimeSpan.FromSeconds(13);

    private static RunPlan Plan => Executions.Plan(1) with { ConnectTimeout = ConnectLimit, CommandTimeout = CommandLimit };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task AConnectionThatTakesTooLongTimesOut(bool ignoresItsToken)
    {
        var clock = new TestClock();
        var running = Executions.RunAsync(
            new ScriptedTransport(NodeScript.Connects(null, ignoresItsToken)), Plan, time: clock);
        await clock.PassAsync(ConnectLimit);
        var result = (await running).ResultOf(0);
        Assert.Equal((NodeOutcome.ConnectTimedOut, 255, StopReason.None), (result.Outcome, result.Code, result.Stop));
        Assert.Equal("not connected after 11 s", result.Message);
        Assert.Equal(ConnectLimit, result.Elapsed);
    }

    [Fact]
    public async Task AStartThatTakesTooLongIsAConnectTimeout()
    {
        // A transport may connect only when the command is started.
        var clock = new TestClock();
        var script = new NodeScript { Start = (_, cancellationToken) => Task.Delay(Timeout.Infinite, cancellationToken) };
        var running = Executions.RunAsync(new ScriptedTransport(script), Plan, time: clock);
        await clock.PassAsync(ConnectLimit);
        Assert.Equal(NodeOutcome.ConnectTimedOut, (await running).ResultOf(0).Outcome);
    }

    [Fact]
    public async Task ACommandThatRunsTooLongIsEndedAndItsOutputKept()
    {
        var clock = new TestClock();
        var transport = new ScriptedTransport(NodeScript.Runs() with
        {
            Command = async process =>
            {
                await process.PrintAsync("half");
                await Task.Delay(Timeout.Infinite, process.Ended);
            },
        }, clock);
        var running = Executions.RunAsync(transport, Plan, time: clock);
        await clock.PassAsync(CommandLimit);
        var run = await running;
        var result = run.ResultOf(0);
        Assert.Equal((NodeOutcome.CommandTimedOut, 124, "the command ran longer than 13 s", false), (result.Outcome, result.Code, result.Message, result.MayStillRun));
        Assert.Equal("half", run.Text(0));
        Assert.Equal(["TERM"], transport.SignalsTo(0));
    }

    [Fact]
    public async Task TheConnectLimitEndsWithTheConnection()
    {
        var clock = new TestClock();
        var (connected, gate) = (new TaskCompletionSource(), new TaskCompletionSource());
        var transport = new ScriptedTransport(NodeScript.Runs(gate.Task) with { Connect = (_, _) => connected.Task });
        var running = Executions.RunAsync(transport, Plan with { CommandTimeout = Timeout.InfiniteTimeSpan }, time: clock);
        await clock.TimerAsync(ConnectLimit);
        connected.SetResult();
        await transport.StartsAsync(1);
        // The phase changes just after the start, which the first event shows; nothing of the old limit must be left then.
        gate.SetResult();
        var run = await running;
        clock.Advance(ConnectLimit);
        Assert.True(run.ResultOf(0).Succeeded);
    }

    [Fact]
    public async Task WithoutLimitsNoTimerIsSet()
    {
        var clock = new TestClock();
        var gate = new TaskCompletionSource();
        var transport = new ScriptedTransport(NodeScript.Connects(gate.Task));
        var plan = Executions.Plan(1) with { ConnectTimeout = Timeout.InfiniteTimeSpan };
        var running = Executions.RunAsync(transport, plan, time: clock);
        await transport.ConnectsAsync(1);
        clock.Advance(TimeSpan.FromDays(100));
        gate.SetResult();
        Assert.True((await running).ResultOf(0).Succeeded);
    }

    [Fact]
    public async Task ATimeoutIsAFailureThatStopsARunThatFailsFast()
    {
        var clock = new TestClock();
        var transport = new ScriptedTransport(NodeScript.Runs(), clock);
        var plan = Executions.Plan(2) with { MaxConcurrency = 1, CommandTimeout = CommandLimit, FailFast = true };
        var running = Executions.RunAsync(transport, plan, time: clock);
        await clock.PassAsync(CommandLimit);
        var run = await running;
        Assert.Equal([NodeOutcome.CommandTimedOut, NodeOutcome.NotStarted], run.Outcomes);
        Assert.Equal(124, run.Summary.ExitCode(ExitCodeStrategy.MainRank));
    }

    [Fact]
    public async Task ACommandThatCannotBeSignalledMayStillRunAfterItsTimeout()
    {
        var clock = new TestClock();
        var transport = new ScriptedTransport(NodeScript.Runs().WithSignals(() => throw new NotSupportedException()), clock);
        var running = Executions.RunAsync(transport, Plan, time: clock);
        await clock.PassAsync(CommandLimit);
        var result = (await running).ResultOf(0);
        Assert.Equal((NodeOutcome.CommandTimedOut, true), (result.Outcome, result.MayStillRun));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-5)]
    public void ALimitIsAboveZeroOrInfinite(int seconds)
    {
        var plan = Executions.Plan(1);
        Assert.Throws<ArgumentOutOfRangeException>(() => plan with { ConnectTimeout = TimeSpan.FromSeconds(seconds) });
        Assert.Throws<ArgumentOutOfRangeException>(() => plan with { CommandTimeout = TimeSpan.FromSeconds(seconds) });
        Assert.Throws<ArgumentOutOfRangeException>(() => plan with { MaxConcurrency = seconds });
        Assert.Throws<ArgumentOutOfRangeException>(() => plan with { StopGrace = TimeSpan.FromSeconds(-1) });
    }
}
