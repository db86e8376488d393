namespace Volley.Ssh;

/// <summary>
/// Bounds what all connections of a run may have to hold: the bytes that peers may send, and those that came and were
/// not consumed, add up to no more than its limit. Safe for use from several threads.
/// </summary>
/// <remarks>
/// A channel that opens gets a full window while half of the limit is free, half a window while a quarter is, and so
/// on: many small windows rather than a few large ones and none for the rest. When not even the smallest is left,
/// opening waits for a channel that ends. Windows grow only into the half that is kept free.
/// </remarks>
public sealed class WindowBudget
{
    /// <summary>The limit where none is named: 64 MiB.</summary>
    public const long DefaultLimit = 64L << 20;

    /// <summary>A window where there is no shortage: 128 KiB.</summary>
    internal const int FirstWindow = 128 << 10;

    /// <summary>The smallest window that a channel opens with: 1 KiB.</summary>
    internal const int SmallestWindow = 1 << 10;

    private readonly Lock _lock = new();
    private readonly LinkedList<TaskCompletionSource<int>> _waiting = [];
    private long _granted;

    /// <summary>A budget of so many bytes.</summary>
    /// <param name="limit">Bytes, at least 1 KiB.</param>
    public WindowBudget(long limit = DefaultLimit)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, SmallestWindow);
        Limit = limit;
    }

    /// <summary>The most that may be granted at once, in bytes.</summary>
    public long Limit { get; }

    /// <summary>What is granted and not consumed at this moment, in bytes.</summary>
    public long Granted
    {
        get
        {
            lock (_lock)
                return _granted;
        }
    }

    /// <summary>Takes the window of a channel that opens; waits while there is not even the smallest.</summary>
    internal async ValueTask<int> TakeFirstAsync(CancellationToken cancellationToken)
    {
        TaskCompletionSource<int> turn;
        lock (_lock)
        {
            if (_waiting.Count == 0 && TakeFirst() is > 0 and var size)
                return size;
            turn = new(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.AddLast(turn);
        }
        try
        {
            return await turn.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            bool had;
            lock (_lock)
                had = !_waiting.Remove(turn);
            // The token fired, but the turn had come.
            if (had)
                Release(await turn.Task.ConfigureAwait(false));
            throw;
        }
    }

    /// <summary>Takes what a window needs to double, if there is plenty.</summary>
    internal bool TryGrow(int size)
    {
        // What is below a first window only makes up for a shortage that is over.
        var keep = size < FirstWindow ? Limit / 4 : Limit / 2;
        lock (_lock)
        {
            if (_waiting.Count > 0 || Limit - _granted - size < keep)
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
            while (_waiting.First is { } next && TakeFirst() is > 0 and var size)
            {
                _waiting.RemoveFirst();
                next.Value.SetResult(size);
            }
        }
    }

    private int TakeFirst()
    {
        var free = Limit - _granted;
        var size = FirstWindow;
        for (var keep = Limit / 2; size > SmallestWindow && free - size < keep; keep /= 2)
            size /= 2;
        if (free < size)
            return 0;
        _granted += size;
        return size;
    }
}
