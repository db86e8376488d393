using CsCheck;
using Volley.Ssh.Connection;
using Volley.Ssh.Wire;
using Xunit;

namespace Volley.Ssh.UnitTests.Connection;

public class WindowBudgetTests
{
    [Fact]
    public async Task WindowsShrinkBeforeTheBudgetIsGone()
    {
        var budget = new WindowBudget();
        var sizes = new List<int>();
        for (var i = 0; i < 2000; i++)
            sizes.Add(await budget.TakeFirstAsync(default));
        Assert.Equal(128 << 10, sizes[255]);
        Assert.Equal(64 << 10, sizes[256]);
        Assert.Equal(sizes.OrderDescending(), sizes);
        Assert.True(sizes[^1] >= 1 << 10);
        Assert.Equal(sizes.Sum(size => (long)size), budget.Granted);
        Assert.True(budget.Granted <= budget.Limit);
    }

    [Fact]
    public async Task AnOpenWaitsWhileNothingIsLeftAndIsServedInTurn()
    {
        var budget = new WindowBudget(1 << 10);
        Assert.Equal(1 << 10, await budget.TakeFirstAsync(default));
        var first = budget.TakeFirstAsync(default).AsTask();
        using var stop = new CancellationTokenSource();
        var given = budget.TakeFirstAsync(stop.Token).AsTask();
        var last = budget.TakeFirstAsync(default).AsTask();
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => given);
        Assert.False(first.IsCompleted);
        budget.Release(1 << 10);
        Assert.Equal(1 << 10, await first);
        Assert.False(last.IsCompleted);
        budget.Release(1 << 10);
        Assert.Equal(1 << 10, await last);
        Assert.Equal(1 << 10, budget.Granted);
    }

    [Fact]
    public void ALimitBelowTheSmallestWindowIsRefused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new WindowBudget(1023));

    [Fact]
    public async Task AConnectionGivesAllOfItBack()
    {
        var budget = new WindowBudget();
        await using (var peer = new ScriptedPeer(new() { WindowBudget = budget }))
        {
            var (read, readNumber) = await peer.OpenAsync();
            var (closed, closedNumber) = await peer.OpenAsync();
            var (disposed, disposedNumber) = await peer.OpenAsync();
            var (lost, lostNumber) = await peer.OpenAsync();
            foreach (var number in new[] { readNumber, closedNumber, disposedNumber, lostNumber })
                peer.Send(Wire.Data(number, new byte[1000]), Wire.Error(number, "error"));
            await peer.ExpectQuietAsync();
            Assert.Equal(4 * (128 << 10), budget.Granted);

            peer.Send(Wire.Eof(readNumber), Wire.Close(closedNumber));
            await peer.ExpectAsync(MessageNumber.ChannelClose);
            await disposed.DisposeAsync();
            await peer.ExpectAsync(MessageNumber.ChannelClose);
            peer.Send(Wire.Data(disposedNumber, new byte[1000]), Wire.Close(disposedNumber));
            await peer.ExpectQuietAsync();
            Assert.Equal((128 << 10) + (2 * 1005), budget.Granted);

            foreach (var channel in new[] { read, closed })
            {
                while ((await channel.ReadAsync(new byte[700])).Count > 0) ;
                await channel.DisposeAsync();
            }
            peer.EndStream();
            await peer.Connection.Ended;
            Assert.Equal(1005, budget.Granted);
            await lost.DisposeAsync();
        }
        Assert.Equal(0, budget.Granted);
    }

    [Fact]
    public void WindowsNeverHoldMoreThanTheBudgetAndEndWithNothing() => Gen.Select(
            Gen.Long[1 << 10, 4 << 20], Gen.Select(Gen.Int[0, 7], Gen.Int[0, 4], Gen.Int[1, 32 << 10]).Array[0, 400])
        .Sample((limit, steps) =>
        {
            var budget = new WindowBudget(limit);
            var windows = new (ChannelWindow? Window, int Unread, long Peer)[8];
            foreach (var (index, action, count) in steps)
            {
                ref var at = ref windows[index];
                if (at.Window is null)
                {
                    var taking = budget.TakeFirstAsync(new CancellationToken(true)).AsTask();
                    if (taking.IsCompletedSuccessfully)
                        at = (new(taking.Result, budget), 0, taking.Result);
                }
                else if (action < 2)
                {
                    // The peer sends as much as it may.
                    var sent = (int)Math.Min(count, at.Peer);
                    Assert.True(at.Window.TryReceive(sent));
                    at.Unread += sent;
                    at.Peer -= sent;
                    Assert.False(at.Window.TryReceive((int)at.Peer + 1));
                }
                else if (action < 4)
                {
                    var read = action == 2 ? at.Unread : Math.Min(count, at.Unread);
                    at.Unread -= read;
                    at.Peer += at.Window.Consume(read, at.Unread == 0);
                    Assert.True(at.Peer + at.Unread <= at.Window.Size);
                    Assert.True(at.Window.Size <= ChannelWindow.Largest);
                }
                else
                {
                    at.Window.End();
                    at.Window.Discard(at.Unread);
                    at = default;
                }
                Assert.True(budget.Granted <= limit);
                Assert.True(budget.Granted >= windows.Sum(each => each.Peer + each.Unread));
            }
            foreach (var (window, unread, _) in windows)
            {
                window?.End();
                window?.Discard(unread);
            }
            Assert.Equal(0, budget.Granted);
        }, iter: 2_000);
}
