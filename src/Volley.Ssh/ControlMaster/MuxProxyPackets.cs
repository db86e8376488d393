using System.Buffers;
using System.Buffers.Binary;
using Volley.Ssh.ControlMaster;

namespace Volley.Ssh;

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
public sealed class MuxProxyPackets : IPacketStream
{
    /// <summary>The default time limit for the master's answer: 5 seconds.</summary>
    public static readonly TimeSpan DefaultLimit = TimeSpan.FromSeconds(5);

    private const uint ProxyRequest = 0x1000000f;
    private const uint ProxyReply = 0x8000000f;

    /// <summary>A uint32 length and a byte padding length.</summary>
    private const int HeaderLength = sizeof(uint) + 1;

    /// <summary>The largest number of buffered bytes.</summary>
    private const int FullAt = 64 << 10;

    private readonly MuxSocket _mux;
    // The messages that are buffered for the next write.
    private byte[] _held = [];
    private int _heldLength;

    private MuxProxyPackets(MuxSocket mux) => _mux = mux;

    /// <summary>Connects to a control socket and switches it to proxy mode, within <see cref="DefaultLimit"/>.</summary>
    /// <exception cref="MuxException">There is no master, it does not answer, or it refuses.</exception>
    public static Task<MuxProxyPackets> ConnectAsync(string path, CancellationToken cancellationToken = default) =>
        ConnectAsync(path, SocketConnector.Default, cancellationToken);

    /// <summary>Connects to a control socket and switches it to proxy mode.</summary>
    /// <param name="path">The control socket.</param>
    /// <param name="limit">The time limit for the master's answer.</param>
    /// <param name="time">The clock of the limit.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="MuxException">There is no master, it does not answer, or it refuses.</exception>
    public static Task<MuxProxyPackets> ConnectAsync(string path, TimeSpan limit, TimeProvider time, CancellationToken cancellationToken) =>
        ConnectAsync(path, limit, time, SocketConnector.Default, cancellationToken);

    /// <summary>Connects to a control socket and switches it to proxy mode, within <see cref="DefaultLimit"/>.</summary>
    /// <param name="path">The control socket.</param>
    /// <param name="connector">Connects the socket.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="MuxException">There is no master, it does not answer, or it refuses.</exception>
    public static Task<MuxProxyPackets> ConnectAsync(string path, ISocketConnector connector, CancellationToken cancellationToken) =>
        ConnectAsync(path, DefaultLimit, TimeProvider.System, connector, cancellationToken);

    /// <inheritdoc/>
    public bool HasMessage => _mux.Frames.HasFrame;

    /// <inheritdoc/>
    public async ValueTask<ReadOnlyMemory<byte>> ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (await _mux.Frames.ReadAsync(cancellationToken).ConfigureAwait(false) is not { } frame)
                return default;
            return frame.Length > 1 && frame.Span[0] == 0
                ? frame[1..]
                : throw SshException.Violation("a frame without a message");
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            throw Lost(e);
        }
    }

    /// <inheritdoc/>
    public ValueTask WriteAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken) =>
        WriteAsync(message, moreFollow: false, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> message, bool moreFollow, CancellationToken cancellationToken)
    {
        Hold(message.Span);
        if (moreFollow && _heldLength < FullAt)
            return;
        var (frames, length) = (_held, _heldLength);
        (_held, _heldLength) = ([], 0);
        try
        {
            await _mux.Stream.WriteAsync(frames.AsMemory(0, length), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            throw Lost(e);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(frames);
        }
    }

    /// <summary>Disconnects from the master, which closes the channels that are still open.</summary>
    public ValueTask DisposeAsync()
    {
        _mux.Dispose();
        return ValueTask.CompletedTask;
    }

    private static async Task<MuxProxyPackets> ConnectAsync(
        string path, TimeSpan limit, TimeProvider time, ISocketConnector connector, CancellationToken cancellationToken)
    {
        var (mux, _) = await MuxSocket.AskAsync(path, ProxyRequest, ProxyReply, limit, time, connector, cancellationToken).ConfigureAwait(false);
        return new(mux);
    }

    /// <summary>Adds a message to the write buffer.</summary>
    private void Hold(ReadOnlySpan<byte> message)
    {
        var needed = _heldLength + HeaderLength + message.Length;
        if (_held.Length < needed)
        {
            var larger = ArrayPool<byte>.Shared.Rent(needed);
            _held.AsSpan(0, _heldLength).CopyTo(larger);
            if (_held.Length > 0)
                ArrayPool<byte>.Shared.Return(_held);
            _held = larger;
        }
        var frame = _held.AsSpan(_heldLength..needed);
        BinaryPrimitives.WriteUInt32BigEndian(frame, (uint)(1 + message.Length));
        frame[sizeof(uint)] = 0;
        message.CopyTo(frame[HeaderLength..]);
        _heldLength = needed;
    }

    private static SshException Lost(Exception e) =>
        new(SshFailure.ConnectionLost, $"the control master is gone: {e.Message}", e);
}
