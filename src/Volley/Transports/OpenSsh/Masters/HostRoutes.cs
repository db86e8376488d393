using System.Globalization;
using Microsoft.Extensions.Logging;
using Volley.Ssh.Config;
using Volley.Ssh.Files;
using Volley.Targets;

namespace Volley.Transports.OpenSsh.Masters;

/// <summary>Looks up what the user's configuration says about hosts. It is read once a run.</summary>
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
            // ssh reads it too, and says what is wrong with it.
            LogUnreadable(logger, failure.Message);
        }
    }

    /// <summary>What was read; null if it can't be understood here.</summary>
    public ConfigSources? Sources => _isReadable ? _configuration.Sources : null;

    /// <inheritdoc cref="SshConfiguration.LookAtFilesAsync"/>
    public Task<T> LookAtFilesAsync<T>(Func<T> look, CancellationToken cancellationToken) => _configuration.LookAtFilesAsync(look, cancellationToken);

    /// <summary>Returns the route to a target.</summary>
    /// <exception cref="TransportException">The files that the configuration names take too long to look at.</exception>
    public ValueTask<HostRoute> OfAsync(Target target, CancellationToken cancellationToken) => OfAsync(
        () => _configuration.Of(target),
        _configuration.NamesUser(target) ? () => _configuration.OfUsualUser(target) : null,
        cancellationToken);

    /// <summary>The way to a jump host: what the command line says holds for targets only.</summary>
    /// <exception cref="TransportException">The files that the configuration names take too long to look at.</exception>
    public ValueTask<HostRoute> OfHopAsync(Target hop, CancellationToken cancellationToken) => OfAsync(
        () => _configuration.OfHop(hop.Host, hop.User, hop.Port),
        hop.User is not null ? () => _configuration.OfHop(hop.Host, user: null, hop.Port) : null,
        cancellationToken);

    private ValueTask<HostRoute> OfAsync(Func<SshHostSettings> lookUp, Func<SshHostSettings>? lookUpUsual, CancellationToken cancellationToken) =>
        _isReadable ? _configuration.LookUpAsync(() => Of(lookUp, lookUpUsual), cancellationToken) : new(HostRoute.Direct);

    /// <param name="lookUp">Looks up the host.</param>
    /// <param name="lookUpUsual">Looks up the same host for the user that its configuration names; null if nobody else was asked for.</param>
    private static HostRoute Of(Func<SshHostSettings> lookUp, Func<SshHostSettings>? lookUpUsual)
    {
        try
        {
            var settings = lookUp();
            // What only ssh itself can work out is left to it altogether.
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

    /// <summary>Whether the login behind a control path is the one that is asked for: a path without %r is the same for every user.</summary>
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
