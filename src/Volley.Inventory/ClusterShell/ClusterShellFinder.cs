using System.Globalization;
using Volley.Interop.Text;
using Volley.Inventory.Expressions;
using Volley.Inventory.Programs;
using Volley.Inventory.Sources;
using Volley.Inventory.Yaml;

namespace Volley.Inventory.ClusterShell;

/// <summary>Finds the group sources of ClusterShell's configuration: upcalls of groups.conf and groups.conf.d, and YAML files of groups.d.</summary>
internal sealed class ClusterShellFinder(Func<string, string?> variable, TimeProvider time)
{
    private const string Kind = "clustershell";
    private const string Main = "Main";
    private const double DefaultCacheTime = 3600;

    private readonly List<IHostSource> _sources = [];
    private readonly List<HostSourceException> _failures = [];

    // The reason why the default source is not known: it may be in what could not be read.
    private HostSourceException? _unknownDefault;

    public ValueTask<FoundSources> FindAsync(CancellationToken cancellationToken)
    {
        _ = cancellationToken;
        string[] files = [.. Directories().Select(directory => Path.Combine(directory, "groups.conf")).Where(SystemFile.Exists)];
        // Without a groups.conf, ClusterShell has no groups.
        if (files.Length == 0)
        {
            string reason = $"there is no groups.conf in {string.Join(", ", Directories())}; its sections are sources";
            return ValueTask.FromResult(new FoundSources([], null) { Missing = new Dictionary<string, string> { [Kind] = reason } });
        }
        string configDirectory = Path.GetDirectoryName(files[^1])!;
        var main = new GroupsConfig();
        foreach (string file in files)
            Try(() => ReadMain(main, file));
        AddUpcalls(main, configDirectory);
        foreach (string directory in Expand(main.Find(Main, "confdir") ?? main.Find(Main, "groupsdir"), configDirectory))
        {
            foreach (string file in FilesIn(directory, ".conf"))
                Try(() => AddUpcalls(ReadFile(file), directory));
        }
        foreach (string directory in Expand(main.Find(Main, "autodir"), configDirectory))
        {
            foreach (string file in FilesIn(directory, ".yaml"))
                Try(() => AddYaml(file));
        }
        return ValueTask.FromResult(new FoundSources(_sources, AddDefault(main.Find(Main, "default"))) { Failures = _failures });
    }

    private void ReadMain(GroupsConfig main, string file)
    {
        try
        {
            main.Read(Kind, file, (failure, section) =>
            {
                _failures.Add(failure);
                if (section is null or Main)
                    _unknownDefault = failure;
            });
        }
        catch (HostSourceException failure)
        {
            _unknownDefault = failure;
            throw;
        }
    }

    /// <summary>Returns the name of the default source. If it can't be read, a source that says so takes its place, so that no other one does.</summary>
    private string? AddDefault(ConfigOption? stated)
    {
        if (_unknownDefault is { } failure)
        {
            _sources.Add(new FailedSource(Kind, failure));
            return Kind;
        }
        if (stated is { Value: var name, Place: var place } && !_sources.Exists(source => source.Name == name))
        {
            failure = _failures.Find(other => other.SourceName == name)
                ?? new(name, $"the default source '{name}' is not defined; a section [{name}] or a YAML file with it was expected", place.Path, place.Line);
            _sources.Add(new FailedSource(name, failure));
        }
        return stated?.Value;
    }

    /// <summary>Returns the directories of groups.conf, from the lowest to the highest precedence.</summary>
    private IEnumerable<string> Directories()
    {
        yield return "/etc/clustershell";
        string? home = variable("HOME") is { Length: > 0 } path ? path : null;
        if (home is not null)
            yield return Path.Combine(home, ".local/etc/clustershell");
        if (variable("XDG_CONFIG_HOME") is { Length: > 0 } config)
            yield return Path.Combine(config, "clustershell");
        else if (home is not null)
            yield return Path.Combine(home, ".config/clustershell");
        if (variable("CLUSTERSHELL_CFGDIR") is { Length: > 0 } directory)
            yield return directory;
    }

    private static IEnumerable<string> Expand(ConfigOption? directories, string configDirectory) =>
        (directories?.Value ?? "").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)
            .Select(directory => directory.Trim('"', '\'').Replace("$CFGDIR", configDirectory, StringComparison.Ordinal))
            .Distinct();

    private List<string> FilesIn(string directory, string suffix)
    {
        var files = new List<string>();
        Try(() => files.AddRange(SourceFile.ReadNames(Kind, directory)
            .Where(name => name.EndsWith(suffix, StringComparison.Ordinal) && name[0] != '.').Select(name => Path.Combine(directory, name))));
        return files;
    }

    private GroupsConfig ReadFile(string file)
    {
        var config = new GroupsConfig();
        config.Read(Kind, file, (failure, _) => _failures.Add(failure));
        return config;
    }

    private void AddUpcalls(GroupsConfig config, string configDirectory)
    {
        foreach (string section in config.Names.Where(name => name != Main))
        {
            IReadOnlyDictionary<string, ConfigOption> options = config[section];
            // One section can define several sources: [rack,room].
            foreach (string name in section.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
                Try(() => AddUpcalls(name, options, configDirectory));
        }
    }

    private void AddUpcalls(string name, IReadOnlyDictionary<string, ConfigOption> options, string configDirectory)
    {
        if (options.GetValueOrDefault("map") is not { } map)
        {
            FilePlace place = options.Values.FirstOrDefault()?.Place ?? default;
            throw new HostSourceException(name, $"the source '{name}' has no 'map'; a shell command was expected", place.Path, place.Line);
        }
        double seconds = DefaultCacheTime;
        if (options.GetValueOrDefault("cache_time") is { } cacheTime && !double.TryParse(cacheTime.Value, CultureInfo.InvariantCulture, out seconds))
        {
            throw new HostSourceException(
                name, $"cache_time is '{cacheTime.Value}'; a number of seconds was expected", cacheTime.Place.Path, cacheTime.Place.Line);
        }
        Add(new UpcallSource(name, map, options, configDirectory, TimeSpan.FromSeconds(Math.Clamp(seconds, 0, int.MaxValue)), time));
    }

    private void AddYaml(string file)
    {
        YamlNode? document = YamlReader.Read(SourceFile.ReadText(Kind, file), (message, line) => new HostSourceException(Kind, message, file, line));
        if (document is null or { IsNull: true })
            return;
        if (document is not YamlMap sources)
            throw new HostSourceException(Kind, $"{document.Kind} is at the top; a mapping of sources to groups was expected", file, document.Line);
        foreach ((YamlScalar name, YamlNode groups) in sources.Entries)
        {
            Try(() => Add(new YamlGroupSource(
                name.Value,
                file,
                groups as YamlMap ?? throw new HostSourceException(
                    name.Value, $"{groups.Kind} is the value of the source; a mapping of groups to nodes was expected", file, groups.Line))));
        }
    }

    private void Add(IHostSource source)
    {
        if (!GroupName.IsValid(source.Name) || source.Name.Contains(':', StringComparison.Ordinal))
            throw new HostSourceException(
                Kind, $"'{source.Name}' is no valid name of a source; letters, digits and _ . - + = % were expected", source.Location);
        if (_sources.Find(other => other.Name == source.Name) is { } other)
            throw new HostSourceException(Kind, $"the source '{source.Name}' is defined twice, also in {other.Location}", source.Location);
        _sources.Add(source);
    }

    private void Try(Action read)
    {
        try
        {
            read();
        }
        catch (HostSourceException failure)
        {
            _failures.Add(failure);
        }
    }
}
