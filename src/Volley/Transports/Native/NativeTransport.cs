using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Volley.Ssh.Authentication;
using Volley.Ssh.Config;
using Volley.Targets;
using Volley.Transports.Channels;

namespace Volley.Transports.Native;

/// <summary>
/// Reaches targets by SSH in our own process: no process and no thread for each. It serves what the plain part of
/// ssh_config(5) says; a target that needs more fails, and the failure names what it needs.
/// </summary>
/// <remarks>
/// Used without the executor: who awaits a session or its process goes on in the thread that watches the connections, and must not
/// block there.
/// </remarks>
public sealed partial class NativeTransport : ITransport
{
    private readonly ILogger _logger;
    private readonly RouteTable _routes;
    private readonly Identities _identities;
    private readonly Dialer _dialer;
    private readonly ConnectionPool _connections;

    /// <summary>Reads the configuration. Nothing is contacted.</summary>
    /// <param name="options">How to connect.</param>
    /// <param name="logger">Takes what there is to say about connections, at level Information; none if null.</param>
    /// <param name="time">The clock; the system's if null.</param>
    /// <exception cref="TransportException">The configuration can't be understood; the message says where.</exception>
    public NativeTransport(SshOptions options, ILogger? logger = null, TimeProvider? time = null)
        : this(options ?? throw new ArgumentNullException(nameof(options)), new SshConfiguration(options), isAlone: true, logger ?? NullLogger.Instance, time ?? TimeProvider.System)
    {
        _routes.Read();
    }

    /// <param name="options">How to connect.</param>
    /// <param name="configuration">What is configured.</param>
    /// <param name="isAlone">Whether there is no other transport for the hosts that this one can't serve.</param>
    /// <param name="logger">Takes what there is to say about connections.</param>
    /// <param name="time">The clock.</param>
    internal NativeTransport(SshOptions options, SshConfiguration configuration, bool isAlone, ILogger logger, TimeProvider time)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(options.MaxIdleConnections.GetValueOrDefault());
        _logger = logger;
        _routes = new RouteTable(configuration);
        _identities = new Identities(options.AgentLimit);
        _dialer = new Dialer(options, _identities, logger, time);
        _connections = new ConnectionPool(_dialer, logger, time, remembersLimits: !isAlone, options.MaxIdleConnections);
    }

    /// <summary>Asks for the passphrases of encrypted keys that no agent holds, once for each, before the targets are connected to.</summary>
    /// <param name="targets">The targets.</param>
    /// <param name="ask">Asks for the passphrase of a file, given its path, and whether it was asked before; an answer of nothing leaves the key out. The answer is zeroed.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <remarks>Files that can't be read within the limit for connecting are passed over; the targets that need them say so.</remarks>
    public Task UnlockKeysAsync(IEnumerable<Target> targets, Func<string, bool, byte[]?> ask, CancellationToken cancellationToken = default) =>
        UnlockKeysAsync(targets, ask, isServed: _ => ValueTask.FromResult(true), cancellationToken);

    /// <summary>The same for those of the targets that this transport reaches.</summary>
    /// <param name="targets">The targets.</param>
    /// <param name="ask">Asks for the passphrase of a file, given its path, and whether it was asked before.</param>
    /// <param name="isServed">Whether a target is reached by this transport; asked only where it matters.</param>
    /// <param name="cancellationToken">Gives up.</param>
    internal async Task UnlockKeysAsync(
        IEnumerable<Target> targets, Func<string, bool, byte[]?> ask, Func<Target, ValueTask<bool>> isServed, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(targets);
        ArgumentNullException.ThrowIfNull(ask);
        var asked = new HashSet<IdentityFile>();
        try
        {
            foreach (var target in targets)
            {
                foreach (var settings in await _routes.TryGetAllAsync(target, cancellationToken).ConfigureAwait(false))
                {
                    var locked = settings.BatchMode ? [] : await GetLockedAsync(settings, cancellationToken).ConfigureAwait(false);
                    if (!locked.All(asked.Contains) && await isServed(target).ConfigureAwait(false))
                    {
                        foreach (var file in locked.Where(asked.Add))
                            Unlock(file, ask);
                    }
                }
            }
        }
        catch (TransportException failure) when (failure.Outcome == NodeOutcome.ConnectTimedOut)
        {
            // A file system does not answer. A target that needs it meets its own limit, and says what it waited for.
        }
    }

    private Task<IReadOnlyList<IdentityFile>> GetLockedAsync(SshHostSettings settings, CancellationToken cancellationToken) =>
        _dialer.LimitOf(settings).RunAsync(token => _identities.GetLockedAsync(settings, token).AsTask(), cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<ISession> ConnectAsync(Target target, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(target);
        try
        {
            return await ConnectAsync(await GetRouteAsync(target, cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
        }
        catch (TransportException failure) when (failure.Limit is not (TransportLimit.None or TransportLimit.UnreadableConfiguration))
        {
            throw failure.Rephrased($"{failure.Message}; use --transport openssh");
        }
    }

    /// <summary>The way to a target.</summary>
    /// <exception cref="TransportException">The configuration asks for what only ssh can do, or can't be understood.</exception>
    internal ValueTask<Route> GetRouteAsync(Target target, CancellationToken cancellationToken) => _routes.GetAsync(target, cancellationToken);

    /// <summary>
    /// Returns the ways in which only ssh can log in to a host on a route for which there is no key to try; empty if there is no such
    /// host.
    /// </summary>
    /// <exception cref="TransportException">Reading the keys takes too long.</exception>
    internal async ValueTask<IReadOnlyList<OtherLogin>> GetOnlyLoginsAsync(Route route, CancellationToken cancellationToken)
    {
        for (var host = route; host is not null; host = host.Before)
        {
            var settings = host.Settings;
            if (settings.OtherLogins.Count > 0
                && await _dialer.LimitOf(settings).RunAsync(token => _dialer.GetKeysAsync(settings, token).AsTask(), cancellationToken).ConfigureAwait(false) is [])
            {
                return settings.OtherLogins;
            }
        }

        return [];
    }

    /// <summary>Connects to a target.</summary>
    /// <exception cref="TransportException">It can't be reached.</exception>
    internal async ValueTask<ISession> ConnectAsync(Route route, CancellationToken cancellationToken)
    {
        if (route.Settings.Skipped.Count > 0)
            LogSkipped(_logger, route.Label, route.Settings.Skipped);
        var connection = await _connections.GetAsync(route, cancellationToken).ConfigureAwait(false);
        var session = new ChannelSession(
            connection.Shared, _dialer.LimitOf(route.Settings), () => _connections.StopSharing(route),
            route.Settings.EnvironmentToSend(), () => _connections.ReleaseAsync(connection));
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
        await _connections.DisposeAsync().ConfigureAwait(false);
        _identities.Dispose();
    }

    /// <summary>As often as ssh asks (NumberOfPasswordPrompts).</summary>
    private static void Unlock(IdentityFile file, Func<string, bool, byte[]?> ask)
    {
        const int Tries = 3;
        for (var tried = 0; tried < Tries; tried++)
        {
            if (ask(file.Path, tried > 0) is not { Length: > 0 } passphrase)
                return;
            var isRight = file.TryUnlock(passphrase);
            CryptographicOperations.ZeroMemory(passphrase);
            if (isRight)
                return;
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Node}: transport native: skipped, as it changes nothing for a batch login: {Directives}")]
    private static partial void LogSkipped(ILogger logger, string node, IReadOnlyList<string> directives);
}
