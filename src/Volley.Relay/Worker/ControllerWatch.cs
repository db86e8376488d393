using System.Globalization;
using Volley.Relay.Wire;

namespace Volley.Relay.Worker;

/// <summary>What a relay has heard of the controller of one run.</summary>
internal sealed class ControllerWatch(TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly ChangeSignal _changed = new();
    private ControlMessage? _last;
    private long _heard = time.GetTimestamp();

    /// <summary>The newest message; null before the first one.</summary>
    public ControlMessage? Last
    {
        get
        {
            lock (_lock)
                return _last;
        }
    }

    /// <summary>The time since the newest message, on a monotonic clock; infinite before the first one.</summary>
    public TimeSpan Silence
    {
        get
        {
            lock (_lock)
                return _last is null ? TimeSpan.MaxValue : time.GetElapsedTime(_heard);
        }
    }

    /// <summary>The time since the newest message, or since this object was made.</summary>
    public TimeSpan Idle
    {
        get
        {
            lock (_lock)
                return time.GetElapsedTime(_heard);
        }
    }

    /// <summary>Takes a message. Returns false for one that is older than the newest, or of an earlier controller.</summary>
    public bool TryReceive(ControlMessage message)
    {
        lock (_lock)
        {
            if (_last is { } last && (message.Epoch < last.Epoch || (message.Epoch == last.Epoch && message.Number <= last.Number)))
                return false;
            _last = message;
            _heard = time.GetTimestamp();
        }

        _changed.Announce();
        return true;
    }

    /// <summary>Waits for the next message, at most for a time.</summary>
    /// <returns>Whether one came.</returns>
    public async Task<bool> WaitAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        Task changed;
        lock (_lock)
            changed = _changed.Next();
        try
        {
            await changed.WaitAsync(limit, time, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    /// <summary>Returns the number of bytes of a relay's event messages that the controller has handed on; null if it knows none.</summary>
    public static long? Credit(ControlMessage message, int round, string relay) =>
        message.Credits.TryGetValue(string.Create(CultureInfo.InvariantCulture, $"{round}.{relay}"), out var credit) ? credit : null;
}
