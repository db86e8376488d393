using Microsoft.Extensions.Logging;

namespace Volley.Transports.Native;

/// <summary>
/// The connections of one run: one login for each different host, however many targets and commands use it. Those to
/// jump hosts stay until the end of the run, the others until their last user has gone.
/// </summary>
/// <param name="dialer">Makes them.</param>
/// <param name="logger">Hears of those that are shared.</param>
/// <param name="remembersLimits">Whether a host that another transport may reach is not tried again.</param>
internal sealed partial class ConnectionPool(Dialer dialer, ILogger logger, bool remembersLimits) : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Entry> _entries = [];
    private readonly HashSet<Connection> _connections = [];

    /// <summary>The connection to a host: one that there is, or a new one.</summary>
    /// <exception cref="TransportException">The host can't be reached.</exception>
    public async Task<Connection> GetAsync(Route route, CancellationToken cancellationToken)
    {
        while (true)
        {
            var (entry, isNew) = Join(route);
            var wasOver = entry.Starting.IsCompleted;
            try
            {
                var connection = await entry.Starting.WaitAsync(cancellationToken).ConfigureAwait(false);
                if (TryUse(connection))
                {
                    if (!isNew)
                        LogShared(logger, route.Label);
                    return connection;
                }

                Forget(route.Key, entry);
            }
            catch (TransportException known) when (wasOver && entry.Starting.IsFaulted)
            {
                throw known.Rephrased(known.Message, spent: TimeSpan.Zero);
            }
            catch (Exception failure) when (entry.Starting.IsFaulted)
            {
                // The next one who asks tries again, unless that is for another transport to do.
                if (!remembersLimits || failure is not TransportException { Limit: not TransportLimit.None })
                    Forget(route.Key, entry);
                throw;
            }
            finally
            {
                Leave(route.Key, entry);
            }
        }
    }

    /// <summary>Whoever got a connection does not need it any more.</summary>
    public async ValueTask ReleaseAsync(Connection connection)
    {
        lock (_lock)
        {
            if (--connection.Users > 0)
                return;
            _connections.Remove(connection);
            // Once it was lost, another may have come in its place.
            if (_entries.TryGetValue(connection.Key, out var entry) && entry.Starting.IsCompletedSuccessfully && entry.Starting.Result == connection)
                _entries.Remove(connection.Key);
        }

        await connection.Shared.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Ends all of them, those behind others first.</summary>
    public async ValueTask DisposeAsync()
    {
        Connection[] connections;
        lock (_lock)
        {
            connections = [.. _connections];
            _connections.Clear();
            _entries.Clear();
        }

        foreach (var connection in connections.OrderByDescending(connection => Depth(connection)))
            await connection.Shared.DisposeAsync().ConfigureAwait(false);
    }

    private static int Depth(Connection? connection) => connection is null ? 0 : 1 + Depth(connection.Before);

    private (Entry Entry, bool IsNew) Join(Route route)
    {
        lock (_lock)
        {
            var isNew = !_entries.TryGetValue(route.Key, out var entry);
            if (entry is null)
            {
                entry = new Entry();
                _entries[route.Key] = entry;
                entry.Starting = StartAsync(route, entry.Abandoned.Token);
            }

            entry.Waiting++;
            return (entry, isNew);
        }
    }

    /// <summary>Nobody waits for a login any more: it is given up, whoever began it; and what nobody came to use is closed.</summary>
    private void Leave(string key, Entry entry)
    {
        Connection? unused = null;
        lock (_lock)
        {
            if (--entry.Waiting > 0)
                return;
            if (entry.Starting.IsCompleted)
            {
                unused = entry.Starting.IsCompletedSuccessfully ? entry.Starting.Result : null;
                if (unused is not { Users: 0 } || !_connections.Remove(unused))
                    return;
            }
        }

        Forget(key, entry);
        _ = unused?.Shared.DisposeAsync().AsTask() ?? entry.Abandoned.CancelAsync();
    }

    private void Forget(string key, Entry entry)
    {
        lock (_lock)
        {
            if (_entries.TryGetValue(key, out var current) && current == entry)
                _entries.Remove(key);
        }
    }

    private bool TryUse(Connection connection)
    {
        lock (_lock)
        {
            if (connection.Shared.IsOver || !_connections.Contains(connection))
                return false;
            connection.Users++;
            return true;
        }
    }

    private async Task<Connection> StartAsync(Route route, CancellationToken cancellationToken)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        var before = route.Before is { } hop ? await GetHopAsync(hop, cancellationToken).ConfigureAwait(false) : null;
        var connection = await dialer.ConnectAsync(route, before, cancellationToken).ConfigureAwait(false);
        lock (_lock)
            _connections.Add(connection);
        return connection;
    }

    private async Task<Connection> GetHopAsync(Route hop, CancellationToken cancellationToken)
    {
        try
        {
            // It is in use until the end of the run: connections go on through it.
            return await GetAsync(hop, cancellationToken).ConfigureAwait(false);
        }
        catch (TransportException failure)
        {
            throw failure.Rephrased($"jump host {hop.Label}: {failure.Message}");
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Node}: transport native: the connection that is open")]
    private static partial void LogShared(ILogger logger, string node);

    /// <summary>A login that is under way or done, and how many wait for it.</summary>
    private sealed class Entry
    {
        public Task<Connection> Starting { get; set; } = null!;

        public CancellationTokenSource Abandoned { get; } = new();

        public int Waiting { get; set; }
    }
}
