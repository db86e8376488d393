using System.Threading.Channels;
using Volley.Ssh.Connection;
using Volley.Ssh.Transport;
using Volley.Ssh.Wire;
using Xunit;

namespace Volley.Ssh.UnitTests;

/// <summary>The other side of a connection, played by the test: it sends what it likes and sees every message that comes.</summary>
internal sealed class ScriptedPeer : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private readonly Stream _packets = new();

    public ScriptedPeer(SshConnectionOptions? options = null, TimeProvider? time = null) =>
        Connection = new(_packets, options, time);

    public SshConnection Connection { get; }

    /// <summary>What the packet stream calls the message that was read last.</summary>
    public uint? SequenceNumber { set => _packets.LastSequenceNumber = value; }

    /// <summary>What the packet stream says of bytes that are no message.</summary>
    public long ReceivedBytes
    {
        get => _packets.ReceivedBytes;
        set => _packets.ReceivedBytes = value;
    }

    /// <summary>Whether the connection has given its packet stream back.</summary>
    public bool IsReleased => _packets.IsDisposed;

    /// <summary>Blocks writers until the gate opens, as a peer that does not read.</summary>
    public Task WriteGate { set => _packets.Gate = value; }

    /// <summary>The window that the last session was opened with.</summary>
    public long OfferedWindow { get; private set; }

    public void Send(params byte[][] messages)
    {
        foreach (var message in messages)
        {
            // To a connection that an earlier message has ended nothing can be sent any more.
            Assert.True(_packets.ToConnection.Writer.TryWrite(message) || IsReleased);
        }
    }

    public void EndStream() => _packets.ToConnection.Writer.TryComplete();

    public void BreakStream(Exception cause) => _packets.ToConnection.Writer.TryComplete(cause);

    public async Task<byte[]> ReceiveAsync() =>
        await _packets.FromConnection.Reader.ReadAsync().AsTask().WaitAsync(Limit).ConfigureAwait(false);

    /// <summary>What has come and was not received yet.</summary>
    public bool TryReceive(out byte[] message) => _packets.FromConnection.Reader.TryRead(out message!);

    public async Task<byte[]> ExpectAsync(byte number)
    {
        var message = await ReceiveAsync().ConfigureAwait(false);
        Assert.Equal(number, message[0]);
        return message;
    }

    public async Task ExpectAsync(byte[] message) => Assert.Equal(message, await ReceiveAsync().ConfigureAwait(false));

    /// <summary>Returns once all that was sent has been handled; fails if something else was sent in answer to it.</summary>
    public async Task ExpectQuietAsync()
    {
        Send(Wire.Message(MessageNumber.GlobalRequest, "ping@test", true));
        await ExpectAsync([MessageNumber.RequestFailure]).ConfigureAwait(false);
    }

    /// <summary>Opens a session; the channel of ours and the number that the connection gave it.</summary>
    public async Task<(SshChannel Channel, uint Number)> OpenAsync(uint window = 1 << 20, uint maxPacket = 32 << 10)
    {
        var opening = Connection.OpenSessionAsync().AsTask();
        var open = await ExpectAsync(MessageNumber.ChannelOpen).ConfigureAwait(false);
        var number = Wire.UInt32(open, 12);
        OfferedWindow = Wire.UInt32(open, 16);
        Send(Wire.Confirmation(number, 100 + number, window, maxPacket));
        return (await opening.WaitAsync(Limit).ConfigureAwait(false), number);
    }

    /// <summary>How the connection ended.</summary>
    public async Task<SshFailure> EndAsync()
    {
        await Connection.Ended.WaitAsync(Limit).ConfigureAwait(false);
        return Assert.IsType<SshException>(Connection.EndedBy).Failure;
    }

    public ValueTask DisposeAsync() => Connection.DisposeAsync();

    private sealed class Stream : IPacketStream
    {
        private readonly CancellationTokenSource _disposed = new();

        public Channel<byte[]> ToConnection { get; } = Channel.CreateUnbounded<byte[]>();

        public Channel<byte[]> FromConnection { get; } = Channel.CreateUnbounded<byte[]>();

        public uint? LastSequenceNumber { get; set; }

        public long ReceivedBytes { get; set; }

        public Task Gate { get; set; } = Task.CompletedTask;

        public bool IsDisposed { get; private set; }

        public bool TryRead(out ReadOnlyMemory<byte> message)
        {
            var has = ToConnection.Reader.TryRead(out var next);
            message = next;
            return has;
        }

        public async ValueTask<ReadOnlyMemory<byte>> ReadAsync(CancellationToken cancellationToken) =>
            await ToConnection.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false)
                && ToConnection.Reader.TryRead(out var message)
                    ? message
                    : default;

        public async ValueTask WriteAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken)
        {
            await Gate.WaitAsync(_disposed.Token).WaitAsync(cancellationToken).ConfigureAwait(false);
            Assert.True(FromConnection.Writer.TryWrite(message.ToArray()));
        }

        public void Flush()
        {
            // Every message arrives when it is written.
        }

        public ValueTask DisposeAsync()
        {
            IsDisposed = true;
            ToConnection.Writer.TryComplete();
            return new(_disposed.CancelAsync());
        }
    }
}
