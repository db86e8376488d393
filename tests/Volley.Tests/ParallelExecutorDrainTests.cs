using Volley.Testing;
using Xunit;

namespace Volley.Tests;

/// <summary>What a command left behind when it ended: its last output is waited for, and nothing else.</summary>
public class ParallelExecutorDrainTests
{
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
                await clock.TimerAsync(OutputReader.IdleLimit);
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
        await clock.PassUntilAsync(running, OutputReader.IdleLimit);
        var run = await running;
        Assert.Equal((NodeOutcome.Exited, false), (run.ResultOf(0).Outcome, run.ResultOf(0).MayStillRun));
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
        await clock.PassUntilAsync(running, OutputReader.IdleLimit);
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

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task OutputThatIsStillOnItsWayIsWaitedFor(bool streamsEnd)
    {
        var clock = new TestClock();
        var script = HoldingItsStreams(async process =>
        {
            await clock.PassAsync(OutputReader.IdleLimit);
            await clock.TimerAsync(OutputReader.SilenceLimit);
            await process.PrintAsync("last");
            if (!streamsEnd)
                return;
            // Then nothing can be on its way, and whoever would say so may be unable to, until the node lets go of its thread.
            process.EndStreams();
            await Task.Delay(Timeout.Infinite, process.Ended);
        });
        var run = await Executions.RunAsync(new ScriptedTransport(script), Executions.Plan(1), time: clock);
        Assert.Equal(("last", 0), (run.Text(0), run.ResultOf(0).ExitCode));
    }

    [Fact]
    public async Task ATargetThatIsSilentIsNotWaitedForAnyLonger()
    {
        var clock = new TestClock();
        var script = HoldingItsStreams(async process =>
        {
            await process.PrintAsync("one");
            // What was read meanwhile makes for one more round.
            await clock.PassUntilAsync(clock.TimerAsync(OutputReader.SilenceLimit), OutputReader.IdleLimit);
            clock.Advance(OutputReader.SilenceLimit);
            await Task.Delay(Timeout.Infinite, process.Ended);
        });
        var run = await Executions.RunAsync(new ScriptedTransport(script), Executions.Plan(1), time: clock);
        Assert.Equal(("one", 0), (run.Text(0), run.ResultOf(0).ExitCode));
    }

    /// <summary>A command that exits at once; what it left behind does something, and all has come once that is done.</summary>
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
            Settle = _ => hasCome.Task,
        };
    }
}
