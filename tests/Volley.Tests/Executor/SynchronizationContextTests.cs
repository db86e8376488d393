using Volley.Testing;
using Xunit;

namespace Volley.Tests.Executor;

/// <summary>Runs inside somebody's process: a context with one thread, a caller that blocks, a reader that sleeps.</summary>
public class SynchronizationContextTests
{
    private static readonly CommandJob Says = CommandJob.Shell("echo out; echo err >&2");

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task ABlockedSingleThreadDoesNotDeadlock()
    {
        var results = await SingleThread.BlockAsync(context =>
        {
            using var input = StandardInput.FromStream(new MemoryStream(new byte[100_000]));
            var transport = new ExecTransport();
            var executor = new ParallelExecutor(transport);
            var reading = CommandJob.Shell("cat") with { Input = input };
            var collected = executor.RunToEndAsync(Executions.Plan(20, Says), cancellationToken: Stop).GetAwaiter().GetResult();
            var fed = executor.RunToEndAsync(Executions.Plan(5, reading), cancellationToken: Stop).GetAwaiter().GetResult();
            var events = CollectAsync(executor.RunAsync(Executions.Plan(20, Says), cancellationToken: Stop)).GetAwaiter().GetResult();
            var lines = CollectAsync(executor.RunLinesAsync(Executions.Plan(20, Says), cancellationToken: Stop)).GetAwaiter().GetResult();
            var one = executor.RunToEndAsync(new Target("h"), Says, Stop).GetAwaiter().GetResult();
            StopWhileBlocked(executor);
            transport.DisposeAsync().AsTask().GetAwaiter().GetResult();
            return (collected, fed, events, lines, one, context.Posts);
        }).Within();
        Assert.All(results.collected, result => Assert.Equal(("out\n", "err\n"), (result.Stdout, result.Stderr)));
        Assert.All(results.fed, result => Assert.Equal(100_000, result.StdoutData.Length));
        Assert.Equal(20, results.events.OfType<NodeFinished>().Count(finished => finished.Result.Succeeded));
        Assert.Equal(40, results.lines.OfType<NodeLine>().Count());
        Assert.True(results.one.Succeeded);
        // Nothing of the library resumes in the context.
        Assert.Equal(0, results.Posts);
    }

    [Fact]
    public async Task AReaderIsResumedInItsContext()
    {
        var isOnThread = await SingleThread.RunAsync(async context =>
        {
            var isOnThread = new List<bool>();
            await foreach (var nodeEvent in new ParallelExecutor(new ExecTransport()).RunAsync(Executions.Plan(5, Says), cancellationToken: Stop))
                isOnThread.Add(SynchronizationContext.Current == context);
            isOnThread.Add(SynchronizationContext.Current == context);
            return isOnThread;
        }).Within();
        Assert.True(isOnThread.Count > 15);
        Assert.DoesNotContain(false, isOnThread);
    }

    [Fact]
    public async Task AReaderThatBlocksOrLeavesDelaysNoOtherRun()
    {
        var transport = new ExecTransport();
        using var isOver = new ManualResetEventSlim();
        var blocked = Task.WhenAll(Enumerable.Range(0, 3).Select(i => BlockAsync(leaves: i == 0)));
        var other = await new ParallelExecutor(transport).RunToEndAsync(Executions.Plan(50, Says), cancellationToken: Stop).Within();
        isOver.Set();
        await blocked.Within();
        Assert.All(other, result => Assert.True(result.Succeeded));

        async Task BlockAsync(bool leaves)
        {
            await foreach (var nodeEvent in new ParallelExecutor(transport).RunAsync(Executions.Plan(5, Says), cancellationToken: Stop).ConfigureAwait(false))
            {
                if (leaves)
                    break;
                isOver.Wait(Stop);
            }

            isOver.Wait(Stop);
        }
    }

    // ToListAsync of the platform resumes in the context.
    private static async Task<List<NodeEvent>> CollectAsync(IAsyncEnumerable<NodeEvent> events)
    {
        var collected = new List<NodeEvent>();
        await foreach (var nodeEvent in events.ConfigureAwait(false))
            collected.Add(nodeEvent);
        return collected;
    }

    private static void StopWhileBlocked(ParallelExecutor executor)
    {
        using var control = new RunControl();
        var running = executor.RunToEndAsync(Executions.Plan(3, CommandJob.Shell("sleep 600")), control, cancellationToken: Stop);
        control.Stop(StopReason.Requested);
        Assert.All(running.GetAwaiter().GetResult(), result => Assert.NotEqual(StopReason.None, result.Result.Stop));
    }
}
