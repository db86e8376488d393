using System.Collections.Concurrent;
using NATS.Client.Core;
using Volley.Relay.Wire;

namespace Volley.Relay.Controller;

/// <summary>When each relay of a run was last heard of. The time in which the controller itself is cut off does not count.</summary>
internal sealed class RelayWatch(TimeProvider time)
{
    private readonly ConcurrentDictionary<string, long> _heard = new();

    /// <summary>Returns the name of a relay by its id: without the 8 random characters.</summary>
    public static string NameOf(string relay) => relay.Length > 9 && relay[^9] == '-' ? relay[..^9] : relay;

    /// <summary>Records that something was heard.</summary>
    public void Hear(string relay) => _heard[relay] = time.GetTimestamp();

    /// <summary>Begins to wait for a relay that was not heard of so far.</summary>
    public void Expect(string relay) => _heard.TryAdd(relay, time.GetTimestamp());

    /// <summary>Gives all relays more time, because nothing could be heard.</summary>
    public void Forgive(TimeSpan interval)
    {
        var ticks = (long)(interval.TotalSeconds * time.TimestampFrequency);
        foreach (var (relay, heard) in _heard)
            _heard.TryUpdate(relay, Math.Min(heard + ticks, time.GetTimestamp()), heard);
    }

    /// <summary>Returns the relays that have been silent for a time.</summary>
    public IEnumerable<string> SilentFor(TimeSpan limit) => _heard.Where(relay => time.GetElapsedTime(relay.Value) > limit).Select(relay => relay.Key);

    /// <summary>Listens to the relays.</summary>
    public async Task ListenAsync(RelayServer server, string run, CancellationToken cancellationToken)
    {
        await foreach (var message in server.Connection.SubscribeAsync(
            RelayNames.Beat(run), serializer: NatsRawSerializer<byte[]>.Default, cancellationToken: cancellationToken).ConfigureAwait(false))
        {
            if (WireJson.Parse(message.Data, WireJson.Default.BeatMessage) is { Relay: { } relay } beat && beat.Run == run)
                Hear(relay);
        }
    }
}
