using Microsoft.Extensions.Logging;
using Volley.Ssh.Config;
using Volley.Targets;

namespace Volley.Transports.OpenSsh.Masters;

/// <summary>Looks up what the user's configuration says about hosts. It is read once a run.</summary>
internal sealed partial class HostRoutes
{
    private readonly SshConfiguration _configuration;
    private readonly SshConfig? _config;

    public HostRoutes(SshConfiguration configuration, ILogger logger)
    {
        _configuration = configuration;
        try
        {
            _config = configuration.Config;
        }
        catch (SshConfigException failure)
        {
            // ssh reads it too, and says what is wrong with it.
            LogUnreadable(logger, failure.Message);
        }
    }

    /// <summary>The way to a target, or, for a jump host, to that: what the command line says holds for targets only.</summary>
    public HostRoute Of(Target target, bool isHop)
    {
        var overrides = isHop ? new SshOverrides { User = target.User, Port = target.Port } : _configuration.OverridesFor(target);
        try
        {
            // What only ssh itself can work out is left to it altogether.
            return _config?.Resolve(target.Host, overrides) is { IsPlain: true } settings
                ? Of(target, settings, overrides)
                : HostRoute.Direct;
        }
        catch (SshConfigException)
        {
            return HostRoute.Direct;
        }
    }

    private HostRoute Of(Target target, SshHostSettings settings, SshOverrides overrides) => new()
    {
        UsersSocket = settings.ControlPath is { } path && File.Exists(path) && TellsUsersApart(target, settings, overrides) ? path : null,
        Jump = settings.ProxyJump.IsEmpty ? null : string.Join(',', settings.ProxyJump),
        ServerAliveInterval = settings.ServerAliveInterval,
        ServerAliveCountMax = settings.ServerAliveCountMax,
        Environment = settings.EnvironmentToSend(),
    };

    /// <summary>Whether the login behind a control path is the one that is asked for: a path without %r is the same for every user.</summary>
    private bool TellsUsersApart(Target target, SshHostSettings settings, SshOverrides overrides)
    {
        if (overrides.User is null)
            return true;
        var usual = _config!.Resolve(target.Host, overrides with { User = null });
        return usual.User == settings.User || usual.ControlPath != settings.ControlPath;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "ssh_config: {Reason}")]
    private static partial void LogUnreadable(ILogger logger, string reason);
}
