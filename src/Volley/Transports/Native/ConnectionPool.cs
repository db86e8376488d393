using Microsoft.Extensions.Logging;
using Volley.Ssh;
using Volley.Transports.Channels;

namespace Volley.Transports.Native;

/// <summary>
/// The connections of one run: one login per distinct host, shared by all its targets and commands. They stay open until the end of
/// the run for hosts that recur; the number of unused ones is limited.
/// </summary>
/// <param name="dialer">Makes the connections.</param>
/// <param name="logger">Receives a message for each shared connection.</param>
/// <param name="time">The clock.</param>
/// <param name="remembersLimits">Whether a host that another transport may reach is not tried again.</param>
/// <param name="mostIdle">The number of unused connections to keep.</param>
internal sealed partial class ConnectionPool(Dialer dialer, ILogger logger, TimeProvider time, bool remembersLimits, int mostIdle) : IAsyncDisposable
{
    /// <summary>How long a server may take to open a session on a connection that was idle.</summary>
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(2);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Entry> _entries = [];
    private readonly HashSet<Connection> _connections = [];
    private readonly IdleConnections _idle = new(mostIdle);
    private readonly SoleCommandServers _unshared = new();

    /// <summary>Returns a connection to a host for a command: an existing or a new one.</summary>
    /// <exception cref="TransportException">The host can't be reached.</exception>
    public Task<Connection> GetAsync(Route route, CancellationToken cancellationToken) => GetAsync(route, isHop: false, cancellationToken);

    /// <summary>Gives each further command of a host its own connection.</summary>
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
                // A failure that was known before has cost this target no time.
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

    /// <summary>Returns a connection to the pool.</summary>
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

    /// <summary>Closes all connections. Those behind jump hosts are closed first.</summary>
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

        // In parallel, because each may wait a moment to send DISCONNECT to a server that does not read.
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

        // Runs synchronously on this thread up to its first wait, but outside the lock.
        start?.RunSynchronously(TaskScheduler.Default);
        return (entry, start is not null);
    }

    /// <summary>Removes a target that waits for a login. The login is canceled when the last one leaves.</summary>
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
    /// Makes a connection idle if it is unused. Returns the connection that has been idle longest if there are too many, or this one if
    /// it is useless: the caller closes it. Requires the lock.
    /// </summary>
    private Connection? Rest(Connection connection)
    {
        if (connection.Users > 0 || !_connections.Contains(connection))
            return null;
        if (_unshared.Contains(connection.Key))
            return Remove(connection);
        // A spare session would occupy a slot at the server.
        _ = connection.Shared.DropSpareAsync().AsTask();
        return connection.Shared.IsOver ? Remove(connection) : _idle.Add(connection) is { } surplus ? Remove(surplus) : null;
    }

    /// <summary>Removes an unused connection from the pool. Returns it to be closed, or null if it was removed before. Requires the lock.</summary>
    private Connection? Remove(Connection connection)
    {
        if (!_connections.Remove(connection))
            return null;
        _idle.Take(connection);
        // If it was lost, the entry may already hold its successor.
        if (_entries.TryGetValue(connection.Key, out var entry) && entry.Connection == connection)
            _entries.Remove(connection.Key);
        return connection;
    }

    /// <summary>Closes a removed connection. Call it outside the lock, because it sends DISCONNECT.</summary>
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
            // Connections through a jump host are not commands, so they may share it.
            if (connection.Users > 0 && connection.Shared.IsForOneCommand && !isHop)
                return false;
            _idle.Take(connection);
            connection.Users++;
            return true;
        }
    }

    /// <summary>Logs in, unless the idle connection is still alive.</summary>
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
            // All waiting targets left too late to cancel the login.
            unwanted = entry.Waiting == 0 ? Remove(connection) : null;
        }

        Close(unwanted);
        return connection;
    }

    /// <summary>Makes a connection for one command.</summary>
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

    /// <summary>Returns whether the server of an idle connection still answers. Closes the connection if not.</summary>
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
            // Never released: further connections pass through it until the end of the run.
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

    /// <summary>A login that is in progress or done, and the number of targets that wait for it.</summary>
    private sealed class Entry
    {
        public Task<Connection> Starting { get; set; } = null!;

        /// <summary>The resulting connection; null while the login is in progress, and if it failed.</summary>
        public Connection? Connection { get; set; }

        public CancellationTokenSource Abandoned { get; } = new();

        public int Waiting { get; set; }
    }
}
