using Volley.Interop.Waiting;
using Xunit;

namespace Volley.Ssh.UnitTests.Waiting;

public sealed class AsyncSignalTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task ASetEndsTheWaitAndASetBeforeItEndsTheNextOne()
    {
        var signal = new AsyncSignal();
        for (var i = 0; i < 3; i++)
        {
            var waiting = signal.WaitAsync().AsTask();
            Assert.False(waiting.IsCompleted);
            signal.Set();
            await waiting.WaitAsync(Limit);
            signal.Set();
            signal.Set();
            Assert.True(signal.WaitAsync().AsTask().IsCompletedSuccessfully);
        }
    }

    [Fact]
    public async Task ATokenEndsOnlyItsOwnWait()
    {
        var signal = new AsyncSignal();
        using var stop = new CancellationTokenSource();
        var waiting = signal.WaitAsync(stop.Token).AsTask();
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.WaitAsync(Limit));
        var next = signal.WaitAsync().AsTask();
        Assert.False(next.IsCompleted);
        signal.Set();
        await next.WaitAsync(Limit);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await signal.WaitAsync(stop.Token));
        signal.Set();
        // A set that came first counts more than the token.
        await signal.WaitAsync(stop.Token);
    }

    [Fact]
    public async Task ASecondWaiterIsRefused()
    {
        var signal = new AsyncSignal();
        var waiting = signal.WaitAsync().AsTask();
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await signal.WaitAsync());
        signal.Set();
        await waiting.WaitAsync(Limit);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void TheWaiterContinuesInlineOnlyIfItIsAsked(bool inline)
    {
        var signal = new AsyncSignal();
        var (continuedOn, wasOnPool) = (0, false);
        var waiting = WaitAsync();
        var setter = new Thread(() => signal.Set(inline));
        setter.Start();
        setter.Join();
        Assert.True(((IAsyncResult)waiting).AsyncWaitHandle.WaitOne(Limit));
        Assert.Equal(inline, continuedOn == setter.ManagedThreadId);
        Assert.Equal(!inline, wasOnPool);

        async Task WaitAsync()
        {
            await signal.WaitAsync().ConfigureAwait(false);
            (continuedOn, wasOnPool) = (Environment.CurrentManagedThreadId, Thread.CurrentThread.IsThreadPoolThread);
        }
    }
}
