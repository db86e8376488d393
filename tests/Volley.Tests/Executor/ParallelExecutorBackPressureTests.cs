using Volley.Execution;
using Volley.Testing;
using Xunit;

namespace Volley.Tests.Executor;

/// <summary>A reader that is slow, stands still, or leaves.</summary>
public class ParallelExecutorBackPressureTests
{
    [Fact]
    public async Task AReaderThatStandsStillBoundsWhatIsUnderWay()
    {
        const int Nodes = 8;
        const int LargestBuffer = 64 * 1024;
        // A full queue also keeps nodes from starting.
        var gate = new TaskCompletionSource();
        var transport = new ScriptedTransport(new NodeScript
        {
            Command = async process =>
            {
                await gate.Task;
                var chunk = new byte[ScriptedProcess.Window];
                while (true)
                    await process.PrintAsync(chunk);
            },
        });
        var executor = new ParallelExecutor(transport);
        await using var events = executor.RunAsync(Executions.Plan(Nodes)).GetAsyncEnumerator(TestContext.Current.CancellationToken);
        await events.MoveNextAsync().AsTask().Within();
        await transport.StartsAsync(Nodes);
        gate.SetResult();
        await StandsStillAsync();

        var read = Enumerable.Range(0, Nodes).Sum(i => transport.Process(i).BytesRead);
        Assert.InRange(read, 1, EventQueue.Capacity + (Nodes * LargestBuffer));

        // Blocked nodes continue as soon as the reader does.
        long taken = 0;
        while (taken < 3L * EventQueue.Capacity)
        {
            await events.MoveNextAsync().AsTask().Within();
            taken += (events.Current as NodeOutput)?.Data.Length ?? 0;
        }

        // Nothing reads any more once two looks, a while apart, see the same.
        async Task StandsStillAsync()
        {
            for (long last = -1; ;)
            {
                var now = Enumerable.Range(0, Nodes).Sum(i => transport.Process(i).BytesRead);
                if (now == last && now > EventQueue.Capacity / 2)
                    return;
                last = now;
                await Task.Delay(100, TestContext.Current.CancellationToken);
            }
        }
    }

    [Fact]
    public async Task AReaderThatLeavesEndsTheCommandsAndWaitsForThem()
    {
        var dying = new TaskCompletionSource();
        var transport = new ScriptedTransport(NodeScript.Runs() with
        {
            Signal = async (process, signal) =>
            {
                await dying.Task;
                process.Die(signal);
            },
        });
        using var control = new RunControl();
        var events = new ParallelExecutor(transport).RunAsync(Executions.Plan(10) with { MaxConcurrency = 4 }, control)
            .GetAsyncEnumerator(TestContext.Current.CancellationToken);
        await events.MoveNextAsync().AsTask().Within();
        await transport.StartsAsync(4);

        var leaving = events.DisposeAsync().AsTask();
        await transport.SignalsAsync(4);
        Assert.False(leaving.IsCompleted);
        dying.SetResult();
        await leaving.Within();

        Assert.Equal(["TERM", "TERM", "TERM", "TERM"], transport.Signals.Select(s => s.Name));
        Assert.Equal((4, 4, 4), (transport.Connects, transport.ProcessesDisposed, transport.SessionsDisposed));
        Assert.Equal(StopReason.ReaderLeft, control.Reason);
    }

    [Fact]
    public async Task AReaderThatLeavesInAFloodIsNotHeld()
    {
        var transport = new ScriptedTransport(NodeScript.Runs() with
        {
            Command = process =>
            {
                process.PrintForever();
                return Task.Delay(Timeout.Infinite, process.Ended);
            },
        });
        using var control = new RunControl();
        await LeaveAsync().Within();
        Assert.Equal(StopReason.ReaderLeft, control.Reason);
        Assert.Equal(transport.Sessions, transport.SessionsDisposed);

        async Task LeaveAsync()
        {
            var outputs = 0;
            await foreach (var nodeEvent in new ParallelExecutor(transport).RunAsync(Executions.Plan(4), control))
            {
                if (nodeEvent is NodeOutput && ++outputs == 500)
                    break;
            }
        }
    }

    [Fact]
    public async Task AnExceptionInTheLoopLeavesIt()
    {
        var transport = new ScriptedTransport(NodeScript.Runs());
        using var control = new RunControl();
        await Assert.ThrowsAsync<InvalidDataException>(() => Executions.RunAsync(
            transport, Executions.Plan(3), control, onEvent: _ => throw new InvalidDataException()));
        Assert.Equal(StopReason.ReaderLeft, control.Reason);
        Assert.Equal(transport.Sessions, transport.SessionsDisposed);
    }

    [Fact]
    public async Task AStopKeepsItsReasonWhenTheReaderLeavesAfterwards()
    {
        var transport = new ScriptedTransport(NodeScript.Runs());
        using var control = new RunControl();
        var events = new ParallelExecutor(transport).RunAsync(Executions.Plan(3), control).GetAsyncEnumerator(TestContext.Current.CancellationToken);
        await events.MoveNextAsync().AsTask().Within();
        control.Stop(StopReason.Terminate);
        await events.DisposeAsync().AsTask().Within();
        Assert.Equal(StopReason.Terminate, control.Reason);
    }

    [Fact]
    public async Task AFloodDoesNotKeepAStopOut()
    {
        // A transport that always has data never released the thread that was to handle the stop.
        var transport = new ScriptedTransport(new NodeScript
        {
            Command = process =>
            {
                process.PrintForever();
                return Task.Delay(Timeout.Infinite, process.Ended);
            },
        });
        using var control = new RunControl();
        var outputs = 0;
        var result = await ReadAsync().Within();
        // What still prints after its end has left something behind.
        Assert.Equal((NodeOutcome.Canceled, StopReason.Interrupt, true), (result?.Outcome, result?.Stop, result?.MayStillRun));

        async Task<NodeResult?> ReadAsync()
        {
            NodeResult? last = null;
            await foreach (var nodeEvent in new ParallelExecutor(transport).RunAsync(Executions.Plan(1), control))
            {
                last = (nodeEvent as NodeFinished)?.Result;
                if (nodeEvent is NodeOutput && ++outputs == 100)
                    control.Stop(StopReason.Interrupt);
            }

            return last;
        }
    }
}
