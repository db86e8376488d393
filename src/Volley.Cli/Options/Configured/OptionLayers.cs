using Volley.Cli.Options.Parsing;
using Volley.Interop.Text;
using Volley.Inventory;

namespace Volley.Cli.Options.Configured;

/// <summary>
/// Sets the options that the command line leaves open: from the environment, the profile, the cluster, the user's file and the system's file, in
/// this order. Their values pass the same parsers as those of the command line.
/// </summary>
/// <param name="options">The options, with the values of the command line.</param>
/// <param name="variable">Returns the value of an environment variable.</param>
internal sealed class OptionLayers(RunOptions options, Func<string, string?> variable)
{
    // A cluster states these for its own hosts, also where they are selected beside others.
    private static readonly string[] HostKeys = ["user", "port", "jump", "identity"];

    // Each of them names hosts, so that one of them replaces all at places of lower precedence.
    private static readonly string[] NamingKeys = ["hosts", "cluster", "all"];

    /// <summary>The options to set.</summary>
    public IReadOnlyList<Option> Options { get; init; } = options.All;

    /// <summary>Whether invalid values are left out, as in a completion: the run itself reports them.</summary>
    public bool IgnoresErrors { get; init; }

    /// <summary>Sets the options, and returns the configuration of the files.</summary>
    /// <param name="showsHostKeys">Whether the options are shown only, so that those of the cluster's hosts are set, too.</param>
    /// <exception cref="UsageException">A value is invalid, or the profile does not exist.</exception>
    /// <exception cref="ConfigurationException">A file can't be read or is invalid.</exception>
    public VolleyConfiguration Apply(bool showsHostKeys = false)
    {
        ApplyVariables();
        if (options.Files.File.Value == ConfigurationFiles.None)
            options.Files.Profile.DropDefault();
        return ApplyFiles(ConfigurationFiles.Read(options.All, options.Files.File.Value, variable), showsHostKeys);
    }

    /// <summary>Sets the options that a configuration states, and returns the configuration without the values that they precede.</summary>
    /// <param name="configuration">The configuration.</param>
    /// <param name="showsHostKeys">Whether the options are shown only, so that those of the cluster's hosts are set, too.</param>
    /// <exception cref="UsageException">A value is invalid, or the profile does not exist.</exception>
    public VolleyConfiguration ApplyFiles(VolleyConfiguration configuration, bool showsHostKeys = false)
    {
        if (options.Files.Profile.Value is { } name && FindProfile(configuration, name) is { } profile)
            Apply(profile, place => new OptionOrigin(OptionLayer.Profile, place, name));
        var stated = options.All.Where(option => option.Origin is not null).Select(option => option.Key).OfType<string>().Intersect(HostKeys).ToArray();
        if (FindCluster(configuration) is { } cluster)
        {
            var values = cluster.Defaults.Where(entry => showsHostKeys || !HostKeys.Contains(entry.Key));
            Apply(values, place => new OptionOrigin(OptionLayer.Cluster, place, cluster.Name));
        }

        Apply(configuration.Defaults, GetFileOrigin);
        return stated.Length == 0 ? configuration : WithoutDefaults(configuration, stated);
    }

    /// <summary>Sets the options that variables state.</summary>
    /// <exception cref="UsageException">A value is invalid.</exception>
    public void ApplyVariables()
    {
        var namesHosts = NamesHosts();
        foreach (var option in Options.Where(option => !(namesHosts && NamingKeys.Contains(option.Key))))
            Try(() => option.TakeVariable(variable));
    }

    /// <summary>Sets the options that a section of a file states.</summary>
    /// <exception cref="UsageException">A value is invalid.</exception>
    public void Apply(IEnumerable<KeyValuePair<string, ConfiguredOption>> values, Func<FilePlace, OptionOrigin> getOrigin)
    {
        var namesHosts = NamesHosts();
        foreach (var (key, value) in values)
        {
            if (namesHosts && NamingKeys.Contains(key))
                continue;
            if (Options.FirstOrDefault(option => option.Key == key) is { } option)
                Try(() => option.TakeDefault(
                    option.IsPath ? [.. value.Values.Select(path => SystemEnvironment.ExpandHome(path, variable))] : value.Values,
                    getOrigin(value.Place)));
        }
    }

    /// <summary>Returns the origin of a value in <c>defaults</c>.</summary>
    public static OptionOrigin GetFileOrigin(FilePlace place) =>
        new(place.Path == ConfigurationReader.SystemPath ? OptionLayer.SystemFile : OptionLayer.UserFile, place);

    private void Try(Action set)
    {
        try
        {
            set();
        }
        catch (Exception failure) when (IgnoresErrors && failure is (UsageException or HostListException))
        {
            // The option stays as it is.
        }
    }

    private IReadOnlyDictionary<string, ConfiguredOption>? FindProfile(VolleyConfiguration configuration, string name)
    {
        if (configuration.Profiles.TryGetValue(name, out var profile) || IgnoresErrors)
            return profile;
        var hint = configuration.Files.Count == 0 ? "there is no configuration file"
            : Spelling.FindClosest(name, configuration.Profiles.Keys) is { } similar ? $"did you mean '{similar}'?"
            : configuration.Profiles.Count == 0 ? $"there are none in {string.Join(" and ", configuration.Files)}"
            : $"the profiles are {string.Join(", ", configuration.Profiles.Keys.Order(StringComparer.Ordinal))}";
        throw options.Files.Profile.Error($"unknown profile '{name}'; {hint}");
    }

    /// <summary>Returns the cluster that the options select. It can be stated in the files, too.</summary>
    private ConfiguredCluster? FindCluster(VolleyConfiguration configuration)
    {
        var cluster = options.Hosts.Cluster;
        if (!Options.Contains(cluster))
            return null;
        if (configuration.Defaults.TryGetValue("cluster", out var value) && !NamesHosts())
            Try(() => cluster.TakeDefault(value.Values, GetFileOrigin(value.Place)));
        return cluster.Texts.Select(configuration.Clusters.GetValueOrDefault).FirstOrDefault(found => found is not null);
    }

    private bool NamesHosts() => options.All.Any(option => option.IsGiven && NamingKeys.Contains(option.Key));

    /// <summary>Returns the configuration without the values of clusters for options that are set at a place of higher precedence.</summary>
    private static VolleyConfiguration WithoutDefaults(VolleyConfiguration configuration, string[] keys) => configuration.Clusters.Count == 0
        ? configuration
        : configuration with
        {
            Clusters = configuration.Clusters.ToDictionary(entry => entry.Key, entry => entry.Value with
            {
                Defaults = entry.Value.Defaults.Where(value => !keys.Contains(value.Key)).ToDictionary(),
            }),
        };
}
