using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using NATS.Client.Core;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;
using Volley.Relay.Server;
using Volley.Relay.Wire;
using Volley.Relay.Worker;

namespace Volley.Relay.Controller;

/// <summary>Reads the events of all relays of a run, and hands them to the targets in order. While the reader of the run is slow, it waits.</summary>
internal sealed partial class EventReader(RelayRun run, ILogger logger)
{
    /// <summary>The bytes after which credit is announced at once, and not with the next control message.</summary>
    private const long CreditStep = 2 * 1024 * 1024;

    /// <summary>The bytes that the client holds. Each message is smaller.</summary>
    private const int BufferBytes = 8 * 1024 * 1024;

    private const long PurgeBytes = 8 * 1024 * 1024;
    private static readonly TimeSpan PurgeInterval = TimeSpan.FromSeconds(5);
    private readonly ILogger _logger = logger;
    private readonly ConcurrentDictionary<string, RelayEvents> _relays = new();
    private ulong _handled;
    private ulong _purgeable;
    private ulong _purged;
    private long _unannounced;
    private long _unpurged;
    private long _purgedAt;
    private int _isPurging;

    /// <summary>The sequence of the last message that was handed on.</summary>
    public ulong Handled => Volatile.Read(ref _handled);

    /// <summary>Returns the credit of each relay in each round.</summary>
    public Dictionary<string, long> GetCredits() => _relays.Values.ToDictionary(events => events.Key, events => events.Credit);

    /// <summary>Forgets a round that is over.</summary>
    public void Forget(int round)
    {
        foreach (var events in _relays.Values.Where(events => events.Round == round))
            _relays.TryRemove(events.Key, out _);
    }

    /// <summary>Reads until the token fires.</summary>
    public async Task ReadAllAsync(CancellationToken cancellationToken)
    {
        _purgedAt = run.Time.GetTimestamp();
        for (var delays = new RetryDelays(run.Time); ; await delays.WaitAsync(cancellationToken).ConfigureAwait(false))
        {
            try
            {
                await ReadAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (Exception failure) when (ServerFailure.IsPassing(failure, cancellationToken))
            {
                // It goes on with a new consumer behind the last message.
                run.NoteFailure(failure);
            }
        }
    }

    private async Task ReadAsync(CancellationToken cancellationToken)
    {
        var options = new NatsJSOrderedConsumerOpts { DeliverPolicy = ConsumerConfigDeliverPolicy.ByStartSequence, OptStartSeq = Handled + 1 };
        var consumer = await run.Server.JetStream.CreateOrderedConsumerAsync(RelayNames.RunStream(run.Options.RunId), options, cancellationToken)
            .ConfigureAwait(false);
        var limits = new NatsJSConsumeOpts { MaxBytes = BufferBytes, Expires = TimeSpan.FromSeconds(10), IdleHeartbeat = TimeSpan.FromSeconds(3) };
        await foreach (var message in consumer.ConsumeAsync(NatsRawSerializer<ReadOnlyMemory<byte>>.Default, limits, cancellationToken).ConfigureAwait(false))
        {
            var sequence = message.Metadata!.Value.Sequence.Stream;
            if (sequence <= _handled)
                continue;
            await HandAsync(message.Subject, message.Headers, message.Data, cancellationToken).ConfigureAwait(false);
            Volatile.Write(ref _handled, sequence);
            if ((_unpurged += message.Data.Length) >= PurgeBytes || run.Time.GetElapsedTime(_purgedAt) >= PurgeInterval)
                BeginPurge();
        }
    }

    /// <summary>Hands on the events of a message.</summary>
    private async ValueTask HandAsync(string subject, NatsHeaders? headers, ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        // volley.run.RUN.events.ROUND.RELAY
        if (subject.Split('.') is not [_, _, _, _, var number, var relay] || !int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var round))
            return;
        run.Relays.Hear(relay);
        var events = _relays.GetOrAdd($"{number}.{relay}", _ => new RelayEvents(round, relay));
        var found = run.FindRound(round);
        if (found is null && run.Options.Attaches && !run.EndedRounds.Contains(round))
            found = await run.WaitForRoundAsync(round, cancellationToken).ConfigureAwait(false);
        for (var rest = data; !rest.IsEmpty;)
        {
            var end = rest.Span.IndexOf((byte)'\n');
            var line = end < 0 ? rest : rest[..end];
            rest = end < 0 ? default : rest[(end + 1)..];
            if (!line.IsEmpty)
                await HandLineAsync(events, found, line, cancellationToken).ConfigureAwait(false);
        }

        Count(events, headers, data.Length);
    }

