using System.Globalization;
using Microsoft.Extensions.Logging;
using Volley.Ssh;
using Volley.Transports.Sharing;

namespace Volley.Transports.OpenSsh.Masters;

/// <summary>Looks up the user's configuration of hosts. It is read once per run.</summary>
internal sealed partial class HostRoutes
{
    private readonly SshConfiguration _configuration;
    private readonly bool _isReadable;

    public HostRoutes(SshConfiguration configuration, ILogger logger)
    {
        _configuration = configuration;
        try
        {
            configuration.Read();
            _isReadable = true;
        }
        catch (SshConfigException failure)
        {
            // ssh reads the configuration too, and reports the error.
            LogUnreadable(logger, failure.Message);
        }
    }

    /// <summary>The files that were read; null if they can't be parsed here.</summary>
    public SshConfigSources? Sources => _isReadable ? _configuration.Context.Configuration.Sources : null;

    /// <summary>Returns the connect timeout of a host.</summary>
    public ConnectLimit GetLimit(HostRoute route) =>
        new(_configuration.ClientOptions.GetConnectTimeout(route.Settings is { IsPlain: true } settings ? settings : null), TimeProvider.System);

    /// <inheritdoc cref="SshConfiguration.LookAtFilesAsync"/>
    public Task<T> LookAtFilesAsync<T>(Func<T> look, CancellationToken cancellationToken) => _configuration.LookAtFilesAsync(look, cancellationToken);

    /// <summary>Returns the route to a target.</summary>
    /// <exception cref="TransportException">Accessing the files that the configuration names takes too long.</exception>
    public async ValueTask<HostRoute> OfAsync(Target target, CancellationToken cancellationToken) =>
        Of(await _configuration.GetRouteAsync(target, cancellationToken).ConfigureAwait(false));

    /// <summary>Returns the route to a jump host. The command line applies to targets only.</summary>
    /// <exception cref="TransportException">Accessing the files that the configuration names takes too long.</exception>
    public async ValueTask<HostRoute> OfHopAsync(Target hop, CancellationToken cancellationToken) =>
        Of(await _configuration.GetHopRouteAsync(hop, cancellationToken).ConfigureAwait(false));

    private static HostRoute Of(SshRoute route)
    {
        // A host that only ssh can resolve is left to ssh entirely.
        if (route.Settings is not { IsPlain: true } settings)
            return HostRoute.Direct with { Settings = route.Settings };
        return new()
        {
            Settings = settings,
            UsersSocket = route.ControlSocket,
            Jump = settings.ProxyJump.IsEmpty ? null : string.Join(',', settings.ProxyJump),
            ConnectTimeout = settings.ConnectTimeout,
            ServerAliveInterval = settings.ServerAliveInterval,
            ServerAliveCountMax = settings.ServerAliveCountMax,
            KnownHostsName = settings.HostKeyAlias
                ?? (settings.Port == SshDefaults.Port ? settings.HostName : string.Create(CultureInfo.InvariantCulture, $"[{settings.HostName}]:{settings.Port}")),
            KnownHostsFiles = [.. settings.UserKnownHostsFiles, .. settings.GlobalKnownHostsFiles],
            Environment = settings.EnvironmentToSend(),
        };
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "ssh_config: {Reason}")]
    private static partial void LogUnreadable(ILogger logger, string reason);
}
