using Volley.Relay.Server;
using Volley.Relay.Wire;

namespace Volley.Relay.Worker;

/// <summary>Announces a relay in the bucket of relays.</summary>
internal sealed class Presence(RelayContext relay, CancellationToken draining)
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(5);
    private readonly Bucket _bucket = relay.Server.OpenBucket(RelayNames.RelaysBucket);
    private readonly long _started = relay.Time.GetUtcNow().ToUnixTimeSeconds();

    /// <summary>Announces the relay every 5 s, and at once when it begins to drain, until the token fires. Then it is removed.</summary>
    /// <param name="onAnnounced">Called after each announcement.</param>
    /// <param name="cancellationToken">Ends the announcements.</param>
    public async Task AnnounceAsync(Action onAnnounced, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            await TryAsync(token => _bucket.PutAsync(relay.Id, Describe(), WireJson.Default.RelayPresence, token).AsTask(), cancellationToken)
                .ConfigureAwait(false);
            onAnnounced();
            var wasDraining = draining.IsCancellationRequested;
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, wasDraining ? CancellationToken.None : draining);
            await Task.Delay(Period, relay.Time, either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(2), relay.Time);
        await TryAsync(token => _bucket.RemoveAsync(relay.Id, token).AsTask(), limit.Token).ConfigureAwait(false);
    }

    private RelayPresence Describe() =>
        new(relay.Id, relay.Options.Name, relay.Options.Group, Environment.MachineName, relay.Options.Version, JobDocument.CurrentProtocol)
        {
            Labels = relay.Options.Labels.ToDictionary(),
            Running = relay.Capacity.Taken,
            Capacity = relay.Capacity.Size,
            Started = _started,
            IsDraining = draining.IsCancellationRequested,
        };

    private static async Task TryAsync(Func<CancellationToken, Task> write, CancellationToken cancellationToken)
    {
        try
        {
            await write(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is OperationCanceledException || ServerFailure.IsPassing(failure, cancellationToken))
        {
            // The next announcement follows, and one that is not followed expires.
        }
    }
}
