using System.Text;
using Volley.Ssh.Wire;
using Xunit;

namespace Volley.Ssh.UnitTests.Connection;

public class ChannelStreamTests
{
    private readonly byte[] _buffer = new byte[64 << 10];

    [Fact]
    public async Task BothStreamsComeApartAndInOrder()
    {
        await using var peer = new ScriptedPeer();
        var (channel, number) = await peer.OpenAsync();
        peer.Send(Wire.Data(number, "a"), Wire.Data(number, "b"), Wire.Error(number, "c"), Wire.Data(number, "d"), Wire.Eof(number));
        await peer.ExpectQuietAsync();
        Assert.Equal((SshStreamKind.Stdout, "ab"), await ReadAsync(channel));
        Assert.Equal((SshStreamKind.Stderr, "c"), await ReadAsync(channel));
        Assert.Equal((SshStreamKind.Stdout, "d"), await ReadAsync(channel));
        Assert.Equal(0, (await channel.ReadAsync(_buffer)).Count);
        Assert.Equal(0, (await channel.ReadAsync(_buffer)).Count);
    }

    [Fact]
    public async Task AReadThatWaitsGetsWhatComes()
    {
        await using var peer = new ScriptedPeer();
        var (channel, number) = await peer.OpenAsync();
        var reading = channel.ReadAsync(_buffer);
        Assert.False(reading.IsCompleted);
        peer.Send(Wire.Error(number, "x"));
        Assert.Equal(new(SshStreamKind.Stderr, 1), await reading);
    }

