namespace Volley.Ssh;

/// <summary>
/// Notices that a peer is gone: after an interval of silence it asks, and after so many more
/// intervals without any message it calls the connection dead.
/// </summary>
internal sealed class KeepAlive : IDisposable
{
    private static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(uint.MaxValue - 1);

    private readonly TimeProvider _time;
    private readonly TimeSpan _interval;
    private readonly int _count;
    private readonly Func<bool> _ask;
    private readonly Action _dead;
    private readonly ITimer _timer;
    private long _heard;
    private int _asked;

    /// <param name="interval">How long a silence is too long.</param>
    /// <param name="count">How many of them, once asked; with 0 the first silence ends the connection, as in ssh.</param>
    /// <param name="time">The clock.</param>
    /// <param name="ask">Asks the peer for a sign of life; false if there is no way to ask.</param>
    /// <param name="dead">Called once there was no answer for too long.</param>
    public KeepAlive(TimeSpan interval, int count, TimeProvider time, Func<bool> ask, Action dead)
    {
        // ssh takes intervals of decades, and a timer none of more than 49 days.
        (_interval, _count, _time, _ask, _dead) = (interval < Longest ? interval : Longest, count, time, ask, dead);
        _heard = time.GetTimestamp();
        _timer = time.CreateTimer(static self => ((KeepAlive)self!).Look(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _timer.Change(_interval, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Something came from the peer.</summary>
    public void Heard()
    {
        Volatile.Write(ref _heard, _time.GetTimestamp());
        Volatile.Write(ref _asked, 0);
    }

    public void Dispose() => _timer.Dispose();

    private void Look()
    {
        var silence = _time.GetElapsedTime(Volatile.Read(ref _heard));
        if (silence < _interval)
        {
            _timer.Change(_interval - silence, Timeout.InfiniteTimeSpan);
            return;
        }
        var asked = Volatile.Read(ref _asked);
        if (asked >= _count)
        {
            _dead();
            return;
        }
        // With nobody to ask, silence means nothing; but a question that is out stays one.
        if (_ask() || asked > 0)
            Interlocked.CompareExchange(ref _asked, asked + 1, asked);
        _timer.Change(_interval, Timeout.InfiniteTimeSpan);
    }
}
