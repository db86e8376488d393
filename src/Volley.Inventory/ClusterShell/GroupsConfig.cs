using System.Text;
using Volley.Inventory.Programs;

namespace Volley.Inventory.ClusterShell;

/// <summary>An option of a section, with its place.</summary>
internal sealed record ConfigOption(string Value, FilePlace Place);

/// <summary>The sections of ClusterShell's groups.conf and of the .conf files beside it: <c>key: value</c> or
/// <c>key = value</c>, continued by indented lines.</summary>
internal sealed class GroupsConfig
{
    private readonly Dictionary<string, Dictionary<string, ConfigOption>> _sections = [];

    /// <summary>The names of the sections, in the order of the file.</summary>
    public List<string> Names { get; } = [];

    public IReadOnlyDictionary<string, ConfigOption> this[string section] => _sections[section];

    public ConfigOption? Find(string section, string key) => _sections.GetValueOrDefault(section)?.GetValueOrDefault(key);

    /// <summary>Reads a file. Its options replace those of the same section that were read before. Invalid lines are passed over.</summary>
    /// <param name="source">The name of the source, for errors.</param>
    /// <param name="path">The file.</param>
    /// <param name="report">Receives each invalid line, with the section that it is in; null for none.</param>
    /// <exception cref="HostSourceException">The file can't be read.</exception>
    public void Read(string source, string path, Action<HostSourceException, string?> report)
    {
        Dictionary<string, ConfigOption>? section = null;
        string? sectionName = null;
        string? key = null;
        var value = new StringBuilder();
        foreach ((string text, int number) in SourceFile.ReadLines(source, path))
        {
            string line = text.Trim();
            if (line.Length == 0 || line[0] is '#' or ';')
                continue;
            if (text[0] is ' ' or '\t' && key is not null)
            {
                section![key] = section[key] with { Value = value.Append('\n').Append(line).ToString() };
                continue;
            }
            key = null;
            if (line[0] == '[')
            {
                if (line[^1] == ']' && line.Length > 2)
                {
                    section = Enter(sectionName = line[1..^1].Trim());
                    continue;
                }
                report(new(source, $"'{line}' is no section; [SOURCE] was expected", path, number), null);
                // Its options are passed over, too.
                (section, sectionName) = ([], null);
                continue;
            }
            int separator = line.AsSpan().IndexOfAny(':', '=');
            if (section is null || separator <= 0)
            {
                string message = section is null
                    ? "a section is missing before it; [Main] or [SOURCE] was expected"
                    : $"'{line}' is no option; KEY: VALUE was expected";
                report(new(source, message, path, number), sectionName);
                continue;
            }
            key = line[..separator].Trim().ToLowerInvariant();
            value.Clear().Append(line[(separator + 1)..].Trim());
            section[key] = new(value.ToString(), new(path, number));
        }
    }

    private Dictionary<string, ConfigOption> Enter(string name)
    {
        if (!_sections.TryGetValue(name, out var section))
        {
            _sections.Add(name, section = []);
            Names.Add(name);
        }
        return section;
    }
}
