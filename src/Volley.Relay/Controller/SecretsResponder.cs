using System.Text.Json;
using NATS.Client.Core;
using Volley.Relay.Jobs;
using Volley.Relay.Wire;

namespace Volley.Relay.Controller;

/// <summary>Answers requests of relays for values that are not stored. It gives those of targets that are to run or run now.</summary>
internal sealed class SecretsResponder(RelayRun run)
{
    public async Task ListenAsync(CancellationToken cancellationToken)
    {
        await foreach (var message in run.Server.Connection.SubscribeAsync(
            RelayNames.Secrets(run.Options.RunId), serializer: NatsRawSerializer<byte[]>.Default, cancellationToken: cancellationToken).ConfigureAwait(false))
        {
            if (message.ReplyTo is null || Parse(message.Data) is not { } request || run.FindRound(request.Round) is not { } round)
                continue;
            var reply = JsonSerializer.SerializeToUtf8Bytes(Answer(round, request.Ranks), WireJson.Default.SecretsReply);
            try
            {
                await message.ReplyAsync(reply, serializer: NatsRawSerializer<byte[]>.Default, cancellationToken: cancellationToken).ConfigureAwait(false);
            }
            catch (NatsException)
            {
                // The relay asks again.
            }
        }
    }

    private SecretsReply Answer(RelayRound round, int[] ranks)
    {
        var variables = new Dictionary<int, Dictionary<string, string>[]>();
        var isActive = false;
        foreach (var remote in ranks.Select(round.Find).OfType<RemoteTarget>())
        {
            isActive = true;
            if (JobVariables.GetSecret(round.Plan.Job, remote.Target) is { } secret)
                variables[remote.Rank] = secret;
        }

        return new SecretsReply(variables, isActive ? run.Options.ElevationPassword : null);
    }

    private static SecretsRequest? Parse(byte[]? data) => WireJson.Parse(data, WireJson.Default.SecretsRequest) is { Ranks: not null } request ? request : null;
}
