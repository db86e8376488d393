using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;
using Volley.Interop;
using Volley.Interop.Waiting;

namespace Volley.Ssh.Net;

/// <summary>A socket that an <see cref="EpollLoop"/> watches. It needs no thread of its own.</summary>
/// <param name="socket">The socket.</param>
/// <param name="resumesInline">Whether callers are resumed on the loop's thread, instead of on the thread pool.</param>
[SupportedOSPlatform("linux")]
internal sealed class EpollSocketStream(SafeFileHandle socket, bool resumesInline) : SocketStream
{
    private readonly EpollLoop _loop = EpollLoop.Next();
    private readonly Lock _lock = new();
    private readonly AsyncSignal _readable = new();
    private readonly AsyncSignal _writable = new();
    // 0 until the socket is added to the loop.
    private ulong _key;
    private bool _isWatchedForWriting;
    // Cleared by a call that would block and by a short read; set when the loop reports the socket as ready.
    private bool _mayRead = true;
    private bool _mayWrite = true;
    // The number of reads since the loop last reported the socket as ready.
    private int _reads;
    private volatile bool _hasHungUp;
    private bool _isClosed;

    /// <summary>Whether the loop has reported an error, or the end of a direction.</summary>
    internal bool HasHungUp => _hasHungUp;

    internal override uint? OtherPeer => SocketCalls.OtherPeer(socket);

    internal override void SetTypeOfService(AddressFamily family, int value) => SocketCalls.SetTypeOfService(socket, family, value);

    internal override void CompleteWrites()
    {
        lock (_lock)
        {
            if (!_isClosed)
                SocketCalls.ShutdownWrites(socket);
        }
    }

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
                var mustYield = _reads >= ReadsInARow;
                if (!mustYield && ReadNow(buffer.Span) is { } count)
                    return count;
                Watch(again: mustYield);
                more = _readable.WaitAsync(cancellationToken);
            }
            await more.ConfigureAwait(false);
        }
    }

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

    /// <summary>Waits until a connect(2) in progress completes.</summary>
    internal ValueTask WhenConnectedAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            var connected = _writable.WaitAsync(cancellationToken);
            _mayWrite = false;
            WatchForWriting();
            return connected;
        }
    }

    /// <summary>Called by the loop when the socket is ready.</summary>
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
            _reads = mayRead ? 0 : _reads;
        }
        if (mayWrite)
            _writable.Set(resumesInline);
        if (mayRead)
            _readable.Set(resumesInline);
    }

    protected override void Dispose(bool disposing)
    {
        lock (_lock)
        {
            if (_isClosed)
                return;
            _isClosed = true;
            if (_key != 0)
                _loop.Forget(_key);
            socket.Dispose();
        }
        _writable.Set();
        // The pending read returns 0 and its caller only cleans up, which is not worth a switch to another thread.
        _readable.Set(resumesInline);
        base.Dispose(disposing);
    }

    /// <summary>Reads available bytes. Returns their number, 0 at the end, or null if there are none yet.</summary>
    private int? ReadNow(Span<byte> buffer)
    {
        while (_mayRead)
        {
            var count = SocketCalls.Receive(socket, buffer);
            // After a short read, epoll(7) reports further data again, but after a hang-up it reports nothing more.
            _mayRead = _hasHungUp || count == buffer.Length || count == 0;
            if (count >= 0)
            {
                _reads++;
                return count;
            }

            if (-count is not (Errno.TryAgain or Errno.Interrupted))
                throw Broken(SocketCalls.Failure(-count));
            _hasHungUp &= -count == Errno.Interrupted;
            _mayRead = -count == Errno.Interrupted;
        }
        return null;
    }

    /// <summary>Writes as many bytes as the socket accepts, and returns their number.</summary>
    private int WriteNow(ReadOnlySpan<byte> bytes)
    {
        var written = 0;
        while (_mayWrite && written < bytes.Length)
        {
            var count = SocketCalls.Send(socket, bytes[written..]);
            if (count >= 0)
                written += count;
            else if (-count == Errno.TryAgain)
                _mayWrite = false;
            else if (-count != Errno.Interrupted)
                throw Broken(SocketCalls.Failure(-count));
        }
        return written;
    }

    /// <summary>Has the loop watch the socket.</summary>
    /// <param name="again">Whether the loop reports the socket again if it is ready, behind other ready sockets.</param>
    private void Watch(bool again)
    {
        if (_key == 0)
            _key = _loop.Add(socket, this, _isWatchedForWriting);
        else if (again)
            _loop.Renew(socket, _key, _isWatchedForWriting);
    }

    private void WatchForWriting()
    {
        if (_isWatchedForWriting)
            return;
        _isWatchedForWriting = true;
        Watch(again: true);
    }
}
