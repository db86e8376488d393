using System.Collections.Concurrent;
using Volley.Interop.Text;
using Volley.Ssh.Config.Keywords;

namespace Volley.Ssh.Config.Resolving;

/// <summary>Looks up the routes to hosts in a configuration, which is read at the first use.</summary>
internal sealed class RouteTable(Lazy<SshConfig> configuration)
{
    /// <summary>The largest number of jump hosts. A configuration whose jump host leads through itself would never end.</summary>
    private const int MaxHops = 16;

    /// <summary>The number of hosts whose settings are cached. Connecting looks them up several times, and jump hosts recur.</summary>
    private const int MaxCached = 4096;

    private readonly ConcurrentDictionary<(string Host, SshOverrides Overrides), SshHostSettings> _cache = new();
    private readonly ConcurrentDictionary<IReadOnlyList<string>, bool> _optionsNameFiles = new();
    private int _count;

    /// <summary>Returns whether a look-up accesses files, and so may block.</summary>
    public bool MayBlock(SshOverrides overrides)
    {
        // Identity files from the command line are used only if they exist, so the look-up accesses them.
        if (overrides.IdentityFiles.Count > 0)
            return true;
        try
        {
            return OptionsNameFiles(overrides.Directives) || configuration.Value.NamesFiles;
        }
        catch (SshConfigException)
        {
            // The look-up reports the error.
            return false;
        }
    }

    /// <summary>Returns the route to a host.</summary>
    public SshRoute Get(string host, SshOverrides overrides) => Get(new(overrides.User, host, overrides.Port), overrides, hops: 0);

    /// <summary>Returns the route to a host with known settings.</summary>
    public SshRoute Get(SshHostSettings settings) => Get(new(settings.User, settings.OriginalHost, settings.Port), settings, settings.ProxyJump, hops: 0);

    /// <summary>Returns the settings of a host.</summary>
    /// <exception cref="SshConfigException">The files, or their settings for the host, are invalid.</exception>
    public SshHostSettings GetSettings(string host, SshOverrides overrides)
    {
        if (_cache.TryGetValue((host, overrides), out var known))
            return known;
        var settings = configuration.Value.Resolve(host, overrides);
        if (Interlocked.Increment(ref _count) <= MaxCached)
            _cache[(host, overrides)] = settings;
        return settings;
    }

    private SshRoute Get(SshJumpHost host, SshOverrides overrides, int hops)
    {
        try
        {
            var settings = GetSettings(host.Host, overrides);
            return Get(host, settings, GetJumpHosts(settings, overrides), hops) with { ControlSocket = FindControlSocket(host.Host, settings, overrides) };
        }
        catch (SshConfigException invalid)
        {
            var failure = new SshException(SshFailure.InvalidConfiguration, invalid.Message, invalid);
            return Get(host, settings: null, Parse(overrides.ProxyJump), hops) with { Failure = failure };
        }
    }

    private string? FindControlSocket(string host, SshHostSettings settings, SshOverrides overrides) =>
        settings is { IsPlain: true, ControlPath: { } path } && SystemFile.Exists(path) && HasRequestedLogin(host, settings, overrides) ? path : null;

    /// <summary>Returns whether a master at the control path has the requested login. A path without %r is the same for every user.</summary>
    private bool HasRequestedLogin(string host, SshHostSettings settings, SshOverrides overrides)
    {
        if (overrides.User is null)
            return true;
        var usual = GetSettings(host, overrides with { User = null });
        return usual.User == settings.User || usual.ControlPath != settings.ControlPath;
    }

    private SshRoute Get(SshJumpHost host, SshHostSettings? settings, IReadOnlyList<SshJumpHost> jumps, int hops)
    {
        if (jumps is not [.., var last])
            return new(host, settings, Via: null);
        if (hops == MaxHops)
        {
            return new(host, settings, Via: null)
            {
                Failure = new(SshFailure.InvalidConfiguration, $"jump host {last}: the route to it has more than {MaxHops} hops, or contains a loop"),
            };
        }

        if (!HasValidName(last))
        {
            // ssh would take such a name of a file for an option.
            var invalid = new SshException(SshFailure.InvalidConfiguration, "the name of a jump host contains invalid characters");
            return new(host, settings, new(last, Settings: null, Via: null) { Failure = invalid });
        }

        // As in ssh, the command line applies to the host alone, and each hop is reached through the hops before it.
        var before = jumps.Count > 1 ? string.Join(',', jumps.Take(jumps.Count - 1)) : null;
        return new(host, settings, Get(last, new SshOverrides { User = last.User, Port = last.Port, ProxyJump = before }, hops + 1));
    }

    /// <summary>Returns the jump hosts of a host. If only ssh can resolve it, the values of the configuration may be incomplete, and are not used.</summary>
    private static IReadOnlyList<SshJumpHost> GetJumpHosts(SshHostSettings settings, SshOverrides overrides)
    {
        if (!settings.IsPlain)
            return Parse(overrides.ProxyJump);
        return settings.ProxyJump.IsEmpty ? [] : settings.ProxyJump;
    }

    /// <summary>Returns the jump hosts of the command line; none if they are invalid, which the look-up of the settings has reported.</summary>
    private static IReadOnlyList<SshJumpHost> Parse(string? jump) => jump is null ? [] : JumpHosts.Parse(jump) ?? [];

    private static bool HasValidName(SshJumpHost hop)
    {
        try
        {
            HostNameRules.CheckHost(hop.Host);
            if (hop.User is { } user)
                HostNameRules.CheckUser(user);
            return true;
        }
        catch (SshConfigException)
        {
            return false;
        }
    }

    private bool OptionsNameFiles(IReadOnlyList<string> options)
    {
        if (options.Count == 0)
            return false;
        if (_optionsNameFiles.TryGetValue(options, out var known))
            return known;
        var nameFiles = options.Any(SshConfig.OptionNamesFile);
        if (_optionsNameFiles.Count < MaxCached)
            _optionsNameFiles[options] = nameFiles;
        return nameFiles;
    }
}
