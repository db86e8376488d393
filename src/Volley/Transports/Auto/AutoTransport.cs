using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Volley.Interop.Text;
using Volley.Ssh;
using Volley.Transports;
using Volley.Transports.Inline;
using Volley.Transports.Native;

namespace Volley;

/// <summary>
/// The default transport. Per target it uses a live control master; else native SSH in this process, if it supports everything that
/// ssh_config(5) asks for; else the system's ssh. The result is that of <c>ssh HOST</c>.
/// </summary>
/// <remarks>
/// A target falls back from native to ssh only if ssh could do what native can't, and one
/// connect timeout covers both attempts. If ssh would fail in the same way, nothing is tried twice.
/// </remarks>
public sealed partial class AutoTransport : IInlineTransport
{
    private readonly OpenSshTransport _openSsh;
    private readonly NativeTransport _native;
    private readonly SshOptions _options;
    private readonly ILogger _logger;
    private volatile bool _isDisposed;

    /// <summary>Creates the transport. It contacts no host and starts no ssh.</summary>
    /// <param name="options">How to connect. Connections that are to be kept (<see cref="SshOptions.Keep"/>) are made by ssh.</param>
    /// <param name="logger">
    /// Receives messages about connections and, for each target, its transport and the reason at level Information; null for none.
    /// </param>
    /// <param name="time">The clock; the system clock if null.</param>
    /// <exception cref="ArgumentException">The options contradict each other, or one of them can't be passed to ssh.</exception>
    /// <exception cref="InvalidOperationException">
    /// The options have a password, and the program can't pass it to ssh: it has not called <see cref="OpenSsh.TryAnswerPrompt"/>, or has no host of its own.
    /// </exception>
    public AutoTransport(SshOptions options, ILogger? logger = null, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        _logger = logger ?? NullLogger.Instance;
        _options = options;
        var configuration = new SshConfiguration(options, time);
        _openSsh = new OpenSshTransport(options, configuration, _logger);
        _native = new NativeTransport(options, configuration, isAlone: false, _logger, time ?? TimeProvider.System);
    }

    /// <summary>
    /// Counts the targets that ssh is likely to connect to, by their configuration: those that ask for what the native transport can't do, and those with
    /// a login that only ssh can try and no identity file. Where there are such files, they are tried first, and usually the login succeeds. Agents
    /// are not asked, nor are control masters looked for.
    /// </summary>
    /// <param name="options">How to connect.</param>
    /// <param name="targets">The targets.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The number of targets.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="targets"/> is null.</exception>
    /// <exception cref="ArgumentNullException"><paramref name="options"/> is null.</exception>
    public static async Task<int> CountSshTargetsAsync(
        SshOptions options, IReadOnlyCollection<Target> targets, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(targets);
        var configuration = new SshConfiguration(options);
        var count = 0;
        foreach (var target in targets)
        {
            try
            {
                var route = await configuration.GetNativeRouteAsync(target, cancellationToken).ConfigureAwait(false);
                if (!options.AnswersPrompts && await LacksIdentityFileAsync(route, configuration, cancellationToken).ConfigureAwait(false))
                    count++;
            }
            catch (TransportException failure) when (failure.Outcome == NodeOutcome.ConnectTimedOut)
            {
                // The files do not answer for the others either.
                return targets.Count;
            }
            catch (TransportException)
            {
                count++;
            }
        }

        return count;
    }

    /// <summary>
    /// Asks for the passphrases of encrypted keys that are in no agent, once for each key, before the targets are connected to. Keys
    /// of targets that ssh connects to are left out.
    /// </summary>
    /// <param name="targets">The targets.</param>
    /// <param name="ask">
    /// Returns the passphrase of a file, given its path and whether it was asked for before. An empty answer skips the key. The answer is
    /// zeroed after use.
    /// </param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <exception cref="ArgumentNullException">The targets or the callback are null.</exception>
    /// <exception cref="ObjectDisposedException">The transport was disposed.</exception>
    public async Task UnlockKeysAsync(IEnumerable<Target> targets, PassphraseCallback ask, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(targets);
        ArgumentNullException.ThrowIfNull(ask);
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        if (_options.Keep is not null)
            return;
        await _native.UnlockKeysAsync(
            targets,
            ask,
            async target => !await _openSsh.HasLiveMasterAsync(target, cancellationToken).ConfigureAwait(false),
            cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    /// <exception cref="ObjectDisposedException">The transport was disposed.</exception>
    public ValueTask<ISession> ConnectAsync(Target target, CancellationToken cancellationToken) =>
        PoolResumption.ConnectAsync(this, target, cancellationToken);

    /// <inheritdoc/>
    async ValueTask<ISession> IInlineTransport.ConnectInlineAsync(Target target, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(target);
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        if (_options.Keep is not null)
        {
            await LoggingThread.SwitchAsync(_logger);
            LogOpenSsh(_logger, target.Label, "connections that are kept are its");
            return await _openSsh.ConnectAsync(target, TimeSpan.Zero, cancellationToken).ConfigureAwait(false);
        }

        if (await _openSsh.FindAsync(target, cancellationToken).ConfigureAwait(false) is { } live)
        {
            await LoggingThread.SwitchAsync(_logger);
            LogOpenSsh(_logger, target.Label, "there is a live master");
            return live;
        }

        var spent = TimeSpan.Zero;
        try
        {
            var route = await _native.GetRouteAsync(target, cancellationToken).ConfigureAwait(false);
            if (route.Via is not null && await _openSsh.HasLiveHopAsync(target, cancellationToken).ConfigureAwait(false))
            {
                await LoggingThread.SwitchAsync(_logger);
                LogOpenSsh(_logger, target.Label, "there is a live master of its jump host");
            }
            else if (!_options.AnswersPrompts && await _native.GetOnlyLoginsAsync(route, cancellationToken).ConfigureAwait(false) is { Count: > 0 } logins)
            {
                await LoggingThread.SwitchAsync(_logger);
                LogOnlyLogins(_logger, target.Label, logins);
            }
            else
            {
                await LoggingThread.SwitchAsync(_logger);
                LogNative(_logger, target.Label);
                return await _native.ConnectAsync(route, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (TransportException failure) when (failure.Limit != TransportLimit.None)
        {
            await LoggingThread.SwitchAsync(_logger);
            LogOpenSsh(_logger, target.Label, failure.Message);
            spent = failure.Spent;
        }

        return await _openSsh.ConnectAsync(target, spent, cancellationToken).ConfigureAwait(false);
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
        await _native.DisposeAsync().ConfigureAwait(false);
        await _openSsh.DisposeAsync().ConfigureAwait(false);
        _options.Prompts?.Forget();
    }

    /// <summary>Whether a host on the route has a login that only ssh can try, and no identity file.</summary>
    private static async ValueTask<bool> LacksIdentityFileAsync(SshRoute route, SshConfiguration configuration, CancellationToken cancellationToken)
    {
        foreach (var settings in route.GetAllSettings())
        {
            if (settings.UnsupportedLogins.Count > 0
                && !await configuration.LookAtFilesAsync(() => settings.IdentityFiles.Any(SystemFile.Exists), cancellationToken).ConfigureAwait(false))
            {
                return true;
            }
        }

        return false;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Node}: transport native: ssh_config asks for nothing beyond it")]
    private static partial void LogNative(ILogger logger, string node);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Node}: transport openssh: there is no key to try, and only ssh can try {Logins}")]
    private static partial void LogOnlyLogins(ILogger logger, string node, IReadOnlyList<string> logins);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Node}: transport openssh: {Reason}")]
    private static partial void LogOpenSsh(ILogger logger, string node, string reason);
}
