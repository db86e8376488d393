using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Volley.Interop;
using Volley.Interop.Waiting;

namespace Volley.Ssh.Net;

/// <summary>
/// A socket of the base library. Continuations run in the thread pool, or on the threads that watch sockets if the process was started with
/// DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS=1.
/// </summary>
internal sealed class PlatformSocketStream(Socket socket) : SocketStream
{
    private readonly AsyncSignal _turn = new();
    private int _reads;
    private volatile bool _isClosed;

    // A user that can't be determined counts as another user.
    internal override uint? OtherPeer => OperatingSystem.IsLinux() ? SocketCalls.OtherPeer(socket.SafeHandle) : uint.MaxValue;

    internal override void SetTypeOfService(AddressFamily family, int value)
    {
        if (OperatingSystem.IsLinux())
            SocketCalls.SetTypeOfService(socket.SafeHandle, family, value);
    }

    internal override void CompleteWrites()
    {
        try
        {
            socket.Shutdown(SocketShutdown.Send);
        }
        catch (Exception end) when (end is SocketException or ObjectDisposedException)
        {
            // The connection broke, or was closed here.
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (buffer.IsEmpty || _isClosed)
            return 0;
        if (_reads >= ReadsInARow)
            await GiveWayAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var reading = socket.ReceiveAsync(buffer, SocketFlags.None, cancellationToken);
            _reads = reading.IsCompleted ? _reads + 1 : 0;
            return await reading.ConfigureAwait(false);
        }
        catch (Exception end) when (_isClosed && end is SocketException or ObjectDisposedException)
        {
            return 0;
        }
        catch (SocketException failure)
        {
            throw Broken(failure);
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        ObjectDisposedException.ThrowIf(_isClosed, this);
        try
        {
            while (!buffer.IsEmpty)
                buffer = buffer[await socket.SendAsync(buffer, SocketFlags.None, cancellationToken).ConfigureAwait(false)..];
        }
        catch (SocketException) when (_isClosed)
        {
            throw new ObjectDisposedException(GetType().FullName);
        }
        catch (SocketException failure)
        {
            throw Broken(failure);
        }
    }

    protected override void Dispose(bool disposing)
    {
        _isClosed = true;
        socket.Dispose();
        base.Dispose(disposing);
    }

    /// <summary>Continues in the thread pool behind the queued work. Reads that complete at once would otherwise occupy their thread indefinitely.</summary>
    private ValueTask GiveWayAsync(CancellationToken cancellationToken)
    {
        _reads = 0;
        var turn = _turn.WaitAsync(cancellationToken);
        ThreadPool.UnsafeQueueUserWorkItem(static turn => turn.Set(inline: true), _turn, preferLocal: false);
        return turn;
    }
}
