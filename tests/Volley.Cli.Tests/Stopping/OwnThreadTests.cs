using Volley.Cli.Run;
using Xunit;

namespace Volley.Cli.Tests.Stopping;

public class OwnThreadTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task WhateverItWaitsForItGoesOnInItsOwnThread()
    {
        var threads = new HashSet<(int Id, string? Name, bool IsOfPool)>();
        void Note() => threads.Add((Environment.CurrentManagedThreadId, Thread.CurrentThread.Name, Thread.CurrentThread.IsThreadPoolThread));
        await OwnThread.RunAsync(async () =>
        {
            for (var i = 0; i < 1000; i++)
            {
                Note();
                switch (i % 4)
                {
                    case 0:
                        // Long done, or not, when it is waited for.
                        await Task.Run(static () => { });
                        break;
                    case 1:
                        await Task.Yield();
                        break;
                    case 2:
                        await Task.CompletedTask;
                        break;
                    default:
                        var elsewhere = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                        new Thread(elsewhere.SetResult).Start();
                        await elsewhere.Task;
                        break;
                }
            }

            Note();
        }).WaitAsync(Limit);
        var (id, name, isOfPool) = Assert.Single(threads);
        Assert.NotEqual(Environment.CurrentManagedThreadId, id);
        Assert.Equal("events", name);
        Assert.False(isOfPool);
    }

    [Fact]
    public async Task ItEndsAsTheLoopDoes()
    {
        var failure = await Assert.ThrowsAsync<InvalidOperationException>(() => OwnThread.RunAsync(async () =>
        {
            await Task.Yield();
            throw new InvalidOperationException("the loop's");
        }).WaitAsync(Limit));
        Assert.Equal("the loop's", failure.Message);
        await OwnThread.RunAsync(() => Task.CompletedTask).WaitAsync(Limit);
    }

    [Fact]
    public async Task ALoopThatEndsInAnotherThreadEndsItToo()
    {
        Thread? own = null;
        await OwnThread.RunAsync(async () =>
        {
            own = Thread.CurrentThread;
            await Task.Delay(50).ConfigureAwait(false);
        }).WaitAsync(Limit);
        Assert.True(own!.Join(Limit));
    }

    [Fact]
    public async Task WhatNobodyWaitedForGoesOnAfterItsEnd()
    {
        var goOn = new TaskCompletionSource();
        Task? left = null;
        await OwnThread.RunAsync(() =>
        {
            left = LeaveAsync();
            return Task.CompletedTask;
        }).WaitAsync(Limit);
        goOn.SetResult();
        await left!.WaitAsync(Limit);
        async Task LeaveAsync() => await goOn.Task;
    }

    [Fact]
    public async Task TheEventsOfARunAllComeInIt()
    {
        var threads = new HashSet<int>();
        await OwnThread.RunAsync(async () =>
        {
            var own = Environment.CurrentManagedThreadId;
            var plan = new RunPlan([.. Enumerable.Range(0, 200).Select(i => new Target($"h{i}"))], CommandJob.Program("echo", "x"));
            await using var transport = new ExecTransport();
            await foreach (var nodeEvent in new ParallelExecutor(transport).RunAsync(plan))
            {
                threads.Add(Environment.CurrentManagedThreadId);
                Assert.NotNull(nodeEvent.Target);
            }

            Assert.Equal(own, Environment.CurrentManagedThreadId);
        }).WaitAsync(Limit);
        Assert.Single(threads);
    }
}
