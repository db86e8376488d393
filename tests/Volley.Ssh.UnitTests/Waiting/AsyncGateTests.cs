using Volley.Interop.Waiting;
using Xunit;

namespace Volley.Ssh.UnitTests.Waiting;

public sealed class AsyncGateTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task SlotsAreGrantedInTheOrderOfTheRequests()
    {
        var gate = new AsyncGate(2);
        Assert.True(gate.EnterAsync().AsTask().IsCompletedSuccessfully);
        Assert.True(gate.EnterAsync().AsTask().IsCompletedSuccessfully);
        var waiting = Enumerable.Range(0, 5).Select(_ => gate.EnterAsync().AsTask()).ToList();
        foreach (var next in waiting)
        {
            Assert.False(next.IsCompleted);
            gate.Leave();
            await next.WaitAsync(Limit);
        }
        gate.Leave();
        gate.Leave();
        Assert.True(gate.EnterAsync().AsTask().IsCompletedSuccessfully);
    }

    [Fact]
    public async Task ARequestThatIsCanceledGivesItsPlaceAway()
    {
        var gate = new AsyncGate(1);
        await gate.EnterAsync();
        using var stop = new CancellationTokenSource();
        var canceled = gate.EnterAsync(stop.Token).AsTask();
        var next = gate.EnterAsync().AsTask();
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => canceled.WaitAsync(Limit));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await gate.EnterAsync(stop.Token));
        gate.Leave();
        await next.WaitAsync(Limit);
    }

    [Fact]
    public async Task NoSlotIsLostWhenTokensFireWhileSlotsAreGranted()
    {
        var gate = new AsyncGate(3);
        var users = 0;
        await Task.WhenAll(Enumerable.Range(0, 200).Select(UseAsync)).WaitAsync(Limit);
        for (var i = 0; i < 3; i++)
            Assert.True(gate.EnterAsync().AsTask().IsCompletedSuccessfully);

        async Task UseAsync(int number)
        {
            await Task.Yield();
            using var stop = new CancellationTokenSource();
            var entering = gate.EnterAsync(stop.Token);
            if (number % 2 == 0)
                await stop.CancelAsync();
            try
            {
                await entering;
            }
            catch (OperationCanceledException)
            {
                return;
            }
            Assert.InRange(Interlocked.Increment(ref users), 1, 3);
            await Task.Yield();
            Interlocked.Decrement(ref users);
            gate.Leave();
        }
    }
}
