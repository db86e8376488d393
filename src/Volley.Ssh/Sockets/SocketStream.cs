using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Microsoft.Win32.SafeHandles;

namespace Volley.Ssh.Sockets;

/// <summary>
/// A connected socket as a stream, for thousands of them: asynchronous only, without a thread of its own. What waits for it
/// goes on in the thread that watches it, or disposes of it, and must not block there. One reader and one writer at a time.
/// </summary>
public sealed class SocketStream : Stream
{
    private readonly SafeFileHandle _socket;
    private readonly SocketLoop _loop = SocketLoop.Next();
    private readonly Lock _lock = new();
    private readonly Waiter _readable = new();
    private readonly Waiter _writable = new();
    // 0: the loop does not know of it yet.
    private ulong _key;
    private bool _isWatchedForWriting;
    // Since the loop last said so, nothing has shown that it is not so any more.
    private bool _mayRead = true;
    private bool _mayWrite = true;
    private bool _hasHungUp;
    private bool _isClosed;

    private SocketStream(SafeFileHandle socket) => _socket = socket;

    /// <summary>True.</summary>
    public override bool CanRead => true;

    /// <summary>False.</summary>
    public override bool CanSeek => false;

    /// <summary>True.</summary>
    public override bool CanWrite => true;

    /// <summary>Not supported.</summary>
    public override long Length => throw new NotSupportedException();

    /// <summary>Not supported.</summary>
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <summary>The user at the other end of a socket in the file system, if that is neither we nor root; else null.</summary>
    internal uint? OtherPeer => SocketCalls.OtherPeer(_socket);

    /// <summary>Connects to an address of TCP or to a socket in the file system.</summary>
    /// <param name="address">An <see cref="IPEndPoint"/> or a <see cref="UnixDomainSocketEndPoint"/>.</param>
    /// <param name="from">The local address to connect from; null for any.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="SocketException">It can't be connected to.</exception>
    public static async ValueTask<SocketStream> ConnectAsync(EndPoint address, EndPoint? from = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(address);
        cancellationToken.ThrowIfCancellationRequested();
        var stream = new SocketStream(SocketCalls.Open(address.AddressFamily));
        try
        {
            if (address is IPEndPoint)
                SocketCalls.PrepareForTcp(stream._socket);
            Check(from is null ? 0 : SocketCalls.Bind(stream._socket, Bytes(from)));
            var error = SocketCalls.Connect(stream._socket, Bytes(address));
            if (error == SocketCalls.InProgress)
            {
                await stream.WhenConnectedAsync(cancellationToken).ConfigureAwait(false);
                error = SocketCalls.TakeError(stream._socket);
            }
            Check(error);
            return stream;
        }
        catch
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        static ReadOnlySpan<byte> Bytes(EndPoint address)
        {
            var serialized = address.Serialize();
            return serialized.Buffer.Span[..serialized.Size];
        }
    }

    /// <summary>Reads what has come, or waits for it; 0 at the end, and once this is disposed.</summary>
    /// <exception cref="IOException">The connection broke; the inner exception is a <see cref="SocketException"/>.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        while (true)
        {
            ValueTask more;
            lock (_lock)
            {
                if (buffer.IsEmpty || _isClosed)
                    return 0;
                var mustWait = _loop.MustWait(this);
                if (!mustWait && ReadNow(buffer.Span) is { } count)
                    return count;
                Watch();
                more = _readable.WaitAsync(cancellationToken);
            }
            await more.ConfigureAwait(false);
        }
    }

    /// <inheritdoc cref="ReadAsync(Memory{byte}, CancellationToken)"/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <summary>Writes all of it, as fast as the other end takes it.</summary>
    /// <exception cref="IOException">The connection broke; the inner exception is a <see cref="SocketException"/>.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        while (true)
        {
            ValueTask room;
            lock (_lock)
            {
                ObjectDisposedException.ThrowIf(_isClosed, this);
                buffer = buffer[WriteNow(buffer.Span)..];
                if (buffer.IsEmpty)
                    return;
                WatchForWriting();
                room = _writable.WaitAsync(cancellationToken);
            }
            await room.ConfigureAwait(false);
        }
    }

    /// <inheritdoc cref="WriteAsync(ReadOnlyMemory{byte}, CancellationToken)"/>
    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <summary>Not supported: asynchronous only.</summary>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <summary>Not supported: asynchronous only.</summary>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <summary>Not supported.</summary>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <summary>Not supported.</summary>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <summary>Nothing: all is written at once.</summary>
    public override void Flush()
    {
    }

    /// <summary>Called by the loop.</summary>
    internal void OnReady(uint events)
    {
        var hasHungUp = (events & (Epoll.HangUp | Epoll.Error | Epoll.PeerHasEnded)) != 0;
        var mayRead = hasHungUp || (events & Epoll.In) != 0;
        var mayWrite = hasHungUp || (events & Epoll.Out) != 0;
        lock (_lock)
        {
            _hasHungUp |= hasHungUp;
            _mayRead |= mayRead;
            _mayWrite |= mayWrite;
        }
        if (mayWrite)
            _writable.Wake(inline: true);
        if (mayRead)
            _readable.Wake(inline: true);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        lock (_lock)
        {
            if (_isClosed)
                return;
            _isClosed = true;
            if (_key != 0)
                _loop.Forget(_key);
            _socket.Dispose();
        }
        _writable.Wake();
        // Whoever reads has come to the end: it gives up what it holds, which is no reason to wake another thread.
        _readable.Wake(inline: true);
        base.Dispose(disposing);
    }

    private static void Check(int error)
    {
        if (error != 0)
            throw SocketCalls.Failure(error);
    }

    private static IOException Broken(int error)
    {
        var cause = SocketCalls.Failure(error);
        return new IOException(cause.Message, cause);
    }

    private ValueTask WhenConnectedAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            var connected = _writable.WaitAsync(cancellationToken);
            _mayWrite = false;
            WatchForWriting();
            return connected;
        }
    }

    /// <summary>Reads what is there; null: nothing now.</summary>
    private int? ReadNow(Span<byte> buffer)
    {
        while (_mayRead)
        {
            var count = SocketCalls.Receive(_socket, buffer);
            // What comes after a short read is reported again (epoll(7)), but of a peer that has gone nothing more is.
            _mayRead = _hasHungUp || count == buffer.Length || count == 0;
            if (count >= 0)
                return count;
            if (-count is not (SocketCalls.TryAgain or SocketCalls.Interrupted))
                throw Broken(-count);
            _hasHungUp &= -count == SocketCalls.Interrupted;
            _mayRead = -count == SocketCalls.Interrupted;
        }
        return null;
    }

    /// <summary>Writes what there is room for; returns how much.</summary>
    private int WriteNow(ReadOnlySpan<byte> bytes)
    {
        var written = 0;
        while (_mayWrite && written < bytes.Length)
        {
            var count = SocketCalls.Send(_socket, bytes[written..]);
            if (count >= 0)
                written += count;
            else if (-count == SocketCalls.TryAgain)
                _mayWrite = false;
            else if (-count != SocketCalls.Interrupted)
                throw Broken(-count);
        }
        return written;
    }

    private void Watch()
    {
        if (_key == 0)
            _key = _loop.Add(_socket, this, forWriting: false);
    }

    private void WatchForWriting()
    {
        if (_isWatchedForWriting)
            return;
        _isWatchedForWriting = true;
        if (_key == 0)
            _key = _loop.Add(_socket, this, forWriting: true);
        else
            _loop.WatchForWriting(_socket, _key);
    }
}
