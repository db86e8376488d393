using System.Collections.Concurrent;
using Volley.Ssh.Config.Resolving;
using Volley.Ssh.Net;
using Volley.Ssh;
using Volley.Transports.Channels;

namespace Volley.Transports;

/// <summary>The settings from ssh_config(5), overridden by the options. The files are read once per run, at the first use.</summary>
internal sealed class SshConfiguration
{
    /// <summary>The number of hosts whose settings are cached. Connecting looks them up several times, and jump hosts recur.</summary>
    private const int MostKnown = 4096;

    private readonly SshOptions _options;
    private readonly Lazy<SshConfig> _config;
    private readonly ConcurrentDictionary<Place, SshHostSettings> _known = new();
    private readonly Lazy<bool> _mayBlock;
    private int _count;

    /// <summary>Creates the configuration. No file is read yet.</summary>
    /// <param name="options">The options that override the files.</param>
    public SshConfiguration(SshOptions options)
    {
        _options = options;
        _config = new(() => SshConfig.Load(SshConfigFiles.Default with { OnlyFile = options.ConfigFile }));
        _mayBlock = new(MayBlock);
    }

    /// <summary>Reads the files, unless they were read before.</summary>
    /// <exception cref="SshConfigException">The files are invalid.</exception>
    public void Read() => _ = _config.Value;

    /// <summary>
    /// Runs a look-up. If it may access files, it runs on another thread and within the connect timeout, because a file system may hang.
    /// </summary>
    /// <param name="lookUp">The look-up.</param>
    /// <param name="cancellationToken">Abandons the look-up.</param>
    /// <exception cref="TransportException">The look-up took too long.</exception>
    public async ValueTask<T> LookUpAsync<T>(Func<T> lookUp, CancellationToken cancellationToken)
    {
        return _mayBlock.Value ? await LookAtFilesAsync(lookUp, cancellationToken).ConfigureAwait(false) : lookUp();
    }

    /// <summary>Accesses files that the configuration names, on another thread and within the connect timeout.</summary>
    /// <param name="look">Accesses the files.</param>
    /// <param name="cancellationToken">Abandons the access.</param>
    /// <exception cref="TransportException">The access took too long.</exception>
    public Task<T> LookAtFilesAsync<T>(Func<T> look, CancellationToken cancellationToken) =>
        ConnectLimit.Of(_options, configured: null, TimeProvider.System).RunAsync(
            token => BlockingWork.Files.RunAsync("looking at the files that ssh_config names", look, token), cancellationToken);

    /// <summary>The files that were read.</summary>
    /// <exception cref="SshConfigException">The files are invalid.</exception>
    public ConfigSources Sources => _config.Value.Sources;

    /// <summary>Whether only the installed ssh can tell if the files are valid.</summary>
    /// <exception cref="SshConfigException">The files are invalid.</exception>
    public bool HasUnjudgedLines => _config.Value.HasUnjudgedLines;

    /// <summary>Returns the settings of a target.</summary>
    /// <exception cref="SshConfigException">The files, or their settings for the target, are invalid.</exception>
    public SshHostSettings Of(Target target) =>
        Find(new(target.Host, target.User ?? _options.User, target.Port ?? _options.Port, _options.Jump, IsTarget: true));

    /// <summary>Returns the settings of a jump host. As in ssh, the options do not apply to it.</summary>
    /// <param name="host">The name of the jump host.</param>
    /// <param name="user">The user; null for the configured one.</param>
    /// <param name="port">The port; null for the configured one.</param>
    /// <param name="jump">The jump hosts before it; null for the configured ones.</param>
    /// <exception cref="SshConfigException">The files, or their settings for the host, are invalid.</exception>
    public SshHostSettings OfHop(string host, string? user, int? port, string? jump = null) => Find(new(host, user, port, jump, IsTarget: false));

    /// <summary>Returns the settings of a target as they were without an explicit user.</summary>
    public SshHostSettings OfUsualUser(Target target) => Resolve(new(target.Host, User: null, target.Port ?? _options.Port, _options.Jump, IsTarget: true));

    /// <summary>Returns whether the target or the options name the user explicitly.</summary>
    public bool NamesUser(Target target) => (target.User ?? _options.User) is not null;

    private bool MayBlock()
    {
        try
        {
            // Identity files from the command line are used only if they exist, so the look-up accesses them.
            return !_options.IdentityFiles.IsEmpty || _options.Options.Any(SshConfig.OptionNamesFile) || _config.Value.NamesFiles;
        }
        catch (SshConfigException)
        {
            // The look-up reports the error.
            return false;
        }
    }

    private SshHostSettings Find(Place place)
    {
        if (_known.TryGetValue(place, out var known))
            return known;
        var settings = Resolve(place);
        if (Interlocked.Increment(ref _count) <= MostKnown)
            _known[place] = settings;
        return settings;
    }

    private SshHostSettings Resolve(Place place) => _config.Value.Resolve(place.Host, new SshOverrides
    {
        User = place.User,
        Port = place.Port,
        ProxyJump = place.Jump,
        IdentityFiles = place.IsTarget ? _options.IdentityFiles : [],
        Options = place.IsTarget ? _options.Options : [],
    });

    /// <summary>The key of the cache.</summary>
    private readonly record struct Place(string Host, string? User, int? Port, string? Jump, bool IsTarget);
}
