using Volley.Ssh.Transport;
using Volley.Ssh.Wire;
using Xunit;

namespace Volley.Ssh.UnitTests.Transport;

/// <summary>What a transport writes at once, and which messages it has before they are waited for.</summary>
public sealed class TransportWriteTests
{
    private static CancellationToken Limit => new CancellationTokenSource(TransportServer.Limit).Token;

    [Fact]
    public async Task MessagesAreWrittenAtOnceWhenTheyAreFlushed()
    {
        await using var server = await TransportServer.StartAsync();
        var (packets, stream) = await ConnectAsync(server);
        await using var _ = packets;
        await packets.WriteAsync("\u0063one"u8.ToArray(), Limit);
        await packets.WriteAsync("\u0063two"u8.ToArray(), Limit);
        Assert.Equal(0, stream.Writes);
        packets.Flush();
        Assert.Equal("\u0063one"u8.ToArray(), await server.ReadAsync());
        Assert.Equal("\u0063two"u8.ToArray(), await server.ReadAsync());
        // What is not flushed is written before an answer is waited for.
        await packets.WriteAsync("\u0063three"u8.ToArray(), Limit);
        Assert.Equal(1, stream.Writes);
        var reading = packets.ReadAsync(Limit).AsTask();
        Assert.Equal("\u0063three"u8.ToArray(), await server.ReadAsync());
        await server.SendAsync([99]);
        Assert.Equal([99], (await reading).ToArray());
        Assert.Equal(2, stream.Writes);
    }

    [Fact]
    public async Task ABufferThatIsFullIsWritten()
    {
        await using var server = await TransportServer.StartAsync();
        var (packets, stream) = await ConnectAsync(server);
        await using var _ = packets;
        await packets.WriteAsync(new byte[] { 99, 1 }, Limit);
        var large = new byte[70_000];
        large[0] = 99;
        await packets.WriteAsync(large, Limit);
        Assert.Equal(1, stream.Writes);
        Assert.Equal([99, 1], await server.ReadAsync());
        Assert.Equal(large, await server.ReadAsync());
    }

    [Fact]
    public async Task GoodbyeIsWrittenWithTheMessagesBeforeIt()
    {
        await using var server = await TransportServer.StartAsync();
        var (packets, stream) = await ConnectAsync(server);
        await packets.WriteAsync(new byte[] { 99, 1 }, Limit);
        await packets.DisposeAsync();
        Assert.Equal([99, 1], await server.ReadAsync());
        await server.ExpectAsync(MessageNumber.Disconnect);
        Assert.Equal(1, stream.Writes);
    }

    [Fact]
    public async Task OneCommandTakesThreeWritesAfterTheLogin()
    {
        await using var server = await TransportServer.StartAsync();
        var (packets, stream) = await ConnectAsync(server);
        await server.LogInAsync(packets);
        await using var connection = new SshConnection(packets, new() { ResumesInline = true });
        stream.Writes = 0;
        var running = RunAsync();
        await server.ExpectAsync(MessageNumber.ChannelOpen);
        await server.SendAsync(Wire.Confirmation(0));
        await server.ExpectAsync(MessageNumber.ChannelRequest);
        await server.ExpectAsync(MessageNumber.ChannelEof);
        await server.SendRawAsync((byte[])[
            .. server.Pack(Wire.Success(0)), .. server.Pack(Wire.Data(0, "out")), .. server.Pack(Wire.ExitStatus(0, 0)),
            .. server.Pack(Wire.Eof(0)), .. server.Pack(Wire.Close(0))]);
        await server.ExpectAsync(MessageNumber.ChannelClose);
        await server.ExpectAsync(MessageNumber.Disconnect);
        await running.WaitAsync(TransportServer.Limit);
        Assert.Equal(3, stream.Writes);

        async Task RunAsync()
        {
            await using var channel = await connection.OpenSessionAsync();
            await channel.ExecAsync("true", withoutInput: true);
            var buffer = new byte[100];
            while ((await channel.ReadAsync(buffer)).Count > 0) ;
            Assert.Equal(0, (await channel.WaitForExitAsync()).ExitCode);
            await channel.DisposeAsync();
            await connection.DisposeAsync();
        }
    }

    [Fact]
    public async Task AMessageThatHasArrivedIsTakenWithoutAWait()
    {
        await using var server = await TransportServer.StartAsync();
        await using var packets = await server.ConnectFullyAsync();
        Assert.False(packets.TryRead(out var none));
        Assert.True(none.IsEmpty);
        await server.SendRawAsync((byte[])[
            .. server.Pack([99, 1]), .. server.Pack(Wire.Message(MessageNumber.Ignore, "x")), .. server.Pack([99, 2]), .. server.Pack([99, 3])[..^1]]);
        Assert.Equal([99, 1], (await packets.ReadAsync(Limit)).ToArray());
        Assert.True(packets.TryRead(out var second));
        Assert.Equal([99, 2], second.ToArray());
        Assert.False(packets.TryRead(out _));
    }

    [Fact]
    public async Task AMessageWithoutAMeaningIsNoneThatHasArrived()
    {
        await using var server = await TransportServer.StartAsync();
        await using var packets = await server.ConnectFullyAsync();
        await server.SendRawAsync((byte[])[.. server.Pack([99, 1]), .. server.Pack(Wire.Message(MessageNumber.Ignore, "x"))]);
        Assert.Equal([99, 1], (await packets.ReadAsync(Limit)).ToArray());
        Assert.False(packets.TryRead(out _));
    }

    [Fact]
    public async Task ABrokenPacketIsAFailureOfTheNextRead()
    {
        await using var server = await TransportServer.StartAsync();
        await using var packets = await server.ConnectFullyAsync(NativeInteropServer.Options() with { Ciphers = ["aes128-gcm@openssh.com"] });
        await server.SendRawAsync((byte[])[.. server.Pack([99, 1]), .. Enumerable.Repeat((byte)0xff, 64)]);
        Assert.Equal([99, 1], (await packets.ReadAsync(Limit)).ToArray());
        Assert.Equal(SshFailure.ProtocolViolation, Assert.Throws<SshException>(() => packets.TryRead(out _)).Failure);
        Assert.Equal(SshFailure.ProtocolViolation, (await Assert.ThrowsAsync<SshException>(async () => await packets.ReadAsync(Limit))).Failure);
    }

    /// <summary>A client that has exchanged keys, and its stream, which counts writes from then on.</summary>
    private static async Task<(EncryptedPackets Packets, CountingStream Stream)> ConnectAsync(TransportServer server)
    {
        var stream = new CountingStream(server.Client);
        var packets = await server.ConnectFullyAsync(stream: stream);
        stream.Writes = 0;
        return (packets, stream);
    }

    /// <summary>Counts writes.</summary>
    private sealed class CountingStream(Stream inner) : Stream
    {
        public int Writes { get; set; }

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            inner.ReadAsync(buffer, cancellationToken);

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Writes++;
            return inner.WriteAsync(buffer, cancellationToken);
        }

        public override async ValueTask DisposeAsync()
        {
            await inner.DisposeAsync();
            await base.DisposeAsync();
        }

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
