using Microsoft.Extensions.Logging;
using Volley.Ssh.Config;
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

    /// <summary>The way to a target, or, for a jump host, to that: what the command line says holds for targets only.</summary>
    public HostRoute Of(Target target, bool isHop)
    {
        if (!_isReadable)
            return HostRoute.Direct;
        try
        {
            var settings = isHop ? _configuration.OfHop(target.Host, target.User, target.Port) : _configuration.Of(target);
            // What only ssh itself can work out is left to it altogether.
            return settings.IsPlain ? Of(target, settings, isHop) : HostRoute.Direct;
        }
        catch (SshConfigException)
        {
            return HostRoute.Direct;
        }
    }

    private HostRoute Of(Target target, SshHostSettings settings, bool isHop) => new()
    {
        UsersSocket = settings.ControlPath is { } path && File.Exists(path) && TellsUsersApart(target, settings, isHop) ? path : null,
        Jump = settings.ProxyJump.IsEmpty ? null : string.Join(',', settings.ProxyJump),
        ServerAliveInterval = settings.ServerAliveInterval,
        ServerAliveCountMax = settings.ServerAliveCountMax,
        Environment = settings.EnvironmentToSend(),
    };

    /// <summary>Whether the login behind a control path is the one that is asked for: a path without %r is the same for every user.</summary>
    private bool TellsUsersApart(Target target, SshHostSettings settings, bool isHop)
    {
        if (isHop ? target.User is null : !_configuration.NamesUser(target))
            return true;
        var usual = isHop ? _configuration.OfHop(target.Host, user: null, target.Port) : _configuration.OfUsualUser(target);
        return usual.User == settings.User || usual.ControlPath != settings.ControlPath;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "ssh_config: {Reason}")]
    private static partial void LogUnreadable(ILogger logger, string reason);
}
