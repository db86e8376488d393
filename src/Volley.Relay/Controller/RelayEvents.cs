using System.Globalization;
using System.Text.Json;

namespace Volley.Relay.Controller;

/// <summary>What the controller has read of the events of one relay in one round: it drops what it has seen, and counts what it has handed on.</summary>
internal sealed class RelayEvents(int round, string relay)
{
    private long _nextSequence;
    private long _credit;

    public int Round => round;

    public string Relay => relay;

    /// <summary>The key of the credit in control messages.</summary>
    public string Key { get; } = string.Create(CultureInfo.InvariantCulture, $"{round}.{relay}");

    /// <summary>The bytes that were handed on since the start of the round.</summary>
    public long Credit => Interlocked.Read(ref _credit);

    /// <summary>Returns whether an event is new. Sets how many before it are missing.</summary>
    public bool IsNew(JsonElement json, out long missing)
    {
        var sequence = json.GetProperty("seq").GetInt64();
        missing = Math.Max(0, sequence - _nextSequence);
        if (sequence < _nextSequence)
            return false;
        _nextSequence = sequence + 1;
        return true;
    }

    /// <summary>Counts a message that was handed on.</summary>
    /// <param name="offset">The bytes of all messages before it; null if the relay does not state them.</param>
    /// <param name="length">Its length in bytes.</param>
    public void Count(long? offset, int length) => Interlocked.Exchange(ref _credit, Math.Max(_credit, (offset ?? _credit) + length));
}
