using Volley.Interop.Blocking;
using Xunit;

namespace Volley.Ssh.UnitTests.Blocking;

public sealed class BlockingWorkTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly ManualResetEventSlim _gate = new();

    public void Dispose()
    {
        _gate.Set();
        _gate.Dispose();
    }

    [Fact]
    public async Task CallsThatBlockRunAtOnceUpToTheLimitAndThreadsAreUsedAgain()
    {
        const int Most = 40;
        var work = new BlockingWork(Most);
        using var begun = new CountdownEvent(Most);
        var blocked = Enumerable.Range(0, Most).Select(i => work.RunAsync("blocking", () => Block(begun, i), default)).ToArray();
        Assert.True(begun.Wait(Limit));
        var late = work.RunAsync("blocking", () => -1, default);
        Assert.False(late.IsCompleted);
        _gate.Set();
        Assert.Equal(-1, await late.WaitAsync(Limit));
        Assert.Equal(Enumerable.Range(0, Most), await Task.WhenAll(blocked).WaitAsync(Limit));
        for (var i = 0; i < 10; i++)
            Assert.Equal(i, await work.RunAsync("nothing", () => i, default).WaitAsync(Limit));
        Assert.InRange(work.Threads, 1, Most);
    }

    [Fact]
    public async Task ThreadsThatAreIdleEnd()
    {
        var work = new BlockingWork(3, TimeSpan.FromMilliseconds(50));
        await Task.WhenAll(Enumerable.Range(0, 20).Select(i => work.RunAsync("nothing", () => i, default))).WaitAsync(Limit);
        Assert.True(SpinWait.SpinUntil(() => work.Threads == 0, Limit));
        Assert.Equal(7, await work.RunAsync("nothing", () => 7, default).WaitAsync(Limit));
    }

    [Fact]
    public async Task AnAbandonedCallSaysWhatItWasAndOneThatHasNotBegunNeverRuns()
    {
        var work = new BlockingWork(1);
        using var begun = new CountdownEvent(1);
        using var cancellation = new CancellationTokenSource();
        var hasRun = false;
        var running = work.RunAsync("reading the file", () => Block(begun, 1), cancellation.Token);
        Assert.True(begun.Wait(Limit));
        var queued = work.RunAsync("reading another", () => hasRun = true, cancellation.Token);
        await cancellation.CancelAsync();
        Assert.Equal("reading the file", (await Assert.ThrowsAsync<BlockedException>(() => running.WaitAsync(Limit))).What);
        Assert.Equal("reading another", (await Assert.ThrowsAsync<BlockedException>(() => queued.WaitAsync(Limit))).What);
        _gate.Set();
        Assert.Equal(2, await work.RunAsync("nothing", () => 2, default).WaitAsync(Limit));
        Assert.False(hasRun);
    }

    [Fact]
    public async Task AFailureIsTheCallers()
    {
        var work = new BlockingWork(1);
        var failure = await Assert.ThrowsAsync<IOException>(() => work.RunAsync<int>("reading", () => throw new IOException("broken"), default));
        Assert.Equal("broken", failure.Message);
        Assert.Equal(1, await work.RunAsync("nothing", () => 1, default).WaitAsync(Limit));
    }

    private int Block(CountdownEvent begun, int result)
    {
        begun.Signal();
        _gate.Wait();
        return result;
    }
}
