using Volley.Execution;
using Volley.Testing;
using Xunit;

namespace Volley.Tests.Executor;

/// <summary>Output after a command's exit: its last output is awaited, that of processes it left behind for a limited time.</summary>
public class ParallelExecutorDrainTests
{
    private static readonly TimeSpan Drain = TimeSpan.FromMilliseconds(250);

    [Fact]
    public async Task OutputThatComesSoonAfterTheExitIsKept()
    {
        var clock = new TestClock();
        var script = new NodeScript
        {
            Command = async process =>
            {
                process.Exit(3);
                // The drain has begun.
                await clock.TimerAsync(Drain);
                await process.PrintAsync("late");
            },
        };
        var run = await Executions.RunAsync(new ScriptedTransport(script), Executions.Plan(1), time: clock);
        Assert.Equal("late", run.Text(0));
        Assert.Equal(3, run.ResultOf(0).ExitCode);
    }

    [Fact]
    public async Task AStreamThatNeverEndsDoesNotHoldTheNode()
    {
        var clock = new TestClock();
        var script = new NodeScript
        {
            Command = async process =>
            {
                process.HoldStreams();
                await process.PrintAsync("before");
                process.Exit(0);
            },
        };
        var running = Executions.RunAsync(new ScriptedTransport(script), Executions.Plan(1), time: clock);
        await clock.PassUntilAsync(running, Drain);
        var run = await running;
        Assert.Equal((NodeOutcome.Exited, false, true), (run.ResultOf(0).Outcome, run.ResultOf(0).MayStillRun, run.ResultOf(0).OutputMayBeIncomplete));
        Assert.Equal("before", run.Text(0));
    }

    [Fact]
    public async Task AStreamThatNeverPausesDoesNotHoldTheNode()
    {
        var clock = new TestClock();
        var script = new NodeScript
        {
            Command = process =>
            {
                process.HoldStreams();
                process.PrintForever();
                return Task.CompletedTask;
            },
        };
        var transport = new ScriptedTransport(script);
        var running = ReadAsync();
        await clock.PassUntilAsync(running, Drain);
        var result = await running.Within();
        Assert.Equal(0, result?.ExitCode);

        async Task<NodeResult?> ReadAsync()
        {
            NodeResult? last = null;
            await foreach (var nodeEvent in new ParallelExecutor(transport, clock).RunAsync(Executions.Plan(1)))
                last = (nodeEvent as NodeFinished)?.Result;
            return last;
        }
    }

