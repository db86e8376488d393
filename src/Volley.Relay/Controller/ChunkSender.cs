using System.Globalization;
using System.Text.Json;
using NATS.Client.Core;
using NATS.Client.JetStream;
using Volley.Relay.Server;
using Volley.Relay.Wire;

namespace Volley.Relay.Controller;

/// <summary>Groups the targets that the window starts at the same time into chunks, and publishes those to the work queue.</summary>
internal sealed class ChunkSender(RelayRun run, RelayRound round)
{
    /// <summary>The largest number of targets of a chunk.</summary>
    public const int ChunkSize = 16;

    private readonly Lock _lock = new();
    private List<RemoteTarget> _pending = [];
    private bool _isSending;

    /// <summary>Adds a target, which is published with those that are added at the same time.</summary>
    public void Add(RemoteTarget target)
    {
        lock (_lock)
        {
            _pending.Add(target);
            if (_isSending)
                return;
            _isSending = true;
        }

        _ = Task.Run(SendAllAsync);
    }

    /// <summary>Takes a target back that is not being published.</summary>
    public bool TryRemove(RemoteTarget target)
    {
        lock (_lock)
            return _pending.Remove(target);
    }

    private async Task SendAllAsync()
    {
        // Workers of the window that start in this moment add their targets, too.
        await Task.Yield();
        while (true)
        {
            List<RemoteTarget> batch;
            lock (_lock)
            {
                if (_pending.Count == 0)
                {
                    _isSending = false;
                    return;
                }

                (batch, _pending) = (_pending, []);
                var now = run.Time.GetTimestamp();
                foreach (var target in batch)
                    (target.Published, target.NextLook, target.Chunk) = (now, long.MaxValue, ulong.MaxValue);
            }

            await Task.WhenAll(Split(batch).Select(SendAsync)).ConfigureAwait(false);
        }
    }

    /// <summary>Splits targets into chunks of one piece each, small enough to occupy all relays of their queue.</summary>
    private IEnumerable<RemoteTarget[]> Split(List<RemoteTarget> batch)
    {
        foreach (var group in batch.GroupBy(target => (target.Queue, target.Piece)))
        {
            var targets = group.OrderBy(target => target.Rank).ToArray();
            var share = targets.Length / Math.Max(1, run.Directory.CountRelays(group.Key.Queue));
            foreach (var chunk in targets.Chunk(Math.Clamp(share, 1, ChunkSize)))
                yield return chunk;
        }
    }

    private async Task SendAsync(RemoteTarget[] chunk)
    {
        var item = new WorkItem(
            JobDocument.CurrentProtocol, run.Options.RunId, round.Number, chunk[0].Queue, chunk[0].Piece, [.. chunk.Select(target => target.Rank)]);
        var bytes = JsonSerializer.SerializeToUtf8Bytes(item, WireJson.Default.WorkItem);
        var id = string.Create(CultureInfo.InvariantCulture, $"{run.Options.RunId}.{run.Epoch}.{run.NextChunk()}");
        try
        {
            for (var delays = new RetryDelays(run.Time); chunk.Any(target => !target.Ended.IsCompleted); await delays.WaitAsync(run.Closing).ConfigureAwait(false))
            {
                if (await TryPublishAsync(item.Queue, bytes, id).ConfigureAwait(false) is not { } sequence)
                    continue;
                var now = run.Time.GetTimestamp();
                foreach (var target in chunk)
                    (target.Published, target.Chunk, target.NextLook) = (now, sequence, now + run.Ticks(target.LookInterval));
                return;
            }
        }
        catch (OperationCanceledException) when (run.Closing.IsCancellationRequested)
        {
            // The run is over.
        }
    }

    /// <summary>Publishes a chunk. Returns its sequence, or null without an answer; the id makes a second attempt harmless.</summary>
    private async Task<ulong?> TryPublishAsync(string queue, byte[] bytes, string id)
    {
        try
        {
            var ack = await run.Server.JetStream.PublishAsync(
                RelayNames.WorkSubject(queue),
                new ReadOnlyMemory<byte>(bytes),
                NatsRawSerializer<ReadOnlyMemory<byte>>.Default,
                new NatsJSPubOpts { MsgId = id, RetryAttempts = 1 },
                cancellationToken: run.Closing).ConfigureAwait(false);
            if (ack.Error is { } refusal)
                throw new NatsJSApiException(refusal);
            return ack.Seq;
        }
        catch (Exception failure) when (ServerFailure.IsPassing(failure, run.Closing))
        {
            run.NoteFailure(failure);
            return null;
        }
    }
}
