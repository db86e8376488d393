namespace Volley.Ssh;

/// <summary>
/// Notices that a peer is gone: after an interval of silence it asks, and after so many more
/// intervals without a byte from the peer it calls the connection dead.
/// </summary>
internal sealed class KeepAlive : IDisposable
{
    private static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(uint.MaxValue - 1);

    private readonly TimeProvider _time;
    private readonly TimeSpan _interval;
    private readonly int _count;
    private readonly Func<int, bool> _ask;
    private readonly Func<long> _received;
    private readonly Action _dead;
    private readonly ITimer _timer;
    private long _heard;
    // How many bytes had come by then.
    private long _seen;
    private int _asked;

    /// <param name="interval">How long a silence is too long.</param>
    /// <param name="count">How many of them, once asked; with 0 the first silence ends the connection, as in ssh.</param>
    /// <param name="time">The clock.</param>
    /// <param name="ask">Sends a keepalive, given how many went unanswered before; false if there is no way to ask.</param>
    /// <param name="received">Returns how many bytes have come; more than at the last look means that the peer is alive.</param>
    /// <param name="dead">Called once there was no answer for too long.</param>
    public KeepAlive(TimeSpan interval, int count, TimeProvider time, Func<int, bool> ask, Func<long> received, Action dead)
    {
        // ssh takes intervals of decades, and a timer none of more than 49 days.
        (_interval, _count, _time, _ask, _received, _dead) = (interval < Longest ? interval : Longest, count, time, ask, received, dead);
        _heard = time.GetTimestamp();
        _seen = received();
        _timer = time.CreateTimer(static self => ((KeepAlive)self!).Look(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _timer.Change(_interval, Timeout.InfiniteTimeSpan);
    }

    /// <summary>A message came from the peer.</summary>
    public void Heard()
    {
        Volatile.Write(ref _seen, _received());
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
        // A part of a message, or one that the transport keeps to itself, such as SSH_MSG_IGNORE or a key exchange.
        if (_received() != Volatile.Read(ref _seen))
        {
            Heard();
            _timer.Change(_interval, Timeout.InfiniteTimeSpan);
            return;
        }
        var asked = Volatile.Read(ref _asked);
        if (asked >= _count)
        {
            _dead();
            return;
        }
        // With nobody to ask, silence means nothing; but a question that is out stays one.
        if (_ask(asked) || asked > 0)
            Interlocked.CompareExchange(ref _asked, asked + 1, asked);
        _timer.Change(_interval, Timeout.InfiniteTimeSpan);
    }
}
