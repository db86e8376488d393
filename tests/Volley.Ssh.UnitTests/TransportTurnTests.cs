using Xunit;

namespace Volley.Ssh.UnitTests;

/// <summary>What a transport writes together, and what it knows of the next message before that is read.</summary>
public sealed class TransportTurnTests
{
    private static CancellationToken Limit => new CancellationTokenSource(TransportServer.Limit).Token;

    [Fact]
    public async Task AMessageThatOthersFollowGoesWithThem()
    {
        await using var server = await TransportServer.StartAsync();
        await using var packets = await server.ConnectFullyAsync();
        await packets.WriteAsync("\u0063one"u8.ToArray(), moreFollow: true, Limit);
        var first = server.ReadAsync();
        await Task.Delay(100);
        Assert.False(first.IsCompleted);
        await packets.WriteAsync("\u0063two"u8.ToArray(), moreFollow: false, Limit);
        Assert.Equal("\u0063one"u8.ToArray(), await first);
        Assert.Equal("\u0063two"u8.ToArray(), await server.ReadAsync());
        // One that is not followed after all goes before an answer is waited for.
        await packets.WriteAsync("\u0063three"u8.ToArray(), moreFollow: true, Limit);
        var reading = packets.ReadAsync(Limit).AsTask();
        Assert.Equal("\u0063three"u8.ToArray(), await server.ReadAsync());
        await server.SendAsync([99]);
        Assert.Equal([99], (await reading).ToArray());
    }

    [Fact]
    public async Task WhatTheReaderWritesCanWaitForItsNextRead()
    {
        await using var server = await TransportServer.StartAsync();
        await using var packets = await server.ConnectFullyAsync();
        HoldAndWrite("\u0063one"u8);
        var first = server.ReadAsync();
        await Task.Delay(100);
        Assert.False(first.IsCompleted);
        var reading = packets.ReadAsync(Limit).AsTask();
        Assert.Equal("\u0063one"u8.ToArray(), await first);
        // While the reader waits, all goes at once.
        await packets.WriteAsync("\u0063two"u8.ToArray(), Limit);
        Assert.Equal("\u0063two"u8.ToArray(), await server.ReadAsync());
        await server.SendAsync([99]);
        await reading;
        // What another thread writes does not wait for the reader, and what came before goes before it.
        HoldAndWrite("\u0063three"u8);
        var other = new Thread(() => Assert.True(packets.WriteAsync("\u0063four"u8.ToArray(), Limit).AsTask().IsCompleted));
        other.Start();
        other.Join();
        Assert.Equal("\u0063three"u8.ToArray(), await server.ReadAsync());
        Assert.Equal("\u0063four"u8.ToArray(), await server.ReadAsync());
        // Goodbye does not wait for a read either.
        HoldAndWrite("\u0063five"u8);
        await packets.DisposeAsync();
        Assert.Equal("\u0063five"u8.ToArray(), await server.ReadAsync());

        void HoldAndWrite(ReadOnlySpan<byte> message)
        {
            packets.HoldUntilRead();
            Assert.True(packets.WriteAsync(message.ToArray(), Limit).AsTask().IsCompleted);
        }
    }

    [Fact]
    public async Task ItIsKnownWhetherAReadNeedWait()
    {
        await using var server = await TransportServer.StartAsync();
        await using var packets = await server.ConnectFullyAsync();
        Assert.False(packets.HasMessage);
        await server.SendRawAsync((byte[])[.. server.Pack([99, 1]), .. server.Pack([99, 2]), .. server.Pack([99, 3])[..^1]]);
        Assert.Equal([99, 1], (await packets.ReadAsync(Limit)).ToArray());
        Assert.True(packets.HasMessage);
        Assert.Equal([99, 2], (await packets.ReadAsync(Limit)).ToArray());
        Assert.False(packets.HasMessage);
    }

    [Fact]
    public async Task APacketThatIsNoneIsForTheNextReadToTell()
    {
        await using var server = await TransportServer.StartAsync();
        await using var packets = await server.ConnectFullyAsync(NativeInteropServer.Options() with { Ciphers = ["aes128-gcm@openssh.com"] });
        await server.SendRawAsync((byte[])[.. server.Pack([99, 1]), .. Enumerable.Repeat((byte)0xff, 64)]);
        Assert.Equal([99, 1], (await packets.ReadAsync(Limit)).ToArray());
        Assert.True(packets.HasMessage);
        Assert.Equal(SshFailure.ProtocolViolation, (await Assert.ThrowsAsync<SshException>(async () => await packets.ReadAsync(Limit))).Failure);
    }
}
