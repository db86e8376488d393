using Volley.Interop.Waiting;

namespace Volley.Ssh.Connection;

/// <summary>
/// Bounds the memory for received data of all connections of a run: the bytes that peers may send, plus those received and not
/// consumed, never exceed the limit. Thread-safe.
/// </summary>
/// <remarks>
/// A new channel gets a full window if half of the limit stays free, half a window if a quarter stays free, and so on: many small
/// windows rather than a few large ones and none for the rest. If not even the smallest window is available, opening waits for a channel
/// to end. A window doubles only if half of the limit stays free, or a quarter for a window below the full size.
/// </remarks>
internal sealed class WindowBudget
{
    /// <summary>The default limit: 64 MiB.</summary>
    public const long DefaultLimit = 64L << 20;

    /// <summary>The full window of a new channel: 128 KiB.</summary>
    internal const int FirstWindow = 128 << 10;

    /// <summary>The smallest window of a new channel: 1 KiB.</summary>
    internal const int MinWindow = 1 << 10;

    private readonly Lock _lock = new();
    // Held by the request that is next, which waits for a release.
    private readonly AsyncGate _next = new(1);
    private readonly AsyncSignal _released = new();
    private int _waiting;
    private long _granted;

    /// <summary>Creates a budget.</summary>
    /// <param name="limit">The limit in bytes, at least 1 KiB.</param>
    /// <exception cref="ArgumentOutOfRangeException">The limit is less than 1 KiB.</exception>
    public WindowBudget(long limit = DefaultLimit)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, MinWindow);
        Limit = limit;
    }

    /// <summary>The largest sum of granted bytes.</summary>
    public long Limit { get; }

    /// <summary>The number of bytes that are granted and not consumed at the moment.</summary>
    public long Granted
    {
        get
        {
            lock (_lock)
                return _granted;
        }
    }

    /// <summary>Takes the window of a new channel. Waits while not even the smallest window is available.</summary>
    internal async ValueTask<int> TakeFirstAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_waiting == 0 && TakeFirst() is > 0 and var size)
                return size;
            _waiting++;
        }
        try
        {
            return await WaitForFirstAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            lock (_lock)
                _waiting--;
        }
    }

    /// <summary>Takes the window of a channel that the peer opens. Returns 0 if none is available.</summary>
    internal int TryTakeFirst()
    {
        lock (_lock)
            return _waiting == 0 ? TakeFirst() : 0;
    }

    /// <summary>Takes the bytes that a window needs to double, if enough stay free.</summary>
    internal bool TryGrow(int size)
    {
        // A window below the full size is the result of an earlier shortage, so it may grow sooner.
        var keep = size < FirstWindow ? Limit / 4 : Limit / 2;
        lock (_lock)
        {
            if (_waiting > 0 || Limit - _granted - size < keep)
                return false;
            _granted += size;
            return true;
        }
    }

    internal void Release(long count)
    {
        lock (_lock)
        {
            _granted -= count;
            if (_waiting == 0)
                return;
        }
        _released.Set();
    }

    /// <summary>Takes the window of a new channel once there is room, in the order of the requests.</summary>
    private async ValueTask<int> WaitForFirstAsync(CancellationToken cancellationToken)
    {
        await _next.EnterAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            while (true)
            {
                lock (_lock)
                {
                    if (TakeFirst() is > 0 and var size)
                        return size;
                }
                await _released.WaitAsync(cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            _next.Leave();
        }
    }

    /// <summary>Takes the window of a new channel, as large as the rest of the limit allows. Returns 0 if there is none. Requires the lock.</summary>
    private int TakeFirst()
    {
        var free = Limit - _granted;
        var size = FirstWindow;
        for (var keep = Limit / 2; size > MinWindow && free - size < keep; keep /= 2)
            size /= 2;
        if (free < size)
            return 0;
        _granted += size;
        return size;
    }
}
