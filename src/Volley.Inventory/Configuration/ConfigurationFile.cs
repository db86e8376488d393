using System.Globalization;
using Volley.Interop.Text;
using Volley.Inventory.Yaml;

namespace Volley.Inventory.Configuration;

/// <summary>A file that is being read: typed values with errors that state the line.</summary>
internal sealed class ConfigurationFile(string path, Func<string, string?> variable)
{
    private readonly List<string> _warnings = [];

    public IReadOnlyList<string> Warnings => _warnings;

    public FilePlace GetPlace(YamlNode node) => new(path, node.Line);

    public ConfigurationException Error(YamlNode node, string message) => new(message, GetPlace(node));

    public void Warn(YamlNode node, string message) => _warnings.Add($"{GetPlace(node)}: {message}");

    public ConfigurationException UnknownKey(YamlScalar key, IEnumerable<string> known)
    {
        string[] names = [.. known];
        string? similar = Spelling.FindClosest(key.Value, names) ?? Spelling.FindClosest(key.Value.Replace('_', '-'), names);
        string hint = similar is not null ? $"did you mean '{similar}'?" : $"the keys are {string.Join(", ", names.Take(12))}{(names.Length > 12 ? ", ..." : "")}";
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

    public string GetText(YamlNode node, string name) => node is YamlScalar scalar
        ? ConfigurationText.Expand(scalar.Value, GetPlace(node), variable)
        : throw Error(node, $"{node.Kind} is the value of {name}; write a text");

    /// <summary>Returns a path, in which <c>~</c> is the home directory.</summary>
    public string GetPath(YamlNode node, string name) => SystemEnvironment.ExpandHome(GetText(node, name), variable);

    public int GetNumber(YamlNode node, string name, int minimum, int maximum) =>
        int.TryParse(GetText(node, name), NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= minimum && number <= maximum
            ? number
            : throw Error(node, string.Create(CultureInfo.InvariantCulture, $"the value of {name} is out of range; write a number from {minimum} to {maximum}"));
}
