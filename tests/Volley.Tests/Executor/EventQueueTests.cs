using System.Buffers;
using Volley.Execution;
using Volley.Testing;
using Xunit;

namespace Volley.Tests.Executor;

public class EventQueueTests
{
    private static readonly Target Target = new("h0");

    [Fact]
    public async Task EventsComeInTheirOrder()
    {
        var queue = new EventQueue();
        var events = Enumerable.Range(0, 100).Select(i => new NodeStarted(RankedTarget.Create(i, $"h{i}"))).ToArray();
        foreach (var nodeEvent in events)
            await queue.AddAsync(nodeEvent);
        queue.Complete();
        var taken = new List<NodeEvent>();
        while (await queue.MoveNextAsync())
            taken.Add(queue.Current!);

        Assert.Equal(events, taken);
        Assert.Equal(0, queue.Bytes);
        Assert.True(queue.IsCompleted);
    }

    [Fact]
    public async Task AReaderIsWokenByAnEventAndByTheEnd()
    {
        var queue = new EventQueue();
        var waiting = queue.MoveNextAsync().AsTask();
        Assert.False(waiting.IsCompleted);
        await queue.AddAsync(new NodeStarted(Target));
        Assert.True(await waiting.Within());
        Assert.IsType<NodeStarted>(queue.Current);
        waiting = queue.MoveNextAsync().AsTask();
        queue.Complete();
        Assert.False(await waiting.Within());
        Assert.False(await queue.MoveNextAsync());
    }

    [Fact]
    public async Task WhoAddsWaitsInTurnWhileItIsFull()
    {
        var queue = new EventQueue();
        await queue.AddAsync(Output(EventQueue.Capacity));
        var second = queue.AddAsync(Output(EventQueue.Capacity)).AsTask();
        var third = queue.AddAsync(new NodeStarted(Target)).AsTask();
        Assert.False(second.IsCompleted);
        Assert.False(third.IsCompleted);

        Assert.True(await queue.MoveNextAsync());
        // In the reader's hands it still counts.
        Assert.False(second.IsCompleted);
        Assert.True(await queue.MoveNextAsync());
        await second.Within();
        Assert.False(third.IsCompleted);
        Assert.True(await queue.MoveNextAsync());
        await third.Within();
    }

    [Fact]
    public async Task OneEventIsLetInHoweverLarge()
    {
        var queue = new EventQueue();
        await queue.AddAsync(Output(3 * EventQueue.Capacity));
        Assert.True(await queue.MoveNextAsync());
        Assert.True(queue.Bytes >= 3 * EventQueue.Capacity);
        queue.Complete();
        Assert.False(await queue.MoveNextAsync());
        Assert.Equal(0, queue.Bytes);
    }

    [Fact]
    public async Task OnceTheReaderHasLeftNobodyWaits()
    {
        var queue = new EventQueue();
        await queue.AddAsync(Output(EventQueue.Capacity));
        var waiting = queue.AddAsync(Output(10)).AsTask();
        queue.Leave();
        await waiting.Within();
        await queue.AddAsync(Output(EventQueue.Capacity)).AsTask().Within();
        await queue.AddAsync(Output(EventQueue.Capacity)).AsTask().Within();
        queue.Complete();
        Assert.False(await queue.MoveNextAsync());
    }

    [Fact]
    public async Task AnEventThatOwnsItsBytesIsChargedForThem()
    {
        var queue = new EventQueue();
        await queue.AddAsync(new NodeOutput(Target, StreamKind.Stdout, new byte[EventQueue.Capacity]));
        Assert.True(queue.Bytes > EventQueue.Capacity);
        Assert.False(queue.AddAsync(new NodeStarted(Target)).AsTask().IsCompleted);
    }

    private static NodeOutput Output(int size)
    {
        var rented = ArrayPool<byte>.Shared.Rent(size);
        return new NodeOutput(Target, StreamKind.Stdout, rented.AsMemory(0, 1)) { Rented = rented };
    }
}
