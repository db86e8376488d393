using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Volley.Interop;
using Volley.Ssh;
using Volley.Transports;
using Volley.Transports.Inline;
using Volley.Transports.Native;
using Volley.Transports.Sharing;

namespace Volley;

/// <summary>
/// Connects to targets with SSH in this process, without a process or thread per target. It supports a part of ssh_config(5); a target
/// that needs more fails, and the message names the directives.
/// </summary>
public sealed partial class NativeTransport : IInlineTransport
{
    private readonly ILogger _logger;
    private readonly SshConfiguration _configuration;
    private readonly ConnectionPool _connections;
    private readonly SshOptions _options;
    private readonly ForwardedAgents _agents = new();
    private volatile bool _isDisposed;

    /// <summary>Creates the transport and reads the configuration. It contacts no host.</summary>
    /// <param name="options">How to connect.</param>
    /// <param name="logger">Receives messages about connections, at level Information; null for none.</param>
    /// <param name="time">The clock; the system clock if null.</param>
    /// <exception cref="ArgumentException">The options contradict each other, or one of them needs the program ssh.</exception>
    /// <exception cref="TransportException">The configuration is invalid. The message names the file and line.</exception>
    public NativeTransport(SshOptions options, ILogger? logger = null, TimeProvider? time = null)
        : this(
            options ?? throw new ArgumentNullException(nameof(options)),
            new SshConfiguration(options, time),
            isAlone: true,
            logger ?? NullLogger.Instance,
            time ?? TimeProvider.System)
    {
        try
        {
            _configuration.Read();
        }
        catch (SshConfigException failure)
        {
            throw NativeRoutes.Unreadable(failure);
        }
    }

