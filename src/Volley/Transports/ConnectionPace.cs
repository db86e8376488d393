namespace Volley.Transports;

/// <summary>Lets no more than so many new connections begin in a second, evenly spaced. All that connects in a run shares one.</summary>
public sealed class ConnectionPace
{
    private readonly TimeProvider _time;
    private readonly TimeSpan _interval;
    private readonly Lock _lock = new();
    private readonly long _began;
    private TimeSpan _next;

    /// <param name="perSecond">How many, above 0.</param>
    /// <param name="time">The clock; the system's if null.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is not above 0.</exception>
    public ConnectionPace(double perSecond, TimeProvider? time = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(perSecond);
        _time = time ?? TimeProvider.System;
        _interval = TimeSpan.FromSeconds(1 / perSecond);
        _began = _time.GetTimestamp();
    }

    /// <summary>Waits for the next turn. One that is given up is not given to another, for all are spread already.</summary>
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
