using System.Text.Json;
using NATS.Client.Core;
using Volley.Relay.Controller;
using Volley.Relay.Server;
using Volley.Relay.Wire;

namespace Volley.Relay;

/// <summary>The runs of a server.</summary>
public static class RelayRuns
{
    /// <summary>Returns the runs that the server stores, by the time of their start: those that go on, and those that have lost their controller.</summary>
    /// <param name="server">The server.</param>
    /// <param name="cancellationToken">Ends the request.</param>
    /// <returns>The runs.</returns>
    /// <exception cref="RelayException">The server does not answer, or refuses.</exception>
    public static async Task<IReadOnlyList<RelayRunInfo>> ListAsync(RelayServer server, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(server);
        var runs = new List<RelayRunInfo>();
        try
        {
            await foreach (var stream in server.JetStream.ListStreamNamesAsync(cancellationToken: cancellationToken).ConfigureAwait(false))
            {
                if (!stream.StartsWith(RelayNames.RunBucketStreams, StringComparison.Ordinal))
                    continue;
                var id = stream[RelayNames.RunBucketStreams.Length..];
                if (await TryReadAsync(server, id, cancellationToken).ConfigureAwait(false) is { } run)
                    runs.Add(run);
            }
        }
        catch (NatsException failure)
        {
            throw new RelayException($"the list of runs can't be read: {failure.Message}", failure);
        }

        return [.. runs.OrderBy(run => run.Started).ThenBy(run => run.Id, StringComparer.Ordinal)];
    }

    /// <summary>Reads a run; null if it has no controller's record.</summary>
    internal static async Task<RelayRunInfo?> ReadAsync(Bucket bucket, string id, CancellationToken cancellationToken)
    {
        try
        {
            return await bucket.GetAsync(RelayNames.ControllerKey, WireJson.Default.ControllerRecord, cancellationToken).ConfigureAwait(false) is var (record, _)
                && await bucket.GetTimeAsync(RelayNames.ControllerKey, cancellationToken).ConfigureAwait(false) is { } seen
                ? new RelayRunInfo(id, record.Controller, record.Title)
                {
                    Size = record.Size,
                    Ended = record.Ended,
                    Started = DateTimeOffset.FromUnixTimeSeconds(record.Started),
                    Seen = seen,
                    HasController = await ControllerLease.GetSilenceAsync(bucket, cancellationToken).ConfigureAwait(false) < ControllerLease.Silence,
                }
                : null;
        }
        catch (Exception wrong) when (wrong is JsonException or ArgumentOutOfRangeException)
        {
            // Another program has written it.
            return null;
        }
    }

    private static async Task<RelayRunInfo?> TryReadAsync(RelayServer server, string id, CancellationToken cancellationToken)
    {
        try
        {
            return await ReadAsync(server.OpenBucket(RelayNames.RunBucket(id)), id, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception missing) when (ServerFailure.IsMissing(missing))
        {
            // It has ended meanwhile.
            return null;
        }
    }
}
