namespace Volley.Ssh.Connection;

/// <summary>
/// Detects a dead peer: sends a keepalive after an interval of silence, and reports the peer dead after a number of further intervals
/// without a byte.
/// </summary>
internal sealed class KeepAlive : IDisposable
{
    private static readonly TimeSpan MaxInterval = TimeSpan.FromMilliseconds(uint.MaxValue - 1);

    private readonly TimeProvider _time;
    private readonly TimeSpan _interval;
    private readonly int _count;
    private readonly Func<int, bool> _ask;
    private readonly Func<long> _received;
    private readonly Action _dead;
    private readonly ITimer _timer;
    private long _heard;
    // The number of received bytes at that time.
    private long _seen;
    private int _asked;

    /// <summary>Starts the timer.</summary>
    /// <param name="interval">The longest silence.</param>
    /// <param name="count">The number of unanswered keepalives that ends the connection. With 0 the first silence ends it, as in ssh.</param>
    /// <param name="time">The clock.</param>
    /// <param name="ask">Sends a keepalive, given the number of unanswered ones before it. Returns false if none can be sent.</param>
    /// <param name="received">Returns the number of received bytes. An increase means that the peer is alive.</param>
    /// <param name="dead">Called when the peer is dead.</param>
    public KeepAlive(TimeSpan interval, int count, TimeProvider time, Func<int, bool> ask, Func<long> received, Action dead)
    {
        // ssh accepts intervals of decades; a timer accepts at most 49 days.
        (_interval, _count, _time, _ask, _received, _dead) = (interval < MaxInterval ? interval : MaxInterval, count, time, ask, received, dead);
        _heard = time.GetTimestamp();
        _seen = received();
        _timer = time.CreateTimer(static self => ((KeepAlive)self!).Look(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _timer.Change(_interval, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Records that a message came from the peer.</summary>
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
        // Part of a message, or one that the transport handles itself, such as SSH_MSG_IGNORE or a key exchange.
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
        // If no keepalive can be sent, silence means nothing; but an earlier keepalive stays unanswered.
        if (_ask(asked) || asked > 0)
            Interlocked.CompareExchange(ref _asked, asked + 1, asked);
        _timer.Change(_interval, Timeout.InfiniteTimeSpan);
    }
}
