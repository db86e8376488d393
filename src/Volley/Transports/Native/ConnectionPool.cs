using Microsoft.Extensions.Logging;
using Volley.Ssh;
using Volley.Transports.Channels;

namespace Volley.Transports.Native;

/// <summary>
/// The connections of one run: one login for each different host, however many targets and commands use it. They stay
/// until the end of the run, for hosts that come again; of those that nobody uses, not more than so many.
/// </summary>
/// <param name="dialer">Makes them.</param>
/// <param name="logger">Hears of those that are shared.</param>
/// <param name="time">The clock.</param>
/// <param name="remembersLimits">Whether a host that another transport may reach is not tried again.</param>
/// <param name="mostIdle">How many that nobody uses stay; null for as many as are useful in any case.</param>
internal sealed partial class ConnectionPool(Dialer dialer, ILogger logger, TimeProvider time, bool remembersLimits, int? mostIdle) : IAsyncDisposable
{
    /// <summary>How long a server that nobody has heard of for a while may take to open a session.</summary>
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(2);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Entry> _entries = [];
    private readonly HashSet<Connection> _connections = [];
    private readonly IdleConnections _idle = new(mostIdle);
    private readonly SoleCommandServers _unshared = new();

    /// <summary>The connection to a host for a command: one that there is, or a new one.</summary>
    /// <exception cref="TransportException">The host can't be reached.</exception>
    public Task<Connection> GetAsync(Route route, CancellationToken cancellationToken) => GetAsync(route, isHop: false, cancellationToken);

    /// <summary>Gives each further command at a host a connection of its own.</summary>
    public void StopSharing(Route route)
    {
        if (_unshared.Add(route.Key))
            LogUnshared(logger, route.Label);
    }

