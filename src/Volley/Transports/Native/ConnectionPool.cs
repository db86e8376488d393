using Microsoft.Extensions.Logging;
using Volley.Ssh;
using Volley.Transports.Sharing;

namespace Volley.Transports.Native;

/// <summary>
/// The connections of one run: one login per distinct host, shared by all its targets and commands. They stay open until the end of
/// the run for hosts that recur; the number of unused ones is limited.
/// </summary>
internal sealed partial class ConnectionPool : ILoginSource<SshRoute, Connection>, IAsyncDisposable
{
    /// <summary>Enough idle connections for hosts that recur.</summary>
    private const int DefaultMaxIdle = 256;

    /// <summary>How long a server may take to open a session on a connection that was idle.</summary>
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(2);

    private readonly Dialer _dialer;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly bool _remembersLimits;
    private readonly SharedLogins<SshRoute, Connection> _logins;

    /// <summary>Creates a pool without connections.</summary>
    /// <param name="dialer">Makes the connections.</param>
    /// <param name="logger">Receives a message for each shared connection.</param>
    /// <param name="time">The clock.</param>
    /// <param name="remembersLimits">Whether a host that another transport may reach is not tried again.</param>
    /// <param name="maxIdle">The number of unused connections to keep.</param>
    public ConnectionPool(Dialer dialer, ILogger logger, TimeProvider time, bool remembersLimits, int maxIdle)
    {
        (_dialer, _logger, _time, _remembersLimits) = (dialer, logger, time, remembersLimits);
        _logins = new SharedLogins<SshRoute, Connection>(this, maxIdle);
    }

    /// <summary>Returns the default number of unused connections. It leaves half of the descriptor limit to connections in use.</summary>
    /// <param name="openFiles">The limit on open files.</param>
    public static int GetMaxIdle(ulong openFiles) => (int)Math.Clamp(openFiles / 2, 1, DefaultMaxIdle);

    /// <summary>Returns a connection to a host for a command: an existing or a new one.</summary>
    /// <exception cref="TransportException">The host can't be reached.</exception>
    public Task<Connection> GetAsync(SshRoute route, CancellationToken cancellationToken) => GetAsync(route, LoginUse.Command, cancellationToken);

    /// <summary>Gives each further command for the host of a connection its own connection.</summary>
    public ValueTask StopSharingAsync(Connection connection, SshRoute route) =>
        _logins.StopSharing(connection) ? ReportUnsharedAsync(route) : ValueTask.CompletedTask;

    /// <summary>Returns a connection to the pool.</summary>
    public ValueTask ReleaseAsync(Connection connection)
    {
        // Not awaited: a server that does not read delays DISCONNECT.
        _ = _logins.ReleaseAsync(connection).AsTask();
        return ValueTask.CompletedTask;
    }

    /// <summary>Closes all connections. Those behind jump hosts are closed first.</summary>
    public async ValueTask DisposeAsync()
    {
        // In parallel, because each may wait a moment to send DISCONNECT to a server that does not read.
        foreach (var sameDepth in _logins.Close().GroupBy(connection => GetDepth(connection)).OrderByDescending(group => group.Key))
            await Task.WhenAll(sameDepth.Select(connection => connection.Shared.DisposeAsync().AsTask())).ConfigureAwait(false);
    }

    Task<Connection?> ILoginSource<SshRoute, Connection>.LogInAsync(SshRoute route, CancellationToken cancellationToken) =>
        LogInAsync(route, cancellationToken);

    Task<Connection?> ILoginSource<SshRoute, Connection>.LogInForOneCommandAsync(SshRoute route, CancellationToken cancellationToken) =>
        LogInAsync(route, cancellationToken);

    async ValueTask<bool> ILoginSource<SshRoute, Connection>.IsAliveAsync(Connection idle, SshRoute route, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(AnswerLimit, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            await idle.Shared.ProveAliveAsync(either.Token).ConfigureAwait(false);
            await LoggingThread.SwitchAsync(_logger);
            LogShared(_logger, route.Name);
            return true;
        }
        catch (Exception failure) when (failure is SshException or OperationCanceledException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return false;
        }
    }

    TransportException? ILoginSource<SshRoute, Connection>.Remember(TransportException failure) =>
        // A failure that is known costs a later target no time.
        _remembersLimits && failure.Limit != TransportLimit.None ? failure.Rephrased(failure.Message, spent: TimeSpan.Zero) : null;

    ValueTask ILoginSource<SshRoute, Connection>.OnSharingStoppedAsync(SshRoute route) => ReportUnsharedAsync(route);

    ValueTask ILoginSource<SshRoute, Connection>.CloseAsync(Connection connection) => connection.Shared.DisposeAsync();

    private static int GetDepth(Connection? connection) => connection is null ? 0 : 1 + GetDepth(connection.Via);

    private async Task<Connection> GetAsync(SshRoute route, LoginUse use, CancellationToken cancellationToken)
    {
        var (connection, isNew) = await _logins.GetAsync(route.Key, route, use, cancellationToken).ConfigureAwait(false);
        if (!isNew)
        {
            await LoggingThread.SwitchAsync(_logger);
            LogShared(_logger, route.Name);
        }

        return connection!;
    }

    private async ValueTask ReportUnsharedAsync(SshRoute route)
    {
        await LoggingThread.SwitchAsync(_logger);
        LogUnshared(_logger, route.Name);
    }

    private async Task<Connection?> LogInAsync(SshRoute route, CancellationToken cancellationToken)
    {
        var via = route.Via is { } hop ? await GetHopAsync(hop, cancellationToken).ConfigureAwait(false) : null;
        return await _dialer.ConnectAsync(route, via, cancellationToken).ConfigureAwait(false);
    }

    private async Task<Connection> GetHopAsync(SshRoute hop, CancellationToken cancellationToken)
    {
        try
        {
            // Never released: further connections pass through it until the end of the run.
            return await GetAsync(hop, LoginUse.Hop, cancellationToken).ConfigureAwait(false);
        }
        catch (TransportException failure)
        {
            throw failure.Rephrased($"jump host {hop.Name}: {failure.Message}");
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Node}: transport native: the connection that is open")]
    private static partial void LogShared(ILogger logger, string node);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Node}: transport native: its server can't share a connection, so each command gets its own")]
    private static partial void LogUnshared(ILogger logger, string node);
}
