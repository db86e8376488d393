namespace Volley.Interop.Blocking;

/// <summary>A time limit that does not run while a user is asked.</summary>
internal sealed class LimitTimer : IDisposable
{
    private readonly Lock _lock = new();
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _source;
    private TimeSpan _left;
    private long _runningSince;
    private int _pauses;
    private bool _isDisposed;

    /// <summary>Starts the timer.</summary>
    /// <param name="limit">The limit; infinite for none.</param>
    /// <param name="time">The clock.</param>
    public LimitTimer(TimeSpan limit, TimeProvider time)
    {
        (_time, _left, _runningSince) = (time, limit, time.GetTimestamp());
        _source = new CancellationTokenSource(limit, time);
    }

    /// <summary>Fires when the limit has elapsed.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>Whether the limit has elapsed.</summary>
    public bool HasElapsed => _source.IsCancellationRequested;

    /// <summary>Pauses the timer until the result is disposed. Pauses may overlap.</summary>
    public IDisposable Pause()
    {
        lock (_lock)
        {
            if (_pauses++ == 0 && !_isDisposed && _left != Timeout.InfiniteTimeSpan)
            {
                _left -= _time.GetElapsedTime(_runningSince);
                _source.CancelAfter(Timeout.InfiniteTimeSpan);
            }
        }

        return new Paused(this);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
            _isDisposed = true;
        _source.Dispose();
    }

    private void Resume()
    {
        lock (_lock)
        {
            if (--_pauses > 0 || _isDisposed || _left == Timeout.InfiniteTimeSpan)
                return;
            _runningSince = _time.GetTimestamp();
            _source.CancelAfter(_left > TimeSpan.Zero ? _left : TimeSpan.Zero);
        }
    }

    private sealed class Paused(LimitTimer timer) : IDisposable
    {
        private LimitTimer? _timer = timer;

        public void Dispose() => Interlocked.Exchange(ref _timer, null)?.Resume();
    }
}