    private void Count(RelayEvents events, NatsHeaders? headers, int length)
    {
        long? offset = headers?.TryGetLastValue(EventPublisher.OffsetHeader, out var text) == true
            && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var stated) ? stated : null;
        events.Count(offset, length);
        if ((_unannounced += length) < CreditStep)
            return;
        _unannounced = 0;
        run.Sender.Announce();
    }

    private async ValueTask HandLineAsync(RelayEvents events, RelayRound? round, ReadOnlyMemory<byte> line, CancellationToken cancellationToken)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            var json = document.RootElement;
            if (!events.IsNew(json, out var missing))
                return;
            if (missing > 0 && !run.Options.Attaches)
                LogMissing(run.Options.RunId, events.Relay, missing);
            var name = json.GetProperty("event").GetString();
            if (name == "refused")
            {
                var ranks = json.GetProperty("ranks").EnumerateArray().Select(rank => rank.GetInt32()).ToArray();
                if (round is not null)
                    _ = round.RefuseAsync(events.Relay, ranks, json.GetProperty("reason").GetString() ?? "");
            }
            else if (json.TryGetProperty("rank", out var rank))
            {
                await HandEventAsync(events, round, name, rank.GetInt32(), json, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception wrong) when (wrong is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            LogWrong(run.Options.RunId, events.Relay, wrong.Message);
        }
    }

    private async ValueTask HandEventAsync(
        RelayEvents events, RelayRound? round, string? name, int rank, JsonElement json, CancellationToken cancellationToken)
    {
        if (round?.Stored is { } stored && !await stored.WaitForTurnAsync(rank, () => round.Find(rank) is not null, run.Time, cancellationToken).ConfigureAwait(false))
            return;
        var remote = round?.Find(rank);
        if (remote is null || remote.Ended.IsCompleted || remote.LostRelay == events.Relay || (remote.Relay is { } owner && owner != events.Relay))
        {
            if (name == "finished")
                LogLate(run.Options.RunId, events.Round, rank, events.Relay, json.TryGetProperty("cause", out var cause) ? cause.GetString() ?? "" : "");
            return;
        }

        remote.Relay = events.Relay;
        if (name == "finished")
            round!.End(remote, JsonEventReader.ReadResult(json));
        else if (JsonEventReader.Read(json, _ => remote.Target, out _) is (NodeConnecting or NodeStarted or NodeOutput or NodeFile or NodeProgress or NodeRetrying) and var known)
            await remote.DeliverAsync(known).ConfigureAwait(false);
    }

    /// <summary>
    /// Removes from the stream what was handed on before the last purge. That is written out, as far as is known: the queue of the run is smaller than what is
    /// kept between two purges.
    /// </summary>
    private void BeginPurge()
    {
        (_unpurged, _purgedAt) = (0, run.Time.GetTimestamp());
        var sequence = _purgeable;
        _purgeable = _handled;
        if (sequence > _purged && Interlocked.Exchange(ref _isPurging, 1) == 0)
            _ = PurgeAsync(sequence);
    }

    private async Task PurgeAsync(ulong sequence)
    {
        try
        {
            var request = new StreamPurgeRequest { Seq = sequence + 1 };
            await run.Server.JetStream.PurgeStreamAsync(RelayNames.RunStream(run.Options.RunId), request, run.Closing).ConfigureAwait(false);
            _purged = sequence;
        }
        catch (Exception failure) when (failure is OperationCanceledException || ServerFailure.IsPassing(failure, run.Closing))
        {
            // The next one follows.
        }
        finally
        {
            Volatile.Write(ref _isPurging, 0);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "run {Run}: {Count} events of relay {Relay} are missing")]
    private partial void LogMissing(string run, string relay, long count);

    [LoggerMessage(Level = LogLevel.Warning, Message = "run {Run}: relay {Relay} has sent an event that can't be read: {Reason}")]
    private partial void LogWrong(string run, string relay, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "run {Run}, round {Round}, target {Rank}: relay {Relay} reports its end '{Cause}' too late; it does not count")]
    private partial void LogLate(string run, int round, int rank, string relay, string cause);
}
