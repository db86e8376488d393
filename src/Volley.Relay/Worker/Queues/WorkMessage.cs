using NATS.Client.JetStream;
using Volley.Relay.Server;
using Volley.Relay.Wire;

namespace Volley.Relay.Worker.Queues;

/// <summary>
/// A chunk as the server delivered it. It must be acknowledged, given back or removed within 15 s, or <see cref="ExtendAsync"/> be called; else another relay gets
/// it. A loss of such an answer has the same effect, which is no harm: claims decide.
/// </summary>
internal sealed class WorkMessage(INatsJSMsg<ReadOnlyMemory<byte>> message, string queue)
{
    private const int MostRanks = 500;

    /// <summary>Parses the chunk. Returns null if it is not one of this queue.</summary>
    public WorkItem? Parse() => WireJson.Parse(message.Data.Span, WireJson.Default.WorkItem) is { Ranks.Length: > 0 and <= MostRanks } item
        && RelayNames.IsName(item.Run ?? "") && item.Round >= 0 && item.Queue == queue && item.Ranks.Distinct().Count() == item.Ranks.Length
        ? item
        : null;

    /// <summary>Says that the chunk is done with.</summary>
    public Task AcknowledgeAsync(CancellationToken cancellationToken) =>
        AnswerAsync(message.AckAsync(cancellationToken: cancellationToken), cancellationToken);

    /// <summary>Gives the chunk to another relay, or to this one again, after a time.</summary>
    public Task ReturnAsync(TimeSpan delay, CancellationToken cancellationToken) =>
        AnswerAsync(message.NakAsync(new AckOpts { NakDelay = delay }, cancellationToken), cancellationToken);

    /// <summary>Removes a chunk that no relay can serve.</summary>
    public Task RemoveAsync(CancellationToken cancellationToken) =>
        AnswerAsync(message.AckTerminateAsync(cancellationToken: cancellationToken), cancellationToken);

    /// <summary>Extends the time for the answer every 5 s, until it is canceled.</summary>
    public async Task ExtendAsync(TimeProvider time, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                await Task.Delay(TimeSpan.FromSeconds(5), time, cancellationToken).ConfigureAwait(false);
                await AnswerAsync(message.AckProgressAsync(cancellationToken: cancellationToken), cancellationToken).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The chunk was answered.
        }
    }

    private static async Task AnswerAsync(ValueTask answer, CancellationToken cancellationToken)
    {
        try
        {
            await answer.ConfigureAwait(false);
        }
        catch (Exception failure) when (ServerFailure.IsPassing(failure, cancellationToken))
        {
            // The server gives the chunk to a relay again.
        }
    }
}
