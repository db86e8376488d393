using System.Buffers.Binary;
using Volley.Ssh.Net;
using Volley.Ssh.Transport;

namespace Volley.Ssh.ControlMaster;

/// <summary>
/// The packets of an OpenSSH control master in proxy mode (since OpenSSH 7.4; PROTOCOL.mux, section 9): unencrypted messages of the
/// connection protocol, whose channel numbers the master translates.
/// </summary>
/// <remarks>
/// The master forwards messages that it does not know to the server, even a DISCONNECT, and drops a client that sends a global request
/// other than tcpip-forward; a connection over it must send neither. A client must not simply leave a master that is to live on. OpenSSH
/// 9.2 dies in two cases. The first is a channel of that client that was refused or not answered ("no remote_id"). The second is a close
/// that the server has not answered (a segmentation fault). See <see cref="SshConnection.WaitUntilIdleAsync"/>.
/// </remarks>
internal sealed class MuxProxyPackets : IPacketStream
{
    /// <summary>The default time limit for the master's answer: 5 seconds.</summary>
    public static readonly TimeSpan DefaultLimit = TimeSpan.FromSeconds(5);

    private const uint ProxyRequest = 0x1000000f;
    private const uint ProxyReply = 0x8000000f;

    /// <summary>A uint32 length and a byte padding length.</summary>
    private const int HeaderLength = sizeof(uint) + 1;

    private readonly MuxSocket _mux;
    private readonly Lock _lock = new();
    private readonly WriteBuffer _out;
    private Exception? _failure;

    private MuxProxyPackets(MuxSocket mux)
    {
        _mux = mux;
        _out = new(mux.Stream, _lock, OnBroken);
    }

    /// <summary>Connects to a control socket and switches it to proxy mode.</summary>
    /// <param name="path">The control socket.</param>
    /// <param name="limit">The time limit for the master's answer.</param>
    /// <param name="time">The clock of the limit.</param>
    /// <param name="connector">Connects the socket.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="SshControlMasterException">There is no master, it does not answer, or it refuses.</exception>
    public static async Task<MuxProxyPackets> ConnectAsync(
        string path, TimeSpan limit, TimeProvider time, ISocketConnector connector, CancellationToken cancellationToken)
    {
        var (mux, _) = await MuxSocket.AskAsync(path, ProxyRequest, ProxyReply, limit, time, connector, cancellationToken).ConfigureAwait(false);
        return new(mux);
    }

    /// <inheritdoc/>
    public uint? LastSequenceNumber => null;

    /// <inheritdoc/>
    public long ReceivedBytes => _mux.Frames.ReceivedBytes;

    /// <inheritdoc/>
    public bool TryRead(out ReadOnlyMemory<byte> message)
    {
        message = default;
        if (!_mux.Frames.TryRead(out var frame))
            return false;
        message = frame.Length > 1 && frame.Span[0] == 0 ? frame[1..] : throw SshException.Violation("a frame without a message");
        return true;
    }

    /// <inheritdoc/>
    public async ValueTask<ReadOnlyMemory<byte>> ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            ReadOnlyMemory<byte> message;
            while (!TryRead(out message))
            {
                Flush();
                if (!await _mux.Frames.ReceiveAsync(cancellationToken).ConfigureAwait(false))
                    break;
            }
            return message;
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            throw Lost(e);
        }
    }

    /// <inheritdoc/>
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        while (TryAdd(message.Span) is { } written)
            await written.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void Flush() => _out.Flush();

    /// <summary>
    /// Disconnects from the master, which closes the channels that are still open. Buffered messages are sent, if the master accepts them at
    /// once.
    /// </summary>
    public ValueTask DisposeAsync()
    {
        Flush();
        _mux.Dispose();
        lock (_lock)
            _out.Drop();
        return ValueTask.CompletedTask;
    }

    /// <summary>Adds a message to the buffer. Returns null, or the task to wait for before another try.</summary>
    private Task? TryAdd(ReadOnlySpan<byte> message)
    {
        bool isFull;
        lock (_lock)
        {
            if (_failure is not null)
                throw Lost(_failure);
            if (_out is { IsWriting: true, IsFull: true })
                return _out.WaitAsync();
            var frame = _out.Claim(HeaderLength + message.Length);
            BinaryPrimitives.WriteUInt32BigEndian(frame, (uint)(1 + message.Length));
            frame[sizeof(uint)] = 0;
            message.CopyTo(frame[HeaderLength..]);
            isFull = _out.IsFull;
        }
        if (isFull)
            Flush();
        return null;
    }

    private void OnBroken(Exception cause)
    {
        lock (_lock)
            _failure = cause;
    }

    private static SshException Lost(Exception e) =>
        new(SshFailure.ConnectionLost, $"the control master is gone: {e.Message}", e);
}
