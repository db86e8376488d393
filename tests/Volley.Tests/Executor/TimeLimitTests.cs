using Volley.Testing;
using Xunit;

namespace Volley.Tests.Executor;

public class TimeLimitTests
{
    private static readonly TimeSpan IdleLimit = TimeSpan.FromSeconds(7);
    private static readonly TimeSpan RunLimit = TimeSpan.FromSeconds(40);

    [Fact]
    public async Task ASilentCommandIsEndedAndItsOutputKept()
    {
        var clock = new TestClock();
        var transport = new ScriptedTransport(NodeScript.Runs() with
        {
            Command = async process =>
            {
                await process.PrintAsync("up");
                await Task.Delay(Timeout.Infinite, process.Ended);
            },
        }, clock);
        var running = Executions.RunAsync(transport, Executions.Plan(1) with { IdleTimeout = IdleLimit }, time: clock);
        await clock.PassAsync(IdleLimit);
        var run = await running;
        var result = run.ResultOf(0);
        Assert.Equal(
            (NodeOutcome.IdleTimedOut, 124, "timed out without output", "the command printed nothing for 7 s", false),
            (result.Outcome, result.Code, result.Cause, result.Message, result.MayStillRun));
        Assert.Equal("up", run.Text(0));
        Assert.Equal(["TERM"], transport.SignalsTo(0));
    }

    [Fact]
    public async Task EachOutputStartsTheSilenceAgain()
    {
        var clock = new TestClock();
        var (half, read) = (IdleLimit / 2, new SemaphoreSlim(0));
        var print = new SemaphoreSlim(0);
        var transport = new ScriptedTransport(NodeScript.Runs() with
        {
            Command = async process =>
            {
                for (var i = 0; i < 4; i++)
                {
                    await print.WaitAsync(process.Ended);
                    await process.PrintAsync("x");
                }

                await Task.Delay(Timeout.Infinite, process.Ended);
            },
        }, clock);
        var plan = Executions.Plan(1) with { IdleTimeout = IdleLimit };
        var running = Executions.RunAsync(transport, plan, time: clock, onEvent: nodeEvent =>
        {
            if (nodeEvent is NodeOutput)
                read.Release();
            return Task.CompletedTask;
        });
        await clock.TimerAsync(IdleLimit);
        for (var i = 0; i < 4; i++)
        {
            clock.Advance(half);
            print.Release();
            Assert.True(await read.WaitAsync(Executions.Limit, TestContext.Current.CancellationToken));
        }

        Assert.False(running.IsCompleted);
        Assert.Empty(transport.Signals);
        clock.Advance(half);
        clock.Advance(half);
        var run = await running;
        Assert.Equal(NodeOutcome.IdleTimedOut, run.ResultOf(0).Outcome);
        Assert.Equal("xxxx", run.Text(0));
    }

    [Fact]
    public async Task OutputThatTheReaderDoesNotTakeIsNoSilence()
    {
        var clock = new TestClock();
        var opened = new TaskCompletionSource();
        var asked = new TaskCompletionSource();
        var transport = new ScriptedTransport(NodeScript.Prints("done"), clock);
        var plan = Executions.Plan(1) with
        {
            IdleTimeout = IdleLimit,
            OutputGate = _ =>
            {
                asked.TrySetResult();
                return opened.Task;
            },
        };
        var running = Executions.RunAsync(transport, plan, time: clock);
        await asked.Task.Within();
        await clock.TimerAsync(IdleLimit);
        for (var i = 0; i < 5; i++)
            clock.Advance(IdleLimit);
        opened.SetResult();
        var run = await running;
        Assert.True(run.ResultOf(0).Succeeded);
        Assert.Equal("done", run.Text(0));
    }

