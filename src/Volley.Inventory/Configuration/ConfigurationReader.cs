using System.Globalization;
using Volley.Interop;
using Volley.Interop.Files;
using Volley.Interop.Text;
using Volley.Inventory.Configuration;
using Volley.Inventory.Yaml;

namespace Volley.Inventory;

/// <summary>Reads configuration files. Files of bssh are accepted as they are.</summary>
public sealed class ConfigurationReader
{
    /// <summary>The path of the system's file.</summary>
    public const string SystemPath = "/etc/volley/config.yaml";

    private static readonly string[] TopKeys = ["defaults", "profiles", "clusters", "inventories", "groups", "confirm_above"];
    private static readonly string[] GroupKeys = ["default_source", "order", "disabled"];

    // bssh's settings of its interactive sessions.
    private const string BsshInteractive = "interactive";

    private const int MaxLength = 16 * 1024 * 1024;

    private readonly IReadOnlyCollection<string> _options;
    private readonly Func<string, string?> _variable;

    /// <summary>Creates a reader.</summary>
    /// <param name="options">The long names of the options that <c>defaults</c>, profiles and clusters can set, without dashes in front.</param>
    /// <param name="variable">Returns the value of an environment variable, or null if it is not set; null for this process's environment.</param>
    public ConfigurationReader(IReadOnlyCollection<string> options, Func<string, string?>? variable = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        _variable = variable ?? SystemEnvironment.Variable;
    }

    /// <summary>Returns the paths of the user's and the system's file, in the order of precedence. Either may be missing.</summary>
    /// <param name="variable">Returns the value of an environment variable, or null if it is not set.</param>
    public static IReadOnlyList<string> GetPaths(Func<string, string?> variable)
    {
        ArgumentNullException.ThrowIfNull(variable);
        // A relative path would depend on the current directory, which is never searched.
        string? home = variable("XDG_CONFIG_HOME") is { Length: > 0 } config && Path.IsPathRooted(config) ? config
            : variable("HOME") is { Length: > 0 } directory && Path.IsPathRooted(directory) ? Path.Combine(directory, ".config")
            : null;
        return home is null ? [SystemPath] : [Path.Combine(home, "volley", "config.yaml"), SystemPath];
    }

    /// <summary>Reads files, and combines them.</summary>
    /// <param name="paths">The files, the one with the highest precedence first.</param>
    /// <exception cref="ConfigurationException">A file can't be read or is invalid, or others can write to it.</exception>
    public VolleyConfiguration Read(IEnumerable<string> paths)
    {
        ArgumentNullException.ThrowIfNull(paths);
        return paths.Select(Read).Aggregate(VolleyConfiguration.Empty, (higher, lower) => higher.CompletedBy(lower));
    }

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="ConfigurationException">The file can't be read or is invalid, or others can write to it.</exception>
    public VolleyConfiguration Read(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        CheckTrusted(path);
        try
        {
            using FileStream file = RegularFile.OpenStream(path);
            return Parse(ReadText(file) ?? throw new ConfigurationException("it is larger than 16 MiB; name a smaller file", new(path, 0)), path);
        }
        catch (UnsuitableFileException unsuitable)
        {
            throw new ConfigurationException(unsuitable.Message, new(path, 0), unsuitable);
        }
        catch (Exception failure) when (SystemMessage.IsFileFailure(failure))
        {
            throw new ConfigurationException($"can't read it: {SystemMessage.Of(failure, path)}", new(path, 0), failure);
        }
    }

    /// <summary>Returns the text of a file without its byte order mark, or null if the file is too long, as a device is.</summary>
    private static string? ReadText(FileStream file)
    {
        using var content = new MemoryStream();
        byte[] buffer = new byte[64 * 1024];
        while (file.Read(buffer) is > 0 and int count)
        {
            content.Write(buffer, 0, count);
            if (content.Length > MaxLength)
                return null;
        }
        return SystemText.Decode(content.GetBuffer().AsSpan(0, (int)content.Length)).TrimStart('\ufeff');
    }

