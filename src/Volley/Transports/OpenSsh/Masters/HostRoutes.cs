using System.Globalization;
using Microsoft.Extensions.Logging;
using Volley.Ssh.Config.Resolving;
using Volley.Ssh;

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
    public ConfigSources? Sources => _isReadable ? _configuration.Sources : null;

    /// <inheritdoc cref="SshConfiguration.LookAtFilesAsync"/>
    public Task<T> LookAtFilesAsync<T>(Func<T> look, CancellationToken cancellationToken) => _configuration.LookAtFilesAsync(look, cancellationToken);

    /// <summary>Returns the route to a target.</summary>
    /// <exception cref="TransportException">Accessing the files that the configuration names takes too long.</exception>
    public ValueTask<HostRoute> OfAsync(Target target, CancellationToken cancellationToken) => OfAsync(
        () => _configuration.Of(target),
        _configuration.NamesUser(target) ? () => _configuration.OfUsualUser(target) : null,
        cancellationToken);

    /// <summary>Returns the route to a jump host. The command line applies to targets only.</summary>
    /// <exception cref="TransportException">Accessing the files that the configuration names takes too long.</exception>
    public ValueTask<HostRoute> OfHopAsync(Target hop, CancellationToken cancellationToken) => OfAsync(
        () => _configuration.OfHop(hop.Host, hop.User, hop.Port),
        hop.User is not null ? () => _configuration.OfHop(hop.Host, user: null, hop.Port) : null,
        cancellationToken);

    private ValueTask<HostRoute> OfAsync(Func<SshHostSettings> lookUp, Func<SshHostSettings>? lookUpUsual, CancellationToken cancellationToken) =>
        _isReadable ? _configuration.LookUpAsync(() => Of(lookUp, lookUpUsual), cancellationToken) : new(HostRoute.Direct);

    /// <summary>Returns the route to a host.</summary>
    /// <param name="lookUp">Looks up the host.</param>
    /// <param name="lookUpUsual">Looks up the same host for the configured user; null if no other user was requested.</param>
    private static HostRoute Of(Func<SshHostSettings> lookUp, Func<SshHostSettings>? lookUpUsual)
    {
        try
        {
            var settings = lookUp();
            // A host that only ssh can resolve is left to ssh entirely.
            if (!settings.IsPlain)
                return HostRoute.Direct with { Settings = settings };
            return new()
            {
                Settings = settings,
                UsersSocket = settings.ControlPath is { } path && SystemFile.Exists(path) && TellsUsersApart(settings, lookUpUsual) ? path : null,
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
        catch (SshConfigException)
        {
            return HostRoute.Direct;
        }
    }

    /// <summary>Returns whether the master at the control path has the requested login. A path without %r is the same for every user.</summary>
    private static bool TellsUsersApart(SshHostSettings settings, Func<SshHostSettings>? lookUpUsual)
    {
        if (lookUpUsual is null)
            return true;
        var usual = lookUpUsual();
        return usual.User == settings.User || usual.ControlPath != settings.ControlPath;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "ssh_config: {Reason}")]
    private static partial void LogUnreadable(ILogger logger, string reason);
}
