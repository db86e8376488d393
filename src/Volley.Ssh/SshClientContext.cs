using Volley.Ssh.Auth;
using Volley.Ssh.Client;
using Volley.Ssh.Config.Resolving;
using Volley.Ssh.Connection;
using Volley.Ssh.HostKeys;
using Volley.Ssh.Net;

namespace Volley.Ssh;

/// <summary>
/// The state that several clients share: the configuration, identities, known hosts and the memory for received data. Everything is read
/// once, at its first use. Thread-safe. Dispose it after its clients, which zeroes the keys.
/// </summary>
public sealed class SshClientContext : IDisposable
{
    private readonly Lazy<SshConfig> _configuration;
    private readonly RouteTable _routes;
    private Identities? _identities;
    private volatile bool _isDisposed;

    /// <summary>Creates a context with the user's configuration. No file is read yet.</summary>
    /// <param name="configFile">The only configuration file to read (ssh's -F), or "none" to read no file; null for the user's and the system's files.</param>
    public SshClientContext(string? configFile = null)
        : this(new Lazy<SshConfig>(() => SshConfig.Load(SshConfigFiles.Default with { OnlyFile = configFile })))
    {
    }

    /// <summary>Creates a context with a configuration.</summary>
    /// <param name="configuration">The configuration.</param>
    /// <exception cref="ArgumentNullException"><paramref name="configuration"/> is null.</exception>
    public SshClientContext(SshConfig configuration)
        : this(new Lazy<SshConfig>(configuration ?? throw new ArgumentNullException(nameof(configuration))))
    {
    }

    private SshClientContext(Lazy<SshConfig> configuration)
    {
        _configuration = configuration;
        _routes = new RouteTable(configuration);
    }

    /// <summary>The configuration.</summary>
    /// <exception cref="SshConfigException">The files are invalid.</exception>
    public SshConfig Configuration => _configuration.Value;

    /// <summary>The time limit for an agent's answer; null for 5 s.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is zero, negative and not infinite, or above 49 days.</exception>
    public TimeSpan? AgentTimeout { get; init => field = value is { } time ? Argument.Limit(time, nameof(AgentTimeout)) : null; }

    /// <summary>How the sockets are watched.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not one of the enumeration.</exception>
    public SshSocketKind SocketKind { get; init => field = Argument.Defined(value, nameof(SocketKind)); }

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Connects the sockets.</summary>
    internal ISocketConnector Connector => SocketConnector.Get(SocketKind);

    /// <summary>The user's identities.</summary>
    internal Identities Identities => LazyInitializer.EnsureInitialized(ref _identities, () => new Identities(AgentTimeout));

    /// <summary>The known hosts.</summary>
    internal KnownHosts KnownHosts { get; } = new();

    /// <summary>The bound of the memory for received data.</summary>
    internal WindowBudget WindowBudget { get; } = new();

    /// <summary>
    /// Returns the route to a host. If the configuration names files that must be looked at, this happens on another thread and within the connect
    /// timeout, because a file system may hang.
    /// </summary>
    /// <param name="host">The host as the user wrote it.</param>
    /// <param name="options">The overrides and the timeout; null for the defaults.</param>
    /// <param name="cancellationToken">Abandons the look-up.</param>
    /// <returns>The route. Its failure, if it has one, is not thrown.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="host"/> is null.</exception>
    /// <exception cref="SshException">The look-up took too long (<see cref="SshFailure.TimedOut"/>).</exception>
    /// <exception cref="ObjectDisposedException">The context is disposed.</exception>
    /// <exception cref="OperationCanceledException">The token fired.</exception>
    public ValueTask<SshRoute> GetRouteAsync(string host, SshClientOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(host);
        ThrowIfDisposed();
        options ??= new();
        var overrides = options.Overrides;
        return LookUpAsync(() => _routes.Get(host, overrides), overrides, options, cancellationToken);
    }

    /// <summary>Returns the settings of a host. It may block if the configuration names files.</summary>
    /// <param name="host">The host as the user wrote it.</param>
    /// <param name="overrides">The overrides; null for none.</param>
    /// <returns>The settings.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="host"/> is null.</exception>
    /// <exception cref="SshConfigException">The files, or their settings for the host, are invalid.</exception>
    /// <exception cref="ObjectDisposedException">The context is disposed.</exception>
    public SshHostSettings GetSettings(string host, SshOverrides? overrides = null)
    {
        ArgumentNullException.ThrowIfNull(host);
        ThrowIfDisposed();
        return _routes.GetSettings(host, overrides ?? SshOverrides.None);
    }

    /// <summary>
    /// Returns the identity files of a host that need a passphrase, because no agent holds their keys. Default files, which are tried because none is
    /// configured, count only if there is no other key.
    /// </summary>
    /// <param name="settings">The settings of the host.</param>
    /// <param name="cancellationToken">Abandons the wait for a file or an agent.</param>
    /// <returns>The files, which this context owns.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="settings"/> is null.</exception>
    /// <exception cref="ObjectDisposedException">The context is disposed.</exception>
    /// <exception cref="OperationCanceledException">The token fired.</exception>
    public ValueTask<IReadOnlyList<SshIdentityFile>> GetLockedFilesAsync(SshHostSettings settings, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ThrowIfDisposed();
        return Identities.GetLockedAsync(settings, cancellationToken);
    }

    /// <summary>Returns whether there is a key to try for a host, in a file or an agent.</summary>
    /// <param name="settings">The settings of the host.</param>
    /// <param name="cancellationToken">Abandons the wait for a file or an agent.</param>
    /// <returns>Whether there is one.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="settings"/> is null.</exception>
    /// <exception cref="ObjectDisposedException">The context is disposed.</exception>
    /// <exception cref="OperationCanceledException">The token fired.</exception>
    public async ValueTask<bool> HasKeyAsync(SshHostSettings settings, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ThrowIfDisposed();
        return await Identities.GetKeysAsync(settings, cancellationToken).ConfigureAwait(false) is not [];
    }

    /// <summary>Overwrites the keys with zeros. Afterwards no client can connect with the context.</summary>
    public void Dispose()
    {
        _isDisposed = true;
        _identities?.Dispose();
    }

    /// <summary>Returns the route to a host with known settings, through the jump hosts that they name.</summary>
    /// <exception cref="SshException">The look-up took too long (<see cref="SshFailure.TimedOut"/>).</exception>
    internal ValueTask<SshRoute> GetRouteAsync(SshHostSettings settings, SshClientOptions options, CancellationToken cancellationToken)
    {
        ThrowIfDisposed();
        return options.Via is null && !settings.ProxyJump.IsEmpty
            ? LookUpAsync(() => _routes.Get(settings), SshOverrides.None, options, cancellationToken)
            : new(new SshRoute(new(null, settings.OriginalHost, null), settings, Via: null));
    }

    /// <summary>Throws if the context is disposed.</summary>
    /// <exception cref="ObjectDisposedException">The context is disposed.</exception>
    private void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(_isDisposed, this);

    private ValueTask<SshRoute> LookUpAsync(Func<SshRoute> lookUp, SshOverrides overrides, SshClientOptions options, CancellationToken cancellationToken) =>
        _routes.MayBlock(overrides)
            ? new(new ConnectTimeout(options.GetConnectTimeout(settings: null), Time).LookAtFilesAsync(lookUp, cancellationToken))
            : new(lookUp());
}
