using NATS.Client.Core;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;
using Volley.Interop;

namespace Volley.Relay.Server;

/// <summary>Reads what a stream holds.</summary>
internal static class StoredMessages
{
    /// <summary>Reads all messages of the subjects of a filter that are stored now. The key of each is its subject.</summary>
    /// <remarks>
    /// An ordered consumer would send its filter as a list, which servers before 2.10 ignore. So this is a consumer with one filter, which is made again where
    /// messages were lost.
    /// </remarks>
    public static async IAsyncEnumerable<BucketEntry> ReadAllAsync(
        NatsJSContext server, string stream, string filter, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ulong next = 1;
        while (true)
        {
            var consumer = await CreateConsumerAsync(server, stream, filter, next, cancellationToken).ConfigureAwait(false);
            var left = (int)consumer.Info.NumPending;
            ulong delivered = 0;
            while (left > 0)
            {
                var before = left;
                var fetch = new NatsJSFetchOpts { MaxMsgs = Math.Min(left, 100), Expires = TimeSpan.FromSeconds(2) };
                await foreach (var message in consumer.FetchAsync(fetch, NatsRawSerializer<ReadOnlyMemory<byte>>.Default, cancellationToken).ConfigureAwait(false))
                {
                    var sequence = message.Metadata!.Value.Sequence;
                    if (sequence.Consumer != ++delivered)
                        break;
                    left--;
                    next = sequence.Stream + 1;
                    yield return new BucketEntry(message.Subject, message.Data, sequence.Stream, message.Metadata.Value.Timestamp);
                }

                if (before - left < fetch.MaxMsgs)
                    break;
            }

            await server.DeleteConsumerAsync(stream, consumer.Info.Name, cancellationToken).ConfigureAwait(false);
            if (left == 0)
                yield break;
        }
    }

    private static async ValueTask<INatsJSConsumer> CreateConsumerAsync(
        NatsJSContext server, string stream, string filter, ulong start, CancellationToken cancellationToken) =>
        await server.CreateOrUpdateConsumerAsync(
            stream,
            new ConsumerConfig
            {
                Name = Sodium.RandomDigits(16),
                FilterSubject = filter,
                DeliverPolicy = ConsumerConfigDeliverPolicy.ByStartSequence,
                OptStartSeq = start,
                AckPolicy = ConsumerConfigAckPolicy.None,
                InactiveThreshold = TimeSpan.FromSeconds(30),
            },
            cancellationToken).ConfigureAwait(false);
}