    [Fact]
    public async Task ATokenEndsAWaitButNotTheDataAtHand()
    {
        await using var peer = new ScriptedPeer();
        var (channel, number) = await peer.OpenAsync();
        using var stop = new CancellationTokenSource();
        var reading = channel.ReadAsync(_buffer, stop.Token).AsTask();
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
        peer.Send(Wire.Data(number, "kept"));
        await peer.ExpectQuietAsync();
        Assert.Equal(4, (await channel.ReadAsync(_buffer, stop.Token)).Count);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await channel.ReadAsync(_buffer, stop.Token));
    }

    [Fact]
    public async Task ASecondReaderAndABufferWithoutRoomAreRefused()
    {
        await using var peer = new ScriptedPeer();
        var (channel, number) = await peer.OpenAsync();
        await Assert.ThrowsAsync<ArgumentException>(async () => await channel.ReadAsync(Memory<byte>.Empty));
        var first = channel.ReadAsync(_buffer);
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await channel.ReadAsync(_buffer));
        peer.Send(Wire.Eof(number));
        Assert.Equal(0, (await first).Count);
    }

    [Fact]
    public async Task DataAfterTheEndIsForgivenAsOpenSshDoes()
    {
        await using var peer = new ScriptedPeer();
        var (channel, number) = await peer.OpenAsync();
        peer.Send(Wire.Eof(number), Wire.Data(number, "late"), Wire.Eof(number));
        await peer.ExpectAsync(Wire.Adjust(100 + number, 4));
        await peer.ExpectQuietAsync();
        Assert.Equal(0, (await channel.ReadAsync(_buffer)).Count);
        peer.Send(Wire.Error(number, "late"));
        Assert.Equal(SshFailure.ProtocolViolation, await peer.EndAsync());
    }

    [Fact]
    public async Task UnknownExtendedDataIsDroppedAndItsWindowGivenBack()
    {
        await using var peer = new ScriptedPeer();
        var (_, number) = await peer.OpenAsync();
        for (var i = 0; i < 2; i++)
            peer.Send(Wire.Message(MessageNumber.ChannelExtendedData, number, 2u, new byte[32 << 10]));
        var adjustment = await peer.ExpectAsync(MessageNumber.ChannelWindowAdjust);
        Assert.True(Wire.UInt32(adjustment, 5) >= 64 << 10);
    }

    [Fact]
    public async Task TheWindowIsGivenBackOnlyAsBytesAreConsumed()
    {
        await using var peer = new ScriptedPeer();
        var (channel, number) = await peer.OpenAsync();
        for (var i = 0; i < 4; i++)
            peer.Send(Wire.Data(number, new byte[32 << 10]));
        await peer.ExpectQuietAsync();
        // Half of it is read: as much is given back, and no more, for the reader has not kept up.
        var read = 0;
        while (read < 64 << 10)
            read += (await channel.ReadAsync(_buffer.AsMemory(0, 32 << 10))).Count;
        await peer.ExpectAsync(Wire.Adjust(100 + number, 64 << 10));
        // A reader that empties it gets twice the window.
        read = 0;
        while (read < 64 << 10)
            read += (await channel.ReadAsync(_buffer)).Count;
        await peer.ExpectAsync(Wire.Adjust(100 + number, (64 << 10) + (128 << 10)));
        await peer.ExpectQuietAsync();
    }

    [Fact]
    public async Task APeerThatSendsMuchAfterTheEndComesToItsExit()
    {
        await using var peer = new ScriptedPeer();
        var (channel, number) = await peer.OpenAsync();
        peer.Send(Wire.Eof(number));
        for (var i = 0; i < 8; i++)
        {
            peer.Send(Wire.Data(number, new byte[32 << 10]));
            await peer.ExpectAsync(Wire.Adjust(100 + number, 32 << 10));
        }
        peer.Send(Wire.ExitStatus(number, 3), Wire.Close(number));
        Assert.Equal(3, (await channel.WaitForExitAsync()).ExitCode);
        Assert.False(channel.HasLostOutput);
    }

    [Fact]
    public async Task WhatIsMoreThanTheWindowIsDroppedAsByOpenSsh()
    {
        await using var peer = new ScriptedPeer();
        var (channel, number) = await peer.OpenAsync();
        for (var i = 0; i < 4; i++)
            peer.Send(Wire.Data(number, new byte[32 << 10]));
        await peer.ExpectQuietAsync();
        Assert.False(channel.HasLostOutput);
        peer.Send(Wire.Data(number, "x"), Wire.Error(number, "y"), Wire.ExitStatus(number, 0), Wire.Eof(number), Wire.Close(number));
        await peer.ExpectAsync(Wire.Close(100 + number));
        Assert.True(channel.HasLostOutput);
        for (var left = 128 << 10; left > 0;)
            left -= (await channel.ReadAsync(_buffer)).Count;
        Assert.Equal(0, (await channel.ReadAsync(_buffer)).Count);
        Assert.Equal(0, (await channel.WaitForExitAsync()).ExitCode);
        await peer.ExpectQuietAsync();
    }

    [Fact]
    public async Task AMessageLongerThanTheLargestPacketIsTakenWithinTheWindow()
    {
        await using var peer = new ScriptedPeer();
        var (channel, number) = await peer.OpenAsync();
        peer.Send(Wire.Data(number, new byte[(32 << 10) + 1]));
        Assert.Equal((32 << 10) + 1, (await channel.ReadAsync(_buffer)).Count);
    }

    [Fact]
    public async Task AChannelThatNobodyReadsHoldsUpNoOther()
    {
        await using var peer = new ScriptedPeer();
        var (_, stuck) = await peer.OpenAsync();
        var (channel, number) = await peer.OpenAsync();
        for (var i = 0; i < 4; i++)
            peer.Send(Wire.Data(stuck, new byte[32 << 10]));
        peer.Send(Wire.Data(number, "through"));
        Assert.Equal((SshStreamKind.Stdout, "through"), await ReadAsync(channel));
    }

    [Fact]
    public async Task WritesKeepToThePeersWindowAndPacket()
    {
        await using var peer = new ScriptedPeer();
        var (channel, number) = await peer.OpenAsync(window: 10, maxPacket: 4);
        var writing = channel.WriteAsync("abcdefghijklm"u8.ToArray()).AsTask();
        await peer.ExpectAsync(Wire.Data(100 + number, "abcd"));
        await peer.ExpectAsync(Wire.Data(100 + number, "efgh"));
        await peer.ExpectAsync(Wire.Data(100 + number, "ij"));
        await peer.ExpectQuietAsync();
        Assert.False(writing.IsCompleted);
        peer.Send(Wire.Adjust(number, 0), Wire.Adjust(number, 1));
        await peer.ExpectAsync(Wire.Data(100 + number, "k"));
        peer.Send(Wire.Adjust(number, 100));
        await peer.ExpectAsync(Wire.Data(100 + number, "lm"));
        Assert.True(await writing);
        await channel.SendEofAsync();
        await channel.SendEofAsync();
        await peer.ExpectAsync(Wire.Eof(100 + number));
        await peer.ExpectQuietAsync();
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await channel.WriteAsync(new byte[1]));
    }

    [Fact]
    public async Task AWriterWhosePeerDoesNotReadAnyMoreIsTold()
    {
        await using var peer = new ScriptedPeer();
        var (channel, number) = await peer.OpenAsync(window: 0);
        var writing = channel.WriteAsync(new byte[1]).AsTask();
        peer.Send(Wire.Message(MessageNumber.ChannelRequest, number, "eow@openssh.com", false));
        Assert.False(await writing);
        Assert.False(await channel.WriteAsync(new byte[1]));
    }

    [Fact]
    public async Task AWriterWhoseChannelClosesIsTold()
    {
        await using var peer = new ScriptedPeer();
        var (channel, number) = await peer.OpenAsync(window: 0);
        var writing = channel.WriteAsync(new byte[1]).AsTask();
        peer.Send(Wire.Close(number));
        Assert.False(await writing);
    }

    [Fact]
    public async Task AWriterWhoseConnectionEndsIsToldHow()
    {
        await using var peer = new ScriptedPeer();
        var (channel, _) = await peer.OpenAsync(window: 0);
        var writing = channel.WriteAsync(new byte[1]).AsTask();
        peer.EndStream();
        Assert.Equal(SshFailure.ConnectionLost, (await Assert.ThrowsAsync<SshException>(() => writing)).Failure);
    }

    [Fact]
    public async Task ATokenEndsAWriteThatWaits()
    {
        await using var peer = new ScriptedPeer();
        var (channel, number) = await peer.OpenAsync(window: 1);
        using var stop = new CancellationTokenSource();
        var writing = channel.WriteAsync("ab"u8.ToArray(), stop.Token).AsTask();
        await peer.ExpectAsync(Wire.Data(100 + number, "a"));
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => writing);
        peer.Send(Wire.Adjust(number, 5));
        Assert.True(await channel.WriteAsync("c"u8.ToArray()));
        await peer.ExpectAsync(Wire.Data(100 + number, "c"));
    }

    [Fact]
    public async Task APeerThatReadsNothingStopsTheWriterAndNotTheReader()
    {
        await using var peer = new ScriptedPeer();
        var (channel, number) = await peer.OpenAsync(window: 1 << 30);
        var gate = new TaskCompletionSource();
        peer.WriteGate = gate.Task;
        var writing = channel.WriteAsync(new byte[4 << 20]).AsTask();
        peer.Send(Wire.Data(number, "still heard"));
        Assert.Equal((SshStreamKind.Stdout, "still heard"), await ReadAsync(channel));
        Assert.False(writing.IsCompleted);
        gate.SetResult();
        Assert.True(await writing);
        for (var left = 4 << 20; left > 0;)
            left -= Wire.DataOf(await peer.ReceiveAsync()).Length;
    }

    [Fact]
    public async Task AWindowPastItsLargestIsAViolation()
    {
        await using var peer = new ScriptedPeer();
        var (_, number) = await peer.OpenAsync(window: 2);
        peer.Send(Wire.Adjust(number, uint.MaxValue - 2));
        await peer.ExpectQuietAsync();
        peer.Send(Wire.Adjust(number, 1));
        Assert.Equal(SshFailure.ProtocolViolation, await peer.EndAsync());
    }

    private async Task<(SshStreamKind, string)> ReadAsync(SshChannel channel)
    {
        var read = await channel.ReadAsync(_buffer).AsTask().WaitAsync(TimeSpan.FromSeconds(20));
        return (read.Stream, Encoding.UTF8.GetString(_buffer, 0, read.Count));
    }
}
