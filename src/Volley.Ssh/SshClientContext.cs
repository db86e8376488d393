using Volley.Interop.Blocking;
using Volley.Ssh.Client;
using Volley.Ssh.Config.Resolving;

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

    /// <summary>Creates a context with the user's configuration. No file is read yet.</summary>
    /// <param name="configFile">The only configuration file to read (ssh's -F), or "none" to read no file; null for the user's and the system's files.</param>
    public SshClientContext(string? configFile = null)
        : this(new Lazy<SshConfig>(() => SshConfig.Load(SshConfigFiles.Default with { OnlyFile = configFile })))
    {
    }

    /// <summary>Creates a context with a configuration.</summary>
    /// <param name="configuration">The configuration.</param>
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
    public TimeSpan? AgentTimeout { get; init; }

    /// <summary>Connects the sockets.</summary>
    public ISocketConnector Connector { get; init; } = SocketConnector.Default;

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>The user's identities.</summary>
    public Identities Identities => LazyInitializer.EnsureInitialized(ref _identities, () => new Identities(AgentTimeout));

    /// <summary>The known hosts.</summary>
    public KnownHosts KnownHosts { get; } = new();

    /// <summary>The bound of the memory for received data.</summary>
    public WindowBudget WindowBudget { get; } = new();

    /// <summary>
    /// Returns the route to a host. If the configuration names files that must be looked at, this happens on another thread and within the connect
    /// timeout, because a file system may hang.
    /// </summary>
    /// <param name="host">The host as the user wrote it.</param>
    /// <param name="options">The overrides and the timeout; null for the defaults.</param>
    /// <param name="cancellationToken">Abandons the look-up.</param>
    /// <exception cref="SshException">The look-up took too long (<see cref="SshFailure.TimedOut"/>).</exception>
    public ValueTask<SshRoute> GetRouteAsync(string host, SshClientOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(host);
        options ??= new();
        var overrides = options.Overrides;
        return LookUpAsync(() => _routes.Get(host, overrides), overrides, options, cancellationToken);
    }

    /// <summary>Returns the settings of a host. It may block if the configuration names files.</summary>
    /// <param name="host">The host as the user wrote it.</param>
    /// <param name="overrides">The overrides; null for none.</param>
    /// <exception cref="SshConfigException">The files, or their settings for the host, are invalid.</exception>
    public SshHostSettings GetSettings(string host, SshOverrides? overrides = null)
    {
        ArgumentNullException.ThrowIfNull(host);
        return _routes.GetSettings(host, overrides ?? SshOverrides.None);
    }

    /// <inheritdoc/>
    public void Dispose() => _identities?.Dispose();

    /// <summary>Returns the route to a host with known settings, through the jump hosts that they name.</summary>
    /// <exception cref="SshException">The look-up took too long (<see cref="SshFailure.TimedOut"/>).</exception>
    internal ValueTask<SshRoute> GetRouteAsync(SshHostSettings settings, SshClientOptions options, CancellationToken cancellationToken) =>
        options.Via is null && !settings.ProxyJump.IsEmpty
            ? LookUpAsync(() => _routes.Get(settings), SshOverrides.None, options, cancellationToken)
            : new(new SshRoute(new(null, settings.OriginalHost, null), settings, Via: null));

    private ValueTask<SshRoute> LookUpAsync(Func<SshRoute> lookUp, SshOverrides overrides, SshClientOptions options, CancellationToken cancellationToken) =>
        _routes.MayBlock(overrides)
            ? new(ConnectTimeout.RunAsync(
                options.GetConnectTimeout(settings: null), TimeProvider.System,
                token => BlockingWork.Files.RunAsync("looking at the files that ssh_config names", lookUp, token), cancellationToken))
            : new(lookUp());
}
