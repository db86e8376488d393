using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Volley.Ssh.Config;
using Volley.Targets;
using Volley.Transports.Channels;
using Volley.Transports.OpenSsh.Masters;

namespace Volley.Transports.OpenSsh;

/// <summary>
/// Reaches targets by the system's ssh, one connection for each, so all that ssh_config(5) can say holds: keys, agents, jump
/// hosts, proxies. Where there can be no control masters, each command gets an ssh of its own, which passes no signals on: a
/// command that is stopped is reported as <see cref="NodeResult.MayStillRun"/>, and one that a signal ended shows as exit code 255.
/// </summary>
/// <remarks>
/// Used without the executor: who awaits a session or its process goes on in the thread that watches the connections, and must not
/// block there.
/// </remarks>
public sealed partial class OpenSshTransport : ITransport
{
    private readonly OpenSshOptions _options;
    private readonly ILogger _logger;
    private readonly OpenSshProgram _program;
    private readonly OpenSshConfig _config;
    private readonly OpenSshLauncher _launcher;
    private readonly HostRoutes _routes;
    private readonly MasterPool? _masters;
    private readonly string _whyNoMasters = "they are not wanted";
    private readonly bool _hasNoFolder;
    private int _warnings;

    /// <summary>Makes the transport. Nothing is contacted, and ssh is not looked for before it must be started: where there is none, each target says so.</summary>
    /// <param name="options">How ssh is called.</param>
    /// <param name="logger">Takes ssh's messages, each at level Information; none if null.</param>
    public OpenSshTransport(OpenSshOptions options, ILogger? logger = null)
        : this(options ?? throw new ArgumentNullException(nameof(options)), new SshConfiguration(options), logger ?? NullLogger.Instance)
    {
    }

    /// <param name="options">How ssh is called.</param>
    /// <param name="configuration">What is configured.</param>
    /// <param name="logger">Takes ssh's messages.</param>
    internal OpenSshTransport(OpenSshOptions options, SshConfiguration configuration, ILogger logger)
    {
        (_options, _logger) = (options, logger);
        _program = new OpenSshProgram(options);
        _config = new OpenSshConfig(options);
        _launcher = new OpenSshLauncher(options, _program, _config, OpenAskpass(options), logger);
        _routes = new HostRoutes(configuration, logger);
        try
        {
            _masters = options.Multiplex ? new MasterPool(options, _launcher, MasterFolder.Open(), _routes, logger) : null;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            _whyNoMasters = failure.Message;
            _hasNoFolder = true;
        }
    }

    /// <inheritdoc/>
    public ValueTask<ISession> ConnectAsync(Target target, CancellationToken cancellationToken) =>
        ConnectAsync(target, TimeSpan.Zero, cancellationToken);

    /// <inheritdoc cref="ConnectAsync(Target, CancellationToken)"/>
    /// <param name="target">The target.</param>
    /// <param name="spent">How much of the time for connecting is used up already.</param>
    /// <param name="cancellationToken">Gives up.</param>
    internal async ValueTask<ISession> ConnectAsync(Target target, TimeSpan spent, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(target);
        var route = await _routes.OfAsync(target, cancellationToken).ConfigureAwait(false);
        if (_masters is null)
            return Plain(target, route, spent, _whyNoMasters);
        // What is open already needs no ssh.
        if (await _masters.FindAsync(target, route, cancellationToken).ConfigureAwait(false) is { } live)
            return await OpenSessionAsync(_masters, live, target, route, cancellationToken).ConfigureAwait(false);
        // The proxy mode of a master's socket came with OpenSSH 7.4 (its PROTOCOL.mux).
        if (await _program.VersionAsync(cancellationToken).ConfigureAwait(false) is var version && !version.IsAtLeast(7, 4))
            return Plain(target, route, spent, $"this ssh is {version.Major}.{version.Minor}, and they came with 7.4");
        return await OpenSessionAsync(
            _masters, await _masters.GetAsync(target, route, spent, cancellationToken).ConfigureAwait(false), target, route, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>A session on a live master that serves the target; null if there is none.</summary>
    /// <exception cref="TransportException">This run was starting one, and the target can't be reached.</exception>
    internal async ValueTask<ISession?> FindAsync(Target target, CancellationToken cancellationToken)
    {
        if (_masters is null)
            return null;
        var route = await _routes.OfAsync(target, cancellationToken).ConfigureAwait(false);
        if (await _masters.FindAsync(target, route, cancellationToken).ConfigureAwait(false) is not { } live)
            return null;
        try
        {
            return await OpenSessionAsync(_masters, live, target, route, cancellationToken).ConfigureAwait(false);
        }
        catch (TransportException lost) when (lost.Outcome == NodeOutcome.ConnectionLost)
        {
            // It has ended just now.
            return null;
        }
    }

    /// <summary>Whether there is a live master that serves the target, or a jump host on the way to it.</summary>
    internal async ValueTask<bool> HasLiveMasterAsync(Target target, CancellationToken cancellationToken)
    {
        if (_masters is null)
            return false;
        if (await _masters.FindAsync(target, await _routes.OfAsync(target, cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false) is not { } live)
            return await HasLiveHopAsync(target, cancellationToken).ConfigureAwait(false);
        await _masters.ReleaseAsync(live).ConfigureAwait(false);
        return true;
    }

    /// <summary>Whether there was a live master of a jump host on the way to the target before this run.</summary>
    internal async ValueTask<bool> HasLiveHopAsync(Target target, CancellationToken cancellationToken) =>
        _masters is not null
        && await _masters.HasLiveHopAsync(target, await _routes.OfAsync(target, cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_masters is not null)
            await _masters.DisposeAsync().ConfigureAwait(false);
        await _launcher.DisposeAsync().ConfigureAwait(false);
        _masters?.RemoveUnfinished();
        await _program.DisposeAsync().ConfigureAwait(false);
        _config.Dispose();
    }

    private async ValueTask<ISession> OpenSessionAsync(MasterPool masters, Master master, Target target, HostRoute route, CancellationToken cancellationToken)
    {
        var limit = ConnectLimit.Of(_options, route.ConnectTimeout, TimeProvider.System);
        var session = new ChannelSession(master.Connection, limit, () => masters.StopSharing(master, target), route.Environment, () => masters.ReleaseAsync(master));
        try
        {
            await session.PrepareAsync(cancellationToken).ConfigureAwait(false);
            return session;
        }
        catch
        {
            await session.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private static Func<SshHostSettings?, AskpassListener>? OpenAskpass(OpenSshOptions options)
    {
        if (options.Password is not { } password)
            return null;
        var folder = new Lazy<MasterFolder>(MasterFolder.Open);
        return settings => new AskpassListener(password, folder.Value, settings);
    }

    private OpenSshSession Plain(Target target, HostRoute route, TimeSpan spent, string whyNoMasters)
    {
        if (_hasNoFolder && Interlocked.Exchange(ref _warnings, 1) == 0)
            LogNoFolder(_logger, whyNoMasters);
        LogPlain(_logger, target.Label, whyNoMasters);
        return new OpenSshSession(target, route, _launcher, ConnectLimit.Of(_options, route.ConnectTimeout, TimeProvider.System), spent);
    }

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "no directory for control sockets, so each command gets an ssh of its own, no connection is kept and what is stopped may still run: {Reason}")]
    private static partial void LogNoFolder(ILogger logger, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Node}: transport openssh: an ssh for each command, without control masters: {Reason}")]
    private static partial void LogPlain(ILogger logger, string node, string reason);
}
