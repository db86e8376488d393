using Volley.Inventory.Programs;

namespace Volley.Inventory;

/// <summary>A genders file: lines <c>NODES ATTRIBUTE[=VALUE],…</c> assign attributes to nodes, and <c>#</c> begins a comment.</summary>
/// <remarks><c>%n</c> in a value stands for the node, and <c>%%</c> for a percent sign.</remarks>
/// <example>
/// <code>
/// GendersFile file = GendersFile.Read(GendersFile.FindPath(Environment.GetEnvironmentVariable), (nodes, place) => HostList.Parse(nodes).Select(node => node.Host));
/// foreach (string node in file.Nodes)
///     Console.WriteLine($"{node}: {string.Join(',', file[node].Keys)}");
/// </code>
/// </example>
public sealed class GendersFile
{
    internal const string SourceName = "genders";

    private readonly string _path;
    private readonly List<string> _nodes = [];
    private readonly Dictionary<string, Dictionary<string, string?>> _attributes = [];

    private GendersFile(string path) => _path = path;

    /// <summary>The nodes, in the order of the file.</summary>
    public IReadOnlyList<string> Nodes => _nodes;

    /// <summary>Returns the attributes of a node. The value of an attribute that has none is null.</summary>
    /// <param name="node">One of <see cref="Nodes"/>.</param>
    /// <exception cref="KeyNotFoundException">The file does not name the node.</exception>
    public IReadOnlyDictionary<string, string?> this[string node] => _attributes[node];

    /// <summary>Returns whether the file names a node.</summary>
    /// <param name="node">The name.</param>
    public bool Contains(string node) => _attributes.ContainsKey(node);

    /// <summary>
    /// Returns the path of the file: PDSH_GENDERS_FILE, else <c>genders</c>; in PDSH_GENDERS_DIR or /etc, unless it begins with a slash or a dot.
    /// </summary>
    /// <param name="variable">Returns the value of an environment variable, or null if it is not set.</param>
    /// <param name="file">The name or path of the file, which takes precedence over PDSH_GENDERS_FILE, or null.</param>
    public static string FindPath(Func<string, string?> variable, string? file = null)
    {
        ArgumentNullException.ThrowIfNull(variable);
        file ??= variable("PDSH_GENDERS_FILE") ?? "genders";
        return file is ['/' or '.', ..] ? file : Path.Combine(variable("PDSH_GENDERS_DIR") is { Length: > 0 } directory ? directory : "/etc", file);
    }

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="expand">Returns the nodes of the first field of a line, whose place it receives for errors.</param>
    /// <exception cref="HostSourceException">The file can't be read, or a line of it is invalid, which <see cref="HostSourceException.Line"/> then
    /// states.</exception>
    public static GendersFile Read(string path, Func<string, FilePlace, IEnumerable<string>> expand)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(expand);
        var file = new GendersFile(path);
        foreach ((string text, int number) in SourceFile.ReadLines(SourceName, path))
        {
            string[] fields = SourceFile.SplitFields(text);
            if (fields.Length == 0)
                continue;
            if (fields.Length > 2)
                throw file.Fail("more than two fields; 'NODES ATTRIBUTE[=VALUE],...' was expected", number);
            foreach (string node in expand(fields[0], new(path, number)))
            {
                if (!file._attributes.TryGetValue(node, out var attributes))
                {
                    file._attributes.Add(node, attributes = []);
                    file._nodes.Add(node);
                }
                if (fields.Length == 2)
                    file.Add(attributes, fields[1], node, number);
            }
        }
        return file;
    }

    private void Add(Dictionary<string, string?> attributes, string list, string node, int line)
    {
        foreach (string item in list.Split(','))
        {
            string[] parts = item.Split('=');
            if (parts.Length > 2 || parts[0].Length == 0)
                throw Fail($"'{item}' is no attribute; ATTRIBUTE or ATTRIBUTE=VALUE was expected", line);
            string? value = parts.Length == 1
                ? null
                : string.Join('%', parts[1].Split("%%").Select(part => part.Replace("%n", node, StringComparison.Ordinal)));
            if (!attributes.TryAdd(parts[0], value))
                throw Fail($"the node {node} has the attribute '{parts[0]}' twice", line);
        }
    }

    private HostSourceException Fail(string message, int line) => new(SourceName, message, _path, line);
}