    [Fact]
    public async Task TheSlowestIsEndedByTheMedianOfTheOthers()
    {
        var clock = new TestClock();
        var gates = Gates(4);
        var transport = Gated(gates, clock);
        var ended = new SemaphoreSlim(0);
        var plan = Executions.Plan(5) with { RelativeTimeout = 3 };
        var running = Executions.RunAsync(transport, plan, time: clock, onEvent: Counts(ended));
        await transport.StartsAsync(5);
        // 2, 4, 6 and 8 seconds.
        foreach (var gate in gates.Take(3))
        {
            clock.Advance(TimeSpan.FromSeconds(2));
            gate.SetResult();
            await EndAsync(ended);
        }

        // Three of five have ended: 3 times the median of 4 s.
        clock.Advance(TimeSpan.FromSeconds(2));
        gates[3].SetResult();
        await EndAsync(ended);
        // Now 3 times 5 s, of which 8 s have passed.
        clock.Advance(TimeSpan.FromSeconds(6.9));
        Assert.Empty(transport.Signals);
        clock.Advance(TimeSpan.FromSeconds(0.2));
        var result = (await running).ResultOf(4);
        Assert.Equal(
            (NodeOutcome.RelativeTimedOut, 124, "timed out against the median", "the command ran longer than 15 s; the median of the others is 5 s"),
            (result.Outcome, result.Code, result.Cause, result.Message));
        Assert.Equal(["TERM"], transport.SignalsTo(4));
    }

    [Fact]
    public async Task BeforeHalfHaveEndedTheMedianIsNoLimit()
    {
        var clock = new TestClock();
        var gates = Gates(5);
        var transport = Gated(gates, clock);
        var ended = new SemaphoreSlim(0);
        var running = Executions.RunAsync(transport, Executions.Plan(5) with { RelativeTimeout = 2 }, time: clock, onEvent: Counts(ended));
        await transport.StartsAsync(5);
        clock.Advance(TimeSpan.FromSeconds(1));
        gates[0].SetResult();
        gates[1].SetResult();
        await EndAsync(ended);
        await EndAsync(ended);
        clock.Advance(TimeSpan.FromHours(1));
        foreach (var gate in gates.Skip(2))
            gate.SetResult();
        var run = await running;
        // The last ones may end at the limit that the third sets; none was ended before it.
        Assert.True(run.Results.Count(result => result.Succeeded) >= 3);
    }

    [Fact]
    public async Task ShortCommandsHaveASecond()
    {
        var clock = new TestClock();
        var gates = Gates(1);
        var transport = Gated(gates, clock);
        var ended = new SemaphoreSlim(0);
        var running = Executions.RunAsync(transport, Executions.Plan(2) with { RelativeTimeout = 5 }, time: clock, onEvent: Counts(ended));
        await transport.StartsAsync(2);
        clock.Advance(TimeSpan.FromMilliseconds(10));
        gates[0].SetResult();
        await EndAsync(ended);
        clock.Advance(TimeSpan.FromMilliseconds(900));
        Assert.Empty(transport.Signals);
        // The command may have begun before the clock was advanced or after it, and its timer is set on another thread.
        while (!running.IsCompleted)
        {
            clock.Advance(TimeSpan.FromMilliseconds(100));
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }

        Assert.Equal("the command ran longer than 1 s; the median of the others is 0.01 s", (await running).ResultOf(1).Message);
    }

    [Fact]
    public async Task FailuresToConnectAreNoDurations()
    {
        var clock = new TestClock();
        var transport = new ScriptedTransport(
            target => target.Index < 2 ? NodeScript.FailsToConnect(new TransportException(NodeOutcome.ConnectFailed, "refused")) : NodeScript.Runs(), clock);
        var ended = new SemaphoreSlim(0);
        using var control = new RunControl();
        var running = Executions.RunAsync(transport, Executions.Plan(3) with { RelativeTimeout = 2 }, control, clock, Counts(ended));
        await EndAsync(ended);
        await EndAsync(ended);
        await transport.StartsAsync(1);
        clock.Advance(TimeSpan.FromDays(1));
        Assert.Empty(transport.Signals);
        control.Stop(StopReason.Requested);
        Assert.Equal(NodeOutcome.Canceled, (await running).ResultOf(2).Outcome);
    }