    [Fact]
    public async Task TheLimitOfTheDrainDoesNotRunWhileTheReaderIsSlow()
    {
        const int Pauses = 100;
        var clock = new TestClock();
        var room = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var target = Executions.Targets(1)[0];
        var transport = new ScriptedTransport(HoldingItsStreams(async process =>
        {
            await room.Task;
            await process.PrintAsync("late");
            process.EndStreams();
        }));
        await using var session = await transport.ConnectAsync(target, TestContext.Current.CancellationToken);
        await using var process = await session.StartAsync(CommandJob.Shell("true"), TestContext.Current.CancellationToken);
        // The reader of the events has taken nothing for so long that the queue is full.
        var events = new EventQueue();
        await events.AddAsync(new NodeOutput(target, StreamKind.Stdout, default) { Rented = new byte[EventQueue.Capacity] });
        using var deadline = new Deadline(clock);
        using var control = new RunControl();
        var node = new Node(new RunContext(transport, Timeout.InfiniteTimeSpan, Executions.Plan(1), control, events, clock), target, deadline);
        using var reader = new OutputReader(process, node);
        var reading = reader.ReadToEndAsync();
        var draining = reader.DrainAsync(Drain, TestContext.Current.CancellationToken);
        for (var i = 0; i < Pauses; i++)
            await clock.PassAsync(Drain);

        Assert.True(await events.MoveNextAsync());
        var next = events.MoveNextAsync().AsTask();
        room.SetResult();
        await Task.WhenAll(draining, reading).Within();
        Assert.Equal((4L, true), (node.StdoutBytes, reader.HasEnded));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task OutputThatIsStillOnItsWayIsWaitedForHoweverLongItTakes(bool streamsEnd)
    {
        var clock = new TestClock();
        var printed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var script = HoldingItsStreams(async process =>
        {
            await clock.PassAsync(Drain);
            // No clock ends the wait for a target that does not answer.
            clock.Advance(TimeSpan.FromDays(1));
            await process.PrintAsync("last");
            printed.SetResult();
            if (!streamsEnd)
                return;
            // The end of the streams is enough: the target's answer may need the thread that the node occupies.
            process.EndStreams();
            await Task.Delay(Timeout.Infinite, process.Ended);
        });
        var running = Executions.RunAsync(new ScriptedTransport(script), Executions.Plan(1), time: clock);
        await printed.Task;
        await clock.PassUntilAsync(running, Drain);
        var result = (await running).ResultOf(0);
        Assert.Equal(("last", 0, !streamsEnd), ((await running).Text(0), result.ExitCode, result.OutputMayBeIncomplete));
    }

    [Fact]
    public async Task AStopEndsTheWaitAndKeepsTheExitCode()
    {
        var clock = new TestClock();
        var script = HoldingItsStreams(process => Task.Delay(Timeout.Infinite, process.Ended));
        using var control = new RunControl();
        var running = Executions.RunAsync(new ScriptedTransport(script), Executions.Plan(1), control, time: clock);
        await clock.PassAsync(Drain);
        control.Stop(StopReason.Interrupt);
        var result = (await running).ResultOf(0);
        Assert.Equal((NodeOutcome.Exited, 0, true, false), (result.Outcome, result.ExitCode, result.OutputMayBeIncomplete, result.MayStillRun));
    }

    [Fact]
    public async Task TheLimitOfTheCommandEndsTheWaitForItsStreams()
    {
        var clock = new TestClock();
        var script = HoldingItsStreams(process => Task.Delay(Timeout.Infinite, process.Ended));
        var limit = TimeSpan.FromSeconds(13);
        var plan = Executions.Plan(1) with { Drain = Timeout.InfiniteTimeSpan, CommandTimeout = limit };
        var running = Executions.RunAsync(new ScriptedTransport(script), plan, time: clock);
        await clock.PassAsync(limit);
        var result = (await running).ResultOf(0);
        Assert.Equal((NodeOutcome.Exited, 0, true), (result.Outcome, result.ExitCode, result.OutputMayBeIncomplete));
    }

    [Fact]
    public async Task WithoutADrainOnlyWhatTheCommandPrintedIsWaitedFor()
    {
        var script = HoldingItsStreams(process => process.PrintAsync("last"));
        var run = await Executions.RunAsync(new ScriptedTransport(script), Executions.Plan(1) with { Drain = TimeSpan.Zero }, time: new TestClock());
        Assert.Equal(("last", true), (run.Text(0), run.ResultOf(0).OutputMayBeIncomplete));
    }

    [Fact]
    public async Task WithAnEndlessDrainTheStreamsEndTheNode()
    {
        var script = HoldingItsStreams(async process =>
        {
            await process.PrintAsync("last");
            process.EndStreams();
        });
        var run = await Executions.RunAsync(new ScriptedTransport(script), Executions.Plan(1) with { Drain = Timeout.InfiniteTimeSpan }, time: new TestClock());
        Assert.Equal(("last", false), (run.Text(0), run.ResultOf(0).OutputMayBeIncomplete));
    }

    [Fact]
    public void ADrainIsNotNegative() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Executions.Plan(1) with { Drain = TimeSpan.FromSeconds(-1) });

    /// <summary>A command that exits at once and leaves a process behind. Its output has arrived when that process is done.</summary>
    private static NodeScript HoldingItsStreams(Func<ScriptedProcess, Task> leftBehind)
    {
        var hasCome = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return new()
        {
            Command = async process =>
            {
                process.HoldStreams();
                process.Exit(0);
                await leftBehind(process);
                hasCome.SetResult();
            },
            Settle = token => hasCome.Task.WaitAsync(token),
        };
    }
}