    /// <summary>Parses the text of a file.</summary>
    /// <param name="text">The text.</param>
    /// <param name="path">The path, for errors and for relative paths in the file.</param>
    /// <exception cref="ConfigurationException">The text is invalid.</exception>
    public VolleyConfiguration Parse(string text, string path)
    {
        YamlNode? document = YamlReader.Read(text, (message, line) => new ConfigurationException(message, new(path, line)));
        var configuration = new VolleyConfiguration { Files = [path] };
        if (document is null or { IsNull: true })
            return configuration;
        var file = new ConfigurationFile(path, _variable);
        var clusters = new ClusterReader(file, _options);
        var places = new Dictionary<string, FilePlace>();
        foreach ((YamlScalar key, YamlNode value) in file.GetEntries(document, "the configuration"))
        {
            if (key.Value is "inventories" or "confirm_above")
                places[key.Value] = file.GetPlace(key);
            configuration = key.Value switch
            {
                "defaults" => configuration with { Defaults = new OptionReader(file, _options).Read(value, "defaults") },
                "profiles" => configuration with { Profiles = ReadProfiles(file, value) },
                "clusters" => configuration with { Clusters = clusters.Read(value) },
                "inventories" => configuration with { Inventories = ReadInventories(file, value, path) },
                "groups" => ReadGroups(file, value, configuration, places),
                "confirm_above" => configuration with { ConfirmAbove = file.GetNumber(value, "confirm_above", 0, int.MaxValue) },
                BsshInteractive => Ignore(file, key),
                _ => throw file.UnknownKey(key, TopKeys),
            };
        }
        return configuration with { Places = places, Warnings = file.Warnings };

        VolleyConfiguration Ignore(ConfigurationFile from, YamlScalar key)
        {
            from.Warn(key, "'interactive' sets bssh's interactive sessions, and has no effect");
            return configuration;
        }
    }

    /// <summary>Checks that the file was written by root or by the user: it states what a run does, and may name programs.</summary>
    private static void CheckTrusted(string path)
    {
        if (!OperatingSystem.IsLinux() || FileStatus.Of(path) is not { } status)
            return;
        if (status.IsDirectory)
            throw new ConfigurationException("it is a directory; name a file", new(path, 0));
        if (!status.IsTrusted)
            throw new ConfigurationException("it belongs to another user; the owner must be root or you", new(path, 0));
        if (status is { IsRegular: true, IsWritableByOthers: true })
            throw new ConfigurationException($"others can write to it; correct it with: chmod go-w {path}", new(path, 0));
    }

    private Dictionary<string, IReadOnlyDictionary<string, ConfiguredOption>> ReadProfiles(ConfigurationFile file, YamlNode node) =>
        file.GetEntries(node, "profiles").ToDictionary(
            entry => entry.Key.Value, entry => new OptionReader(file, _options).Read(entry.Value, $"the profile '{entry.Key.Value}'"));

    private static List<ConfiguredInventory> ReadInventories(ConfigurationFile file, YamlNode node, string path)
    {
        string directory = Path.GetDirectoryName(Path.GetFullPath(path))!;
        return [.. ConfigurationFile.GetItems(node).Select(item => new ConfiguredInventory(
            Path.Combine(directory, file.GetPath(item, "an inventory")), new(path, item.Line)))];
    }

    private static VolleyConfiguration ReadGroups(
        ConfigurationFile file, YamlNode node, VolleyConfiguration configuration, Dictionary<string, FilePlace> places)
    {
        foreach ((YamlScalar key, YamlNode value) in file.GetEntries(node, "groups"))
        {
            places[$"groups.{key.Value}"] = file.GetPlace(key);
            configuration = key.Value switch
            {
                "default_source" => configuration with { DefaultSource = file.GetName(value, key.Value, "the name of a source") },
                "order" => configuration with { SourceOrder = [.. ConfigurationFile.GetItems(value).Select(item => GetKind(file, item))] },
                "disabled" => configuration with { DisabledSources = [.. ConfigurationFile.GetItems(value).Select(item => GetKind(file, item))] },
                _ => throw file.UnknownKey(key, GroupKeys),
            };
        }
        return configuration;
    }

    private static string GetKind(ConfigurationFile file, YamlNode item)
    {
        string kind = file.GetName(item, "a kind of source", "its name");
        if (StandardSources.Kinds.Contains(kind))
            return kind;
        string hint = Spelling.FindClosest(kind, StandardSources.Kinds) is { } similar
            ? $"did you mean '{similar}'?"
            : $"the kinds are {string.Join(", ", StandardSources.Kinds)}";
        throw file.Error(item, string.Create(CultureInfo.InvariantCulture, $"unknown kind of source '{kind}'; {hint}"));
    }
}