    /// <summary>Creates the transport. The configuration is read at its first use.</summary>
    /// <param name="options">How to connect.</param>
    /// <param name="configuration">The configuration.</param>
    /// <param name="isAlone">Whether there is no other transport for hosts that this one does not support.</param>
    /// <param name="logger">Receives messages about connections.</param>
    /// <param name="time">The clock.</param>
    internal NativeTransport(SshOptions options, SshConfiguration configuration, bool isAlone, ILogger logger, TimeProvider time)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(options.MaxIdleConnections.GetValueOrDefault());
        if (isAlone)
            options.CheckForNative();
        else
            options.Check();
        _options = options;
        _logger = logger;
        _configuration = configuration;
        _connections = new ConnectionPool(
            new Dialer(options, configuration, logger),
            logger,
            time,
            remembersLimits: !isAlone,
            options.MaxIdleConnections ?? ConnectionPool.GetMaxIdle(Limits.OpenFiles().Soft));
    }

    /// <summary>Asks for the passphrases of encrypted keys that are in no agent, once for each key, before the targets are connected to.</summary>
    /// <param name="targets">The targets.</param>
    /// <param name="ask">
    /// Returns the passphrase of a file, given its path and whether it was asked for before. An empty answer skips the key. The answer is
    /// zeroed after use.
    /// </param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <exception cref="ArgumentNullException">The targets or the callback are null.</exception>
    /// <exception cref="ObjectDisposedException">The transport was disposed.</exception>
    /// <remarks>Files that can't be read within the connect timeout are skipped. The targets that need them report the error.</remarks>
    public Task UnlockKeysAsync(IEnumerable<Target> targets, PassphraseCallback ask, CancellationToken cancellationToken = default) =>
        UnlockKeysAsync(targets, ask, isServed: _ => ValueTask.FromResult(true), cancellationToken);

    /// <summary>Asks for the passphrases of the keys of those targets that this transport connects to.</summary>
    /// <param name="targets">The targets.</param>
    /// <param name="ask">Returns the passphrase of a file, given its path and whether it was asked for before.</param>
    /// <param name="isServed">Returns whether this transport connects to a target. It is called only for targets with locked keys.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    internal async Task UnlockKeysAsync(
        IEnumerable<Target> targets, PassphraseCallback ask, Func<Target, ValueTask<bool>> isServed, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(targets);
        ArgumentNullException.ThrowIfNull(ask);
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        var asked = new HashSet<SshIdentityFile>();
        try
        {
            foreach (var target in targets)
            {
                foreach (var settings in await _configuration.TryGetNativeSettingsAsync(target, cancellationToken).ConfigureAwait(false))
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
            // A file system does not answer. A target that needs it reaches its own connect timeout and reports it.
        }
    }

    private Task<IReadOnlyList<SshIdentityFile>> GetLockedAsync(SshHostSettings settings, CancellationToken cancellationToken) =>
        _configuration.GetLimit(settings).RunAsync(token => _configuration.Context.GetLockedFilesAsync(settings, token).AsTask(), cancellationToken);

    /// <inheritdoc/>
    /// <exception cref="ObjectDisposedException">The transport was disposed.</exception>
    public ValueTask<ISession> ConnectAsync(Target target, CancellationToken cancellationToken) =>
        PoolResumption.ConnectAsync(this, target, cancellationToken);

    /// <inheritdoc/>
    async ValueTask<ISession> IInlineTransport.ConnectInlineAsync(Target target, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(target);
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        try
        {
            return await ConnectAsync(await GetRouteAsync(target, cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
        }
        catch (TransportException failure) when (failure.Limit is not (TransportLimit.None or TransportLimit.UnreadableConfiguration))
        {
            throw failure.Rephrased(failure.Message, remedy: Remedy.UseOpenSsh);
        }
    }

    /// <summary>Returns the route to a target.</summary>
    /// <exception cref="TransportException">The configuration is invalid, or needs a feature that only ssh has.</exception>
    internal ValueTask<SshRoute> GetRouteAsync(Target target, CancellationToken cancellationToken) =>
        _configuration.GetNativeRouteAsync(target, cancellationToken);

    /// <summary>
    /// Returns the login methods that only ssh supports, of the first host on a route that has such methods and no key to try; empty if
    /// there is no such host.
    /// </summary>
    /// <exception cref="TransportException">Reading the keys takes too long.</exception>
    internal async ValueTask<IReadOnlyList<string>> GetOnlyLoginsAsync(SshRoute route, CancellationToken cancellationToken)
    {
        foreach (var settings in route.GetAllSettings())
        {
            if (settings.UnsupportedLogins is { Count: > 0 } logins
                && !await _configuration.GetLimit(settings)
                    .RunAsync(token => _configuration.Context.HasKeyAsync(settings, token).AsTask(), cancellationToken)
                    .ConfigureAwait(false))
            {
                return logins;
            }
        }

        return [];
    }

    /// <summary>Connects to a target.</summary>
    /// <exception cref="TransportException">The target can't be reached.</exception>
    internal async ValueTask<ISession> ConnectAsync(SshRoute route, CancellationToken cancellationToken)
    {
        var settings = route.Settings!;
        if (settings.Skipped.Count > 0)
        {
            await LoggingThread.SwitchAsync(_logger);
            LogSkipped(_logger, route.Name, settings.Skipped);
        }

        var agent = _options.ForwardAgent ? await _agents.GetSocketAsync(settings, cancellationToken).ConfigureAwait(false) : null;
        var connection = await _connections.GetAsync(route, cancellationToken).ConfigureAwait(false);
        var session = new ChannelSession(
            connection.Shared, _configuration.GetLimit(settings), () => _connections.StopSharingAsync(connection, route),
            settings.EnvironmentToSend(), () => _connections.ReleaseAsync(connection))
        {
            ForwardAgent = agent is null ? null : () => connection.Agent.Begin(agent),
        };
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

    void IDisposalCheck.ThrowIfDisposed()
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        _options.ThrowIfDisposed();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _isDisposed = true;
        await PoolResumption.OnPool(_connections.DisposeAsync()).ConfigureAwait(false);
        _options.Prompts?.Forget();
        _configuration.Context.Dispose();
    }

    /// <summary>Asks for the passphrase of a key, as many times as ssh does (NumberOfPasswordPrompts).</summary>
    private static void Unlock(SshIdentityFile file, PassphraseCallback ask)
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

    [LoggerMessage(Level = LogLevel.Information, Message = "{Node}: transport native: skipped, because it has no effect on a batch login: {Directives}")]
    private static partial void LogSkipped(ILogger logger, string node, IReadOnlyList<string> directives);
}
