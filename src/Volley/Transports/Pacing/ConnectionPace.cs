namespace Volley.Transports.Pacing;

/// <summary>Limits the rate of new connections, evenly spaced. All transports of a run share one instance.</summary>
internal sealed class ConnectionPace
{
    private readonly TimeProvider _time;
    private readonly TimeSpan _interval;
    private readonly Lock _lock = new();
    private readonly long _began;
    private TimeSpan _next;

    /// <summary>Creates a pace.</summary>
    /// <param name="perSecond">The number of connections per second, above 0.</param>
    /// <param name="time">The clock; the system clock if null.</param>
    public ConnectionPace(double perSecond, TimeProvider? time = null)
    {
        _time = time ?? TimeProvider.System;
        _interval = TimeSpan.FromSeconds(1 / perSecond);
        _began = _time.GetTimestamp();
    }

    /// <summary>Waits for the next turn. A canceled turn is lost, because the later turns are already assigned.</summary>
    internal async Task TurnAsync(CancellationToken cancellationToken)
    {
        TimeSpan wait;
        lock (_lock)
        {
            var now = _time.GetElapsedTime(_began);
            var turn = now > _next ? now : _next;
            _next = turn + _interval;
            wait = turn - now;
        }

        if (wait > TimeSpan.Zero)
            await Task.Delay(wait, _time, cancellationToken).ConfigureAwait(false);
    }
}
