using Volley.Ssh;
using Volley.Transports.Sharing;

namespace Volley.Transports;

/// <summary>The settings from ssh_config(5), overridden by the options. The files are read once per run, at the first use.</summary>
internal sealed class SshConfiguration
{
    private readonly Lazy<SshConfig?> _files;

    /// <summary>Creates the configuration. No file is read yet.</summary>
    /// <param name="options">The options that override the files.</param>
    /// <param name="time">The clock of connections; the system clock if null.</param>
    public SshConfiguration(SshOptions options, TimeProvider? time = null)
    {
        Context = new SshClientContext(options.ConfigFile)
        {
            AgentTimeout = options.AgentLimit,
            SocketKind = options.SocketKind,
            Time = time ?? TimeProvider.System,
        };
        ClientOptions = new SshClientOptions
        {
            Context = Context,
            Overrides = new SshOverrides
            {
                User = options.User,
                Port = options.Port,
                ProxyJump = options.ProxyJump,
                IdentityFiles = options.IdentityFiles,
                Directives = options.Directives,
            },
            ConnectTimeout = options.ConnectTimeout,
            DefaultConnectTimeout = RunPlan.DefaultConnectTimeout,
            HostKeyPolicy = options.HostKeyPolicy,
            DefaultHostKeyPolicy = SshHostKeyPolicy.AcceptNew,
            HostKeyCallback = options.HostKeyCallback,
            PrivateKeys = options.PrivateKeys,
            KeepAliveInterval = options.ServerAliveInterval,
            KeepAliveCount = options.ServerAliveCountMax,
            ResumesInline = true,
        };
        _files = new(FindFiles);
    }

    /// <summary>The state that the connections of the run share.</summary>
    public SshClientContext Context { get; }

    /// <summary>The options of connections.</summary>
    public SshClientOptions ClientOptions { get; }

    /// <summary>Reads the files, unless they were read before.</summary>
    /// <exception cref="SshConfigException">The files are invalid.</exception>
    public void Read() => _ = Context.Configuration;

    /// <summary>The files that were read; null if they can't be parsed here.</summary>
    public SshConfig? Files => _files.Value;

    /// <summary>Returns the route to a target.</summary>
    /// <exception cref="TransportException">Accessing the files that the configuration names takes too long.</exception>
    public async ValueTask<SshRoute> GetRouteAsync(Target target, CancellationToken cancellationToken)
    {
        var options = ClientOptions;
        if (target.HasSettings())
            options = options with { Overrides = options.Overrides.ForTarget(target) };
        if (target.ConnectTimeout is { } limit)
            options = options with { DefaultConnectTimeout = limit };

        try
        {
            var route = await Context.GetRouteAsync(target.Host, options, cancellationToken).ConfigureAwait(false) with { Name = target.Label };
            return target.ConnectTimeout is { } plan ? WithConnectTimeout(route, plan) : route;
        }
        catch (SshException failure)
        {
            throw ConnectFailure.Convert(failure);
        }
    }

    /// <summary>Accesses files that the configuration names, on another thread and within the connect timeout.</summary>
    /// <param name="look">Accesses the files.</param>
    /// <param name="cancellationToken">Abandons the access.</param>
    /// <exception cref="TransportException">The access took too long.</exception>
    public Task<T> LookAtFilesAsync<T>(Func<T> look, CancellationToken cancellationToken) =>
        GetLimit(settings: null).LookAtFilesAsync(look, cancellationToken);

    /// <summary>Returns the connect timeout of a target: the option's, else the configuration's, else the plan's.</summary>
    public ConnectLimit GetLimit(Target target, SshRoute route)
    {
        var settings = route.GetCompleteSettings();
        return settings is null && ClientOptions.ConnectTimeout is null && target.ConnectTimeout is { } plan
            ? new(plan, Context.Time)
            : GetLimit(settings);
    }

    /// <summary>Returns the connect timeout of a host.</summary>
    /// <param name="settings">The settings of the host; null if they are unknown.</param>
    public ConnectLimit GetLimit(SshHostSettings? settings) => new(ClientOptions.GetConnectTimeout(settings), Context.Time);

    /// <summary>Returns the route with the connect timeout of the plan at the hosts for which the configuration sets none.</summary>
    private static SshRoute WithConnectTimeout(SshRoute route, TimeSpan limit) => route with
    {
        Settings = route.Settings is { ConnectTimeout: null } settings ? settings with { ConnectTimeout = limit } : route.Settings,
        Via = route.Via is { } hop ? WithConnectTimeout(hop, limit) : null,
    };

    private SshConfig? FindFiles()
    {
        try
        {
            return Context.Configuration;
        }
        catch (SshConfigException)
        {
            return null;
        }
    }
}
