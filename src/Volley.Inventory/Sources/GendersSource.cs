using Volley.Inventory.Programs;

namespace Volley.Inventory.Sources;

/// <summary>A genders file: lines <c>nodes attribute[=value],…</c>. The groups are <c>attribute</c> and <c>attribute=value</c>.</summary>
/// <remarks><c>%n</c> in a value stands for the node, and <c>%%</c> for a percent sign.</remarks>
internal sealed class GendersSource(string path) : TableSource("genders", path)
{
    /// <summary>
    /// Returns the path of the file: PDSH_GENDERS_FILE, else <c>genders</c>; in PDSH_GENDERS_DIR or /etc, unless it begins with a slash or a dot.
    /// </summary>
    public static string FindPath(Func<string, string?> variable)
    {
        string file = variable("PDSH_GENDERS_FILE") is { Length: > 0 } named ? named : "genders";
        return file is ['/' or '.', ..] ? file : Path.Combine(variable("PDSH_GENDERS_DIR") is { Length: > 0 } directory ? directory : "/etc", file);
    }

    protected override ValueTask<GroupTable> ReadAsync(CancellationToken cancellationToken)
    {
        var nodes = new Dictionary<string, (Target Name, Dictionary<string, string> Attributes)>();
        foreach ((string text, int number) in SourceFile.ReadLines(Name, Location))
        {
            string[] fields = SourceFile.SplitFields(text);
            if (fields.Length == 0)
                continue;
            if (fields.Length > 2)
                throw Fail("more than two fields; 'NODES ATTRIBUTE[=VALUE],...' was expected", number);
            foreach (Target name in HostNames.Parse(Name, fields[0], new(Location, number)))
            {
                if (!nodes.TryGetValue(name.Host, out var node))
                    nodes.Add(name.Host, node = (name, []));
                if (fields.Length == 2)
                    AddAttributes(node.Attributes, fields[1], name.Host, number);
            }
        }
        var table = new GroupTable();
        foreach ((Target name, Dictionary<string, string> attributes) in nodes.Values)
        {
            var host = new KnownHost(name) { Attributes = attributes };
            table.Hosts.Add(host);
            foreach ((string attribute, string value) in attributes)
            {
                table.Add(attribute, host);
                if (value.Length > 0)
                    table.Add($"{attribute}={value}", host);
            }
        }
        return ValueTask.FromResult(table);
    }

    private void AddAttributes(Dictionary<string, string> attributes, string list, string node, int line)
    {
        foreach (string item in list.Split(','))
        {
            string[] parts = item.Split('=');
            if (parts.Length > 2 || parts[0].Length == 0)
                throw Fail($"'{item}' is no attribute; ATTRIBUTE or ATTRIBUTE=VALUE was expected", line);
            string value = parts.Length == 1 ? "" : string.Join('%', parts[1].Split("%%").Select(part => part.Replace("%n", node, StringComparison.Ordinal)));
            if (!attributes.TryAdd(parts[0], value))
                throw Fail($"the node {node} has the attribute '{parts[0]}' twice", line);
        }
    }

    private HostSourceException Fail(string message, int line) => new(Name, message, Location, line);
}
