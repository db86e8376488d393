using System.Text;
using Volley.Testing;
using Xunit;

namespace Volley.Tests.Executor;

/// <summary>The events of a run as a sequence: who owns their bytes, and how often they can be read.</summary>
public class RunEventsTests
{
    private static readonly ScriptedTransport SaysItsName = new(target => NodeScript.Prints($"I am {target.Name}"));

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task CollectedEventsHaveEachHostsOwnBytes()
    {
        // Of 500 collected events, 263 had the bytes of another host.
        var outputs = await new ParallelExecutor(SaysItsName).RunAsync(Executions.Plan(500), cancellationToken: Stop)
            .OfType<NodeOutput>().ToListAsync(Stop).AsTask().Within();
        Assert.Equal(500, outputs.Count);
        Assert.All(outputs, output => Assert.Equal($"I am {output.Target.Name}", Encoding.UTF8.GetString(output.Data.Span)));
    }

    [Fact]
    public async Task ReusedBuffersHaveTheBytesUntilTheNextEvent()
    {
        var plan = Executions.Plan(500) with { ReusesOutputBuffers = true };
        var count = 0;
        await foreach (var output in new ParallelExecutor(SaysItsName).RunAsync(plan, cancellationToken: Stop).OfType<NodeOutput>())
        {
            Assert.Equal($"I am {output.Target.Name}", Encoding.UTF8.GetString(output.Data.Span));
            count++;
        }

        Assert.Equal(500, count);
    }

    [Fact]
    public async Task ASecondEnumerationThrows()
    {
        var transport = new ScriptedTransport(NodeScript.Exits(0));
        var events = new ParallelExecutor(transport).RunAsync(Executions.Plan(2), cancellationToken: Stop);
        Assert.Equal(2, await events.OfType<NodeFinished>().CountAsync(Stop).AsTask().Within());
        await Assert.ThrowsAsync<InvalidOperationException>(() => events.ToListAsync(Stop).AsTask());
        Assert.Equal(2, transport.Starts);
    }

    [Fact]
    public async Task AConcurrentEnumerationThrowsAndTheFirstGoesOn()
    {
        var gate = new TaskCompletionSource();
        var transport = new ScriptedTransport(NodeScript.Runs(gate.Task));
        var events = new ParallelExecutor(transport).RunAsync(Executions.Plan(2), cancellationToken: Stop);
        var first = events.ToListAsync(Stop).AsTask();
        await transport.StartsAsync(2);
        await Assert.ThrowsAsync<InvalidOperationException>(() => events.ToListAsync(Stop).AsTask());
        gate.SetResult();
        Assert.All((await first.Within()).OfType<NodeFinished>(), finished => Assert.True(finished.Result.Succeeded));
        Assert.Equal(2, transport.Starts);
    }

    [Fact]
    public async Task EventsThatAreNeverEnumeratedRunNothing()
    {
        var transport = new ScriptedTransport(NodeScript.Exits(0));
        var events = new ParallelExecutor(transport).RunAsync(Executions.Plan(2), cancellationToken: Stop);
        await using (events.GetAsyncEnumerator(Stop))
        {
        }

        Assert.Equal(0, transport.Connects);
    }

    [Fact]
    public async Task EitherTokenStopsTheRun()
    {
        foreach (var isReaders in new[] { false, true })
        {
            using var stopping = new CancellationTokenSource();
            var transport = new ScriptedTransport(NodeScript.Runs());
            var events = new ParallelExecutor(transport).RunAsync(Executions.Plan(2), cancellationToken: isReaders ? Stop : stopping.Token);
            var reading = events.WithCancellation(isReaders ? stopping.Token : Stop).GetAsyncEnumerator();
            var results = new List<NodeResult>();
            while (await reading.MoveNextAsync())
            {
                if (reading.Current is NodeStarted)
                    await stopping.CancelAsync();
                if (reading.Current is NodeFinished finished)
                    results.Add(finished.Result);
            }

            await reading.DisposeAsync();
            Assert.Equal(2, results.Count);
            Assert.All(results, result => Assert.Equal(StopReason.Requested, result.Stop));
        }
    }

    [Fact]
    public void ANullPlanIsRefusedAtTheCall() =>
        Assert.Throws<ArgumentNullException>("plan", () => { _ = new ParallelExecutor(SaysItsName).RunAsync(null!); });

    [Fact]
    public async Task ADisposedTransportOrControlThrows()
    {
        var transport = new ExecTransport();
        await transport.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => transport.ConnectAsync(new Target("h"), Stop).AsTask());
        var control = new RunControl();
        control.Dispose();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => Executions.RunAsync(SaysItsName, Executions.Plan(1), control));
    }
}
