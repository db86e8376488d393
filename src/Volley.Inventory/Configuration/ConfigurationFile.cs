using System.Globalization;
using Volley.Interop.Text;
using Volley.Inventory.Yaml;

namespace Volley.Inventory.Configuration;

/// <summary>A file that is being read: typed values with errors that state the line.</summary>
internal sealed class ConfigurationFile(string path, Func<string, string?> variable)
{
    private readonly List<string> _warnings = [];

    public IReadOnlyList<string> Warnings => _warnings;

    /// <summary>Returns the value of an environment variable, or null if it is not set.</summary>
    public Func<string, string?> Variable => variable;

    public FilePlace GetPlace(YamlNode node) => new(path, node.Line);

    public ConfigurationException Error(YamlNode node, string message) => new(message, GetPlace(node));

    public void Warn(YamlNode node, string message) => _warnings.Add($"{GetPlace(node)}: {message}");

    public ConfigurationException UnknownKey(YamlScalar key, IEnumerable<string> known)
    {
        string[] names = [.. known];
        string? similar = Spelling.FindClosest(key.Value, names) ?? Spelling.FindClosest(key.Value.Replace('_', '-'), names);
        string hint = similar is not null
            ? $"did you mean '{similar}'?"
            : $"the keys are {string.Join(", ", names.Take(12))}{(names.Length > 12 ? ", ..." : "")}";
        return Error(key, $"unknown key '{key.Value}'; {hint}");
    }

    /// <summary>Returns the entries of a mapping, none for an empty value.</summary>
    public IReadOnlyList<KeyValuePair<YamlScalar, YamlNode>> GetEntries(YamlNode node, string name)
    {
        if (node.IsNull)
            return [];
        if (node is not YamlMap map)
            throw Error(node, $"{node.Kind} is the value of {name}; write a mapping (key: value)");
        var seen = new HashSet<string>();
        foreach ((YamlScalar key, _) in map.Entries)
        {
            if (!seen.Add(key.Value))
                throw Error(key, $"the key '{key.Value}' is in {name} twice; remove one");
        }
        return map.Entries;
    }

    /// <summary>Returns the items of a list, or the value itself if it is not a list.</summary>
    public static IReadOnlyList<YamlNode> GetItems(YamlNode node) => node.IsNull ? [] : node is YamlList list ? list.Items : [node];

    public string GetText(YamlNode node, string name)
    {
        if (node is not YamlScalar scalar)
            throw Error(node, $"{node.Kind} is the value of {name}; write a text");
        // The system's text ends at a NUL.
        if (scalar.Value.Contains('\0', StringComparison.Ordinal))
            throw Error(node, $"the value of {name} contains a NUL; remove it");
        return scalar.IsNull ? "" : ConfigurationText.Expand(scalar.Value, GetPlace(node), variable);
    }

    /// <summary>Returns a text that is not empty.</summary>
    public string GetName(YamlNode node, string name, string expected) =>
        GetText(node, name) is { Length: > 0 } text ? text : throw Error(node, $"the value of {name} is missing; write {expected}");

    /// <summary>Returns a path, in which <c>~</c> is the home directory.</summary>
    public string GetPath(YamlNode node, string name) => SystemEnvironment.ExpandHome(GetName(node, name, "a path"), variable);

    public int GetNumber(YamlNode node, string name, int minimum, int maximum)
    {
        string text = node is YamlScalar ? GetText(node, name) : node.Kind;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= minimum && number <= maximum)
            return number;
        throw Error(node, string.Create(
            CultureInfo.InvariantCulture, $"the value of {name} is {(node is YamlScalar ? $"'{text}'" : text)}; write a number from {minimum} to {maximum}"));
    }
}
