using System.Collections.Immutable;
using System.Text.Json;
using NATS.Client.Core;
using Volley.Relay.Server;
using Volley.Relay.Wire;

namespace Volley.Relay;

/// <summary>The relays of a server.</summary>
public static class RelayDirectory
{
    /// <summary>Returns the relays that are running, by name. A relay that has died without a word is listed for up to 30 seconds.</summary>
    /// <param name="server">The server.</param>
    /// <param name="cancellationToken">Ends the request.</param>
    /// <returns>The relays.</returns>
    /// <exception cref="RelayException">The server does not answer, or refuses.</exception>
    public static async Task<IReadOnlyList<RelayInfo>> ListAsync(RelayServer server, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(server);
        var relays = new List<RelayInfo>();
        try
        {
            await foreach (var entry in server.OpenBucket(RelayNames.RelaysBucket).ReadAllAsync("", cancellationToken).ConfigureAwait(false))
            {
                if (Read(entry) is { } relay)
                    relays.Add(relay);
            }
        }
        catch (Exception missing) when (ServerFailure.IsMissing(missing))
        {
            // No relay has ever been started there.
        }
        catch (NatsException failure)
        {
            throw new RelayException($"the list of relays can't be read: {failure.Message}", failure);
        }

        return [.. relays.OrderBy(relay => relay.Name, StringComparer.Ordinal).ThenBy(relay => relay.Id, StringComparer.Ordinal)];
    }

    private static RelayInfo? Read(BucketEntry entry)
    {
        try
        {
            return JsonSerializer.Deserialize(entry.Value.Span, WireJson.Default.RelayPresence) is { } presence && IsValid(presence)
                ? new RelayInfo(presence.Id, presence.Name, presence.Group)
                {
                    Labels = presence.Labels.ToImmutableSortedDictionary(),
                    Host = presence.Host,
                    Version = presence.Version,
                    IsCompatible = presence.Protocol == JobDocument.CurrentProtocol,
                    Running = presence.Running,
                    Capacity = presence.Capacity,
                    Started = DateTimeOffset.FromUnixTimeSeconds(presence.Started),
                    Seen = entry.Time,
                    IsDraining = presence.IsDraining,
                }
                : null;
        }
        catch (Exception wrong) when (wrong is JsonException or ArgumentOutOfRangeException)
        {
            // Another program has written it.
            return null;
        }
    }

    private static bool IsValid(RelayPresence presence) =>
        presence is { Id: not null, Host: not null, Version: not null }
        && RelayNames.IsName(presence.Name ?? "") && RelayNames.IsName(presence.Group ?? "")
        && presence.Labels.All(label => RelayNames.IsName(label.Key) && RelayNames.IsName(label.Value ?? ""));
}