    [Theory]
    [InlineData(ExitCodeStrategy.MainRank, 124)]
    [InlineData(ExitCodeStrategy.RequireAllSuccess, 1)]
    [InlineData(ExitCodeStrategy.CheckAllNodes, 1)]
    [InlineData(ExitCodeStrategy.AnyFailure, 124)]
    public async Task TheDeadlineStopsWhatRunsAndStartsNothingMore(ExitCodeStrategy strategy, int code)
    {
        var clock = new TestClock();
        var connecting = NodeScript.Connects();
        var transport = new ScriptedTransport(
            target => target.Index switch { 0 => NodeScript.Prints("done"), 1 => connecting, _ => NodeScript.Runs() }, clock);
        var ended = new SemaphoreSlim(0);
        // Fail-fast leaves it to the deadline: a stop is no failure.
        var plan = Executions.Plan(5) with { Deadline = RunLimit, MaxConcurrency = 3, ConnectTimeout = Timeout.InfiniteTimeSpan, FailFast = true };
        var running = Executions.RunAsync(transport, plan, time: clock, onEvent: Counts(ended));
        await EndAsync(ended);
        await transport.StartsAsync(3);
        clock.Advance(RunLimit);
        var run = await running;
        Assert.Equal(
            [NodeOutcome.Exited, NodeOutcome.DeadlineExceeded, NodeOutcome.DeadlineExceeded, NodeOutcome.DeadlineExceeded, NodeOutcome.NotStarted], run.Outcomes);
        Assert.Equal(["deadline exceeded", "not started before the deadline"], run.Summary.Failures().Select(group => group.Key));
        Assert.All(run.Results.Skip(1), result => Assert.Equal((124, StopReason.Deadline, false), (result.Code, result.Stop, result.MayStillRun)));
        Assert.Equal((StopReason.Deadline, code), (run.Control.Reason, run.Summary.ExitCode(strategy)));
        Assert.Equal(["TERM"], transport.SignalsTo(2));
    }

    [Fact]
    public async Task ADeadlineThatElapsesAfterTheLastTargetStopsNothing()
    {
        var clock = new TestClock();
        var run = await Executions.RunAsync(
            new ScriptedTransport(NodeScript.Exits(0), clock),
            Executions.Plan(1) with { Deadline = RunLimit },
            time: clock,
            onEvent: nodeEvent =>
            {
                if (nodeEvent is NodeFinished)
                    clock.Advance(RunLimit * 2);
                return Task.CompletedTask;
            });
        Assert.Equal((StopReason.None, 0), (run.Control.Reason, run.Summary.ExitCode(ExitCodeStrategy.MainRank)));
    }

    [Fact]
    public void TheLimitsAreChecked()
    {
        var plan = Executions.Plan(1);
        Assert.Throws<ArgumentOutOfRangeException>("IdleTimeout", () => plan with { IdleTimeout = TimeSpan.Zero });
        Assert.Throws<ArgumentOutOfRangeException>("Deadline", () => plan with { Deadline = TimeSpan.FromSeconds(-5) });
        foreach (var factor in (double[])[0, -1, 1, 1_000_001, double.NaN, double.PositiveInfinity])
            Assert.Throws<ArgumentOutOfRangeException>("RelativeTimeout", () => plan with { RelativeTimeout = factor });
    }

    private static TaskCompletionSource[] Gates(int count) => [.. Enumerable.Range(0, count).Select(_ => new TaskCompletionSource())];

    /// <summary>Returns a transport whose targets run until their gate opens; those without one run until they are ended.</summary>
    private static ScriptedTransport Gated(TaskCompletionSource[] gates, TimeProvider clock) =>
        new(target => NodeScript.Runs(target.Index < gates.Length ? gates[target.Index].Task : null), clock);

    private static Func<NodeEvent, Task> Counts(SemaphoreSlim ended) => nodeEvent =>
    {
        if (nodeEvent is NodeFinished)
            ended.Release();
        return Task.CompletedTask;
    };

    private static async Task EndAsync(SemaphoreSlim ended) =>
        Assert.True(await ended.WaitAsync(Executions.Limit, TestContext.Current.CancellationToken));
}
