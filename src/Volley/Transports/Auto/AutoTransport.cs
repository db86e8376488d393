using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Volley.Ssh.Config;
using Volley.Targets;
using Volley.Transports.Native;
using Volley.Transports.OpenSsh;

namespace Volley.Transports.Auto;

/// <summary>
/// Reaches each target by the cheapest way that serves it as <c>ssh HOST</c> would: a control master that is live; else SSH in
/// our own process, where ssh_config(5) asks for nothing beyond that; else the system's ssh, which is not needed before.
/// </summary>
/// <remarks>
/// A target goes from our own SSH to ssh only where that could do what we can't (<see cref="TransportException.Limit"/>), and the
/// time for connecting holds for both together. Where ssh would fail the same way, nothing is tried twice.
/// Used without the executor: who awaits a session or its process goes on in the thread that watches the connections, and must not
/// block there.
/// </remarks>
public sealed partial class AutoTransport : ITransport
{
    private readonly OpenSshTransport _openSsh;
    private readonly NativeTransport _native;
    private readonly bool _keepsConnections;
    private readonly bool _hasPassword;
    private readonly ILogger _logger;

    /// <summary>Makes the transport. Nothing is contacted, and no ssh is started.</summary>
    /// <param name="options">How to connect. Connections that are to be kept (<see cref="OpenSshOptions.Keep"/>) are ssh's.</param>
    /// <param name="logger">Takes what there is to say about connections, and for each target the way and why it was taken, at level Information; none if null.</param>
    /// <param name="time">The clock; the system's if null.</param>
    public AutoTransport(OpenSshOptions options, ILogger? logger = null, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        _logger = logger ?? NullLogger.Instance;
        _keepsConnections = options.Keep is not null;
        _hasPassword = options.Password is not null;
        var configuration = new SshConfiguration(options);
        _openSsh = new OpenSshTransport(options, configuration, _logger);
        _native = new NativeTransport(options, configuration, isAlone: false, _logger, time ?? TimeProvider.System);
    }

    /// <summary>
    /// Asks for the passphrases of encrypted keys that no agent holds, once for each, before the targets are connected to; but
    /// not for keys of targets that ssh connects to.
    /// </summary>
    /// <param name="targets">The targets.</param>
    /// <param name="ask">Asks for the passphrase of a file, given its path, and whether it was asked before; an answer of nothing leaves the key out. The answer is zeroed.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task UnlockKeysAsync(IEnumerable<Target> targets, Func<string, bool, byte[]?> ask, CancellationToken cancellationToken = default)
    {
        if (_keepsConnections)
            return;
        await _native.UnlockKeysAsync(
            targets, ask, async target => !await _openSsh.HasLiveMasterAsync(target, cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask<ISession> ConnectAsync(Target target, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(target);
        if (_keepsConnections)
        {
            LogOpenSsh(_logger, target.Label, "connections that are kept are its");
            return await _openSsh.ConnectAsync(target, cancellationToken).ConfigureAwait(false);
        }

        if (await _openSsh.FindAsync(target, cancellationToken).ConfigureAwait(false) is { } live)
        {
            LogOpenSsh(_logger, target.Label, "there is a live master");
            return live;
        }

        var spent = TimeSpan.Zero;
        try
        {
            var route = await _native.GetRouteAsync(target, cancellationToken).ConfigureAwait(false);
            if (route.Before is not null && await _openSsh.HasLiveHopAsync(target, cancellationToken).ConfigureAwait(false))
            {
                LogOpenSsh(_logger, target.Label, "there is a live master of its jump host");
            }
            else if (!_hasPassword && await _native.GetOnlyLoginsAsync(route, cancellationToken).ConfigureAwait(false) is { Count: > 0 } logins)
            {
                LogOnlyLogins(_logger, target.Label, logins);
            }
            else
            {
                LogNative(_logger, target.Label);
                return await _native.ConnectAsync(route, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (TransportException failure) when (failure.Limit != TransportLimit.None)
        {
            LogOpenSsh(_logger, target.Label, failure.Message);
            spent = failure.Spent;
        }

        return await _openSsh.ConnectAsync(target, spent, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _native.DisposeAsync().ConfigureAwait(false);
        await _openSsh.DisposeAsync().ConfigureAwait(false);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Node}: transport native: ssh_config asks for nothing beyond it")]
    private static partial void LogNative(ILogger logger, string node);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Node}: transport openssh: there is no key to try, and only ssh can try {Logins}")]
    private static partial void LogOnlyLogins(ILogger logger, string node, IReadOnlyList<OtherLogin> logins);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Node}: transport openssh: {Reason}")]
    private static partial void LogOpenSsh(ILogger logger, string node, string reason);
}
