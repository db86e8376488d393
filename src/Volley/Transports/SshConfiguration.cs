using System.Collections.Concurrent;
using Volley.Ssh.Blocking;
using Volley.Ssh.Config;
using Volley.Targets;
using Volley.Transports.Channels;

namespace Volley.Transports;

/// <summary>ssh_config(5) and the options that go before it. The files are read once a run, by the first who asks.</summary>
internal sealed class SshConfiguration
{
    /// <summary>Of so many hosts it is remembered what holds for them: whoever connects to one asks more than once, and jump hosts come again.</summary>
    private const int MostKnown = 4096;

    private readonly SshOptions _options;
    private readonly Lazy<SshConfig> _config;
    private readonly ConcurrentDictionary<Place, SshHostSettings> _known = new();
    private readonly Lazy<bool> _mayBlock;
    private int _count;

    /// <param name="options">The options.</param>
    public SshConfiguration(SshOptions options)
    {
        _options = options;
        _config = new(() => SshConfig.Load(SshConfigFiles.Default with { OnlyFile = options.ConfigFile }));
        _mayBlock = new(MayBlock);
    }

    /// <summary>Reads the files, if nobody has yet.</summary>
    /// <exception cref="SshConfigException">They can't be understood.</exception>
    public void Read() => _ = _config.Value;

    /// <summary>
    /// Runs a look-up off the caller's thread if it may look at files, within the limit for connecting: a file system may not answer.
    /// </summary>
    /// <param name="lookUp">The look-up.</param>
    /// <param name="cancellationToken">Abandons it.</param>
    /// <exception cref="TransportException">It took too long.</exception>
    public async ValueTask<T> LookUpAsync<T>(Func<T> lookUp, CancellationToken cancellationToken)
    {
        return _mayBlock.Value ? await LookAtFilesAsync(lookUp, cancellationToken).ConfigureAwait(false) : lookUp();
    }

    /// <summary>Looks at files that the configuration names, off the caller's thread and within the limit for connecting.</summary>
    /// <param name="look">Looks at them.</param>
    /// <param name="cancellationToken">Abandons it.</param>
    /// <exception cref="TransportException">It took too long.</exception>
    public Task<T> LookAtFilesAsync<T>(Func<T> look, CancellationToken cancellationToken) =>
        ConnectLimit.Of(_options, configured: null, TimeProvider.System).RunAsync(
            token => BlockingWork.Files.RunAsync("looking at the files that ssh_config names", look, token), cancellationToken);

    /// <summary>What was read.</summary>
    /// <exception cref="SshConfigException">The files can't be understood.</exception>
    public ConfigSources Sources => _config.Value.Sources;

    /// <summary>What holds for a target.</summary>
    /// <exception cref="SshConfigException">The files, or what they say of it, can't be understood.</exception>
    public SshHostSettings Of(Target target) =>
        Find(new(target.Host, target.User ?? _options.User, target.Port ?? _options.Port, _options.Jump, IsTarget: true));

    /// <summary>What holds for a jump host. The options say nothing about it, as in ssh.</summary>
    /// <param name="host">Its name.</param>
    /// <param name="user">The user; null for what is configured.</param>
    /// <param name="port">The port; null for what is configured.</param>
    /// <param name="jump">The jump hosts before it; null for what is configured.</param>
    /// <exception cref="SshConfigException">The files, or what they say of it, can't be understood.</exception>
    public SshHostSettings OfHop(string host, string? user, int? port, string? jump = null) => Find(new(host, user, port, jump, IsTarget: false));

    /// <summary>What would hold for a target if nobody said which user.</summary>
    public SshHostSettings OfUsualUser(Target target) => Resolve(new(target.Host, User: null, target.Port ?? _options.Port, _options.Jump, IsTarget: true));

    /// <summary>Whether it is said which user is meant at a target, other than by the files.</summary>
    public bool NamesUser(Target target) => (target.User ?? _options.User) is not null;

    private bool MayBlock()
    {
        try
        {
            // Identity files of the command line count only where they exist.
            return !_options.IdentityFiles.IsEmpty || _options.Options.Any(SshConfig.OptionNamesFile) || _config.Value.NamesFiles;
        }
        catch (SshConfigException)
        {
            // The look-up says so.
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

    /// <summary>What tells apart the hosts of one run.</summary>
    private readonly record struct Place(string Host, string? User, int? Port, string? Jump, bool IsTarget);
}
