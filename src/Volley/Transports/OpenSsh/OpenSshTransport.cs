using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Volley.Targets;
using Volley.Transports.Channels;
using Volley.Transports.OpenSsh.Masters;

namespace Volley.Transports.OpenSsh;

/// <summary>
/// Reaches targets by the system's ssh, one process for each, so all that ssh_config(5) can say holds: keys, agents, jump
/// hosts, proxies. A plain ssh passes no signals on, so a command that is stopped is reported as
/// <see cref="NodeResult.MayStillRun"/>, and a remote command that a signal ended shows as exit code 255.
/// </summary>
public sealed partial class OpenSshTransport : ITransport
{
    private readonly OpenSshConfig _config;
    private readonly OpenSshLauncher _launcher;
    private readonly HostRoutes _routes;
    private readonly MasterPool? _masters;

    private OpenSshTransport(OpenSshOptions options, OpenSshVersion version, ILogger logger)
    {
        _config = new OpenSshConfig(options);
        _launcher = new OpenSshLauncher(options, new OpenSshCommand(options, version, _config.Path), OpenAskpass(options), logger);
        _routes = new HostRoutes(options, logger);
        _masters = OpenMasters(options, version, logger);
    }

    /// <summary>Looks for ssh and makes the transport. Nothing is contacted.</summary>
    /// <param name="options">How ssh is called.</param>
    /// <param name="logger">Takes ssh's messages, each at level Information; none if null.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="TransportException">There is no OpenSSH; the message says what to do.</exception>
    public static async Task<OpenSshTransport> CreateAsync(
        OpenSshOptions options, ILogger? logger = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        var version = await OpenSshVersion.AskAsync(options.Program, cancellationToken).ConfigureAwait(false);
        if (options.Password is not null && !version.IsAtLeast(8, 4))
        {
            throw new TransportException(
                NodeOutcome.ConnectFailed, $"a password can be given to OpenSSH 8.4 and newer only, and '{options.Program}' is {version.Major}.{version.Minor}");
        }

        try
        {
            return new OpenSshTransport(options, version, logger ?? NullLogger.Instance);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new TransportException(NodeOutcome.ConnectFailed, failure.Message, failure);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<ISession> ConnectAsync(Target target, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(target);
        if (_masters is null)
            return new OpenSshSession(target, _launcher);
        var route = _routes.Of(target, isHop: false);
        var master = await _masters.GetAsync(target, route, cancellationToken).ConfigureAwait(false);
        var session = new ChannelSession(master.Connection, route.Environment, () => _masters.ReleaseAsync(master));
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

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_masters is not null)
            await _masters.DisposeAsync().ConfigureAwait(false);
        await _launcher.DisposeAsync().ConfigureAwait(false);
        _config.Dispose();
    }

    private static Func<AskpassListener>? OpenAskpass(OpenSshOptions options)
    {
        if (options.Password is not { } password)
            return null;
        var folder = MasterFolder.Open();
        return () => new AskpassListener(password, folder);
    }

    /// <summary>The masters, or null where there can be none; then each command has an ssh of its own.</summary>
    private MasterPool? OpenMasters(OpenSshOptions options, OpenSshVersion version, ILogger logger)
    {
        // The proxy mode of a master's socket came with OpenSSH 7.4 (its PROTOCOL.mux).
        if (!options.Multiplex || !version.IsAtLeast(7, 4))
            return null;
        try
        {
            return new MasterPool(options, _launcher, MasterFolder.Open(), _routes, logger);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            LogNoMasters(logger, failure.Message);
            return null;
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "no control masters, each command gets an ssh of its own: {Reason}")]
    private static partial void LogNoMasters(ILogger logger, string reason);
}