    private async Task<Connection> GetAsync(Route route, bool isHop, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (!isHop && _unshared.Contains(route.Key))
                return await GetOwnAsync(route, cancellationToken).ConfigureAwait(false);
            var (entry, isNew) = Join(route);
            var wasOver = entry.Starting.IsCompleted;
            try
            {
                var connection = await entry.Starting.WaitAsync(cancellationToken).ConfigureAwait(false);
                if (connection.Shared.IsForOneCommand && !isHop)
                    StopSharing(route);
                if (TryUse(connection, isHop))
                {
                    if (!isNew)
                        LogShared(logger, route.Label);
                    return connection;
                }

                Forget(route.Key, entry);
            }
            catch (Exception failure) when (entry.Starting.IsFaulted)
            {
                var isRemembered = remembersLimits && failure is TransportException { Limit: not TransportLimit.None };
                if (!isRemembered)
                    Forget(route.Key, entry);
                // Whoever hears of what was known before has spent no time on it.
                if (isRemembered && wasOver && !isNew)
                    throw ((TransportException)failure).Rephrased(failure.Message, spent: TimeSpan.Zero);
                throw;
            }
            finally
            {
                Leave(route.Key, entry);
            }
        }
    }

    /// <summary>Whoever got a connection does not need it any more.</summary>
    public ValueTask ReleaseAsync(Connection connection)
    {
        Connection? surplus;
        lock (_lock)
        {
            connection.Users--;
            surplus = Rest(connection);
        }

        Close(surplus);
        return ValueTask.CompletedTask;
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
            _idle.Clear();
        }

        // At once: each may take a moment to say goodbye to a server that does not listen.
        foreach (var equallyFar in connections.GroupBy(connection => Depth(connection)).OrderByDescending(group => group.Key))
            await Task.WhenAll(equallyFar.Select(connection => connection.Shared.DisposeAsync().AsTask())).ConfigureAwait(false);
    }

    private static int Depth(Connection? connection) => connection is null ? 0 : 1 + Depth(connection.Before);

    private (Entry Entry, bool IsNew) Join(Route route)
    {
        Entry? entry;
        Task<Task<Connection>>? start = null;
        lock (_lock)
        {
            _entries.TryGetValue(route.Key, out entry);
            var idle = entry?.Connection is { } connection && _idle.Take(connection) ? connection : null;
            if (entry is null || idle is not null)
            {
                var made = entry = new Entry();
                _entries[route.Key] = made;
                start = new(() => StartAsync(made, route, idle, made.Abandoned.Token));
                made.Starting = start.Unwrap();
            }

            entry.Waiting++;
        }

        // In our own time as far as it does not wait, but not under the lock.
        start?.RunSynchronously(TaskScheduler.Default);
        return (entry, start is not null);
    }

    /// <summary>Nobody waits for a login any more: it is given up, whoever began it.</summary>
    private void Leave(string key, Entry entry)
    {
        Connection? surplus;
        lock (_lock)
        {
            if (--entry.Waiting > 0)
                return;
            surplus = entry.Connection is { } connection ? Rest(connection) : null;
            if (entry.Connection is null && !entry.Starting.IsCompleted)
            {
                Forget(key, entry);
                _ = entry.Abandoned.CancelAsync();
            }
        }

        Close(surplus);
    }

    /// <summary>
    /// If nobody uses a connection it waits for who may come; the one that has waited longest goes where there are too many,
    /// and is to be closed then. Under the lock.
    /// </summary>
    private Connection? Rest(Connection connection)
    {
        if (connection.Users > 0 || !_connections.Contains(connection))
            return null;
        if (_unshared.Contains(connection.Key))
            return Remove(connection);
        // A session that was opened and not taken would keep its place.
        _ = connection.Shared.DropSpareAsync().AsTask();
        return connection.Shared.IsOver ? Remove(connection) : _idle.Add(connection) is { } surplus ? Remove(surplus) : null;
    }

    /// <summary>Takes a connection that nobody uses out of the reach of others; returns it, to be closed, unless somebody has done so. Under the lock.</summary>
    private Connection? Remove(Connection connection)
    {
        if (!_connections.Remove(connection))
            return null;
        _idle.Take(connection);
        // Once it was lost, another may have come in its place.
        if (_entries.TryGetValue(connection.Key, out var entry) && entry.Connection == connection)
            _entries.Remove(connection.Key);
        return connection;
    }

    /// <summary>Closes a connection that was removed; not under the lock, for it says goodbye.</summary>
    private static void Close(Connection? connection) => _ = connection?.Shared.DisposeAsync().AsTask();

    private void Forget(string key, Entry entry)
    {
        lock (_lock)
        {
            if (_entries.TryGetValue(key, out var current) && current == entry)
                _entries.Remove(key);
        }
    }

    private bool TryUse(Connection connection, bool isHop)
    {
        lock (_lock)
        {
            if (connection.Shared.IsOver || !_connections.Contains(connection))
                return false;
            // A jump host's connections are none of its commands.
            if (connection.Users > 0 && connection.Shared.IsForOneCommand && !isHop)
                return false;
            _idle.Take(connection);
            connection.Users++;
            return true;
        }
    }

    /// <summary>Logs in, unless a connection that has rested is still alive.</summary>
    private async Task<Connection> StartAsync(Entry entry, Route route, Connection? idle, CancellationToken cancellationToken)
    {
        var connection = idle is not null && await IsAliveAsync(idle, route, cancellationToken).ConfigureAwait(false)
            ? idle
            : await LogInAsync(route, cancellationToken).ConfigureAwait(false);
        Connection? unwanted;
        lock (_lock)
        {
            _connections.Add(connection);
            entry.Connection = connection;
            // Given up too late to be heard.
            unwanted = entry.Waiting == 0 ? Remove(connection) : null;
        }

        Close(unwanted);
        return connection;
    }

    /// <summary>A connection that no other command gets.</summary>
    private async Task<Connection> GetOwnAsync(Route route, CancellationToken cancellationToken)
    {
        var connection = await LogInAsync(route, cancellationToken).ConfigureAwait(false);
        lock (_lock)
        {
            connection.Users++;
            _connections.Add(connection);
        }

        return connection;
    }

    private async Task<Connection> LogInAsync(Route route, CancellationToken cancellationToken)
    {
        var before = route.Before is { } hop ? await GetHopAsync(hop, cancellationToken).ConfigureAwait(false) : null;
        return await dialer.ConnectAsync(route, before, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Whether a server still answers that nobody has used for a while. A connection whose server does not is closed.</summary>
    private async Task<bool> IsAliveAsync(Connection idle, Route route, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(AnswerLimit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            await idle.Shared.ProveAliveAsync(either.Token).ConfigureAwait(false);
            LogShared(logger, route.Label);
            return true;
        }
        catch (Exception failure) when (failure is SshException or OperationCanceledException)
        {
            Connection? dead;
            lock (_lock)
                dead = Remove(idle);
            Close(dead);
            cancellationToken.ThrowIfCancellationRequested();
            return false;
        }
    }

    private async Task<Connection> GetHopAsync(Route hop, CancellationToken cancellationToken)
    {
        try
        {
            // It is in use until the end of the run: connections go on through it.
            return await GetAsync(hop, isHop: true, cancellationToken).ConfigureAwait(false);
        }
        catch (TransportException failure)
        {
            throw failure.Rephrased($"jump host {hop.Label}: {failure.Message}");
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Node}: transport native: the connection that is open")]
    private static partial void LogShared(ILogger logger, string node);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Node}: transport native: its server can't share a connection, so each command gets its own")]
    private static partial void LogUnshared(ILogger logger, string node);

    /// <summary>A login that is under way or done, and how many wait for it.</summary>
    private sealed class Entry
    {
        public Task<Connection> Starting { get; set; } = null!;

        /// <summary>What came of it; null while it is under way, and if it failed.</summary>
        public Connection? Connection { get; set; }

        public CancellationTokenSource Abandoned { get; } = new();

        public int Waiting { get; set; }
    }
}
