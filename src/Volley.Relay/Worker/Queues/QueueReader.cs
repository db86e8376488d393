using Microsoft.Extensions.Logging;
using NATS.Client.Core;
using NATS.Client.JetStream;
using Volley.Relay.Server;

namespace Volley.Relay.Worker.Queues;

/// <summary>Takes chunks from one queue while the relay has room.</summary>
/// <param name="server">The server.</param>
/// <param name="queue">The name of the queue.</param>
/// <param name="capacity">The room.</param>
/// <param name="take">Takes a chunk; it does not wait for its end.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Receives failures.</param>
internal sealed partial class QueueReader(
    RelayServer server, string queue, Capacity capacity, Func<WorkMessage, ValueTask> take, TimeProvider time, ILogger logger)
{
    /// <summary>The largest number of targets that a controller puts into a chunk.</summary>
    private const int ChunkSize = 16;

    private const int MostChunks = 16;
    private static readonly TimeSpan PullTime = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(2);
    private static readonly INatsSerializer<ReadOnlyMemory<byte>> Raw = NatsRawSerializer<ReadOnlyMemory<byte>>.Default;

    /// <summary>Takes chunks until the token fires.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var isReported = false;
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                // Both are made again if a server without files was started again.
                await server.EnsureSharedAsync(cancellationToken).ConfigureAwait(false);
                var consumer = await server.OpenQueueAsync(queue, cancellationToken).ConfigureAwait(false);
                isReported = false;
                await PullAsync(consumer, cancellationToken).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failure) when (ServerFailure.IsPassing(failure, cancellationToken))
            {
                if (!isReported)
                    LogFailure(queue, failure.Message);
                isReported = true;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(500), time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Pulls until a pull ends early, which it does if the server has no such queue, or has lost the request.</summary>
    private async Task PullAsync(INatsJSConsumer consumer, CancellationToken cancellationToken)
    {
        while (true)
        {
            await capacity.WaitForRoomAsync(ChunkSize, cancellationToken).ConfigureAwait(false);
            var begun = time.GetTimestamp();
            var next = new NatsJSNextOpts { Expires = PullTime, IdleHeartbeat = Heartbeat };
            if (await consumer.NextAsync(Raw, next, cancellationToken).ConfigureAwait(false) is { } message)
            {
                await take(new WorkMessage(message, queue)).ConfigureAwait(false);
                await TakeMoreAsync(consumer, cancellationToken).ConfigureAwait(false);
            }
            else if (time.GetElapsedTime(begun) < PullTime / 2)
            {
                return;
            }
        }
    }

    /// <summary>Takes what is there, as much as there is room for.</summary>
    private async Task TakeMoreAsync(INatsJSConsumer consumer, CancellationToken cancellationToken)
    {
        var chunks = Math.Min((capacity.Size - capacity.Taken) / ChunkSize, MostChunks);
        if (chunks < 1)
            return;
        var fetch = new NatsJSFetchOpts { MaxMsgs = chunks };
        await foreach (var message in consumer.FetchNoWaitAsync(fetch, Raw, cancellationToken).ConfigureAwait(false))
            await take(new WorkMessage(message, queue)).ConfigureAwait(false);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "queue {Queue}: the server does not deliver: {Reason}; trying again")]
    private partial void LogFailure(string queue, string reason);
}
