using System.Collections.Immutable;
using Volley.Cli.Pdsh.Hosts;
using Volley.Interop.Text;

namespace Volley.Cli.Pdsh.Genders;

/// <summary>
/// A genders file. A line <c>nodes attribute[=value],…</c> assigns attributes to nodes; <c>%n</c> in a value stands for the node.
/// </summary>
/// <param name="context">Formats error messages.</param>
internal sealed class GendersFile(PdshContext context)
{
    /// <summary>The attribute of nodes that <c>-a</c> skips.</summary>
    public const string SkipAttribute = "pdsh_all_skip";

    private const string DefaultFile = "genders";
    private const string DefaultDirectory = "/etc";
    private const string OtherNameAttribute = "altname";
    private const string RcmdTypeAttribute = "pdsh_rcmd_type";

    private readonly Dictionary<string, Dictionary<string, string?>> _nodes = [];
    private readonly Dictionary<string, string> _nodeByOtherName = [];
    private List<string>? _sorted;

    /// <summary>The nodes, sorted.</summary>
    public IEnumerable<string> Nodes => _sorted ??= [.. _nodes.Keys.OrderBy(NumberedName.Parse)];

    /// <summary>
    /// Returns the path of the file: <c>-F</c>, PDSH_GENDERS_FILE, or <c>genders</c>. Unless it begins with a slash or a
    /// dot, it is relative to PDSH_GENDERS_DIR or /etc.
    /// </summary>
    public static string GetPath(PdshArguments arguments, PdshContext context)
    {
        var file = arguments.GendersFile ?? context.Variable("PDSH_GENDERS_FILE") ?? DefaultFile;
        return file is ['/' or '.', ..] ? file : Path.Combine(context.Variable("PDSH_GENDERS_DIR") ?? DefaultDirectory, file);
    }

    /// <exception cref="PdshException">The file can't be read or parsed.</exception>
    public static GendersFile Read(PdshArguments arguments, PdshContext context)
    {
        var path = GetPath(arguments, context);
        string[] lines;
        try
        {
            lines = SystemFile.ReadAllLines(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw context.Error($"{path}: error opening genders file");
        }

        var file = new GendersFile(context);
        if (!Array.TrueForAll(lines, line => file.TryAdd(line)))
            throw context.Error($"{path}: genders file parse error");
        return file;
    }

    /// <summary>Whether a node has an attribute and, if a value is given, that value.</summary>
    public bool Has(string node, string attribute, string? value) =>
        _nodes[node].TryGetValue(attribute, out var own) && (value is null || own == value);

    /// <summary>Returns the nodes that match at least one of the queries, which are separated by commas.</summary>
    public List<string> Find(string queries) => [.. Matching(queries)];

    /// <summary>Returns canonical and other names of the nodes that match at least one of the queries.</summary>
    public HashSet<string> Names(string queries) => [.. Matching(queries).SelectMany(node => (string[])[node, GetOtherName(node) ?? node])];

    /// <summary>Returns the other name of a canonical name and vice versa, or the name itself if it has no counterpart.</summary>
    public string OtherName(string name) =>
        _nodes.ContainsKey(name) ? GetOtherName(name) ?? name : _nodeByOtherName.GetValueOrDefault(name, name);

    /// <summary>Returns the rcmd type of a host; null if the file does not specify it.</summary>
    public string? GetRcmdType(string name)
    {
        var node = _nodes.ContainsKey(name) ? name : _nodeByOtherName.GetValueOrDefault(name);
        return node is null ? null : _nodes[node].GetValueOrDefault(RcmdTypeAttribute);
    }

    private string? GetOtherName(string node) => _nodes[node].GetValueOrDefault(OtherNameAttribute);

    private IEnumerable<string> Matching(string queries) =>
        queries.Split(',', StringSplitOptions.RemoveEmptyEntries).SelectMany(Query).Distinct().OrderBy(NumberedName.Parse);

    private IEnumerable<string> Query(string query)
    {
        try
        {
            return GendersQuery.Find(query, this);
        }
        catch (FormatException)
        {
            throw context.Error($"Error querying genders for query \"{query}\": query syntax error");
        }
    }

    private bool TryAdd(string line)
    {
        var comment = line.IndexOf('#', StringComparison.Ordinal);
        var words = (comment < 0 ? line : line[..comment]).Split([' ', '\t', '\r'], StringSplitOptions.RemoveEmptyEntries);
        if (words.Length is 0 or > 2)
            return words.Length == 0;
        ImmutableArray<string> nodes;
        try
        {
            nodes = [.. HostItems.Names(words[0]).SelectMany(name => HostRange.ExpandAll(name, context))];
        }
        catch (PdshException)
        {
            return false;
        }

        foreach (var node in nodes)
        {
            if (node.Contains('.', StringComparison.Ordinal))
                return false;
            if (!_nodes.TryGetValue(node, out var attributes))
                _nodes[node] = attributes = [];
            if (words.Length == 2 && !TryAdd(node, attributes, words[1]))
                return false;
        }

        return true;
    }

    private bool TryAdd(string node, Dictionary<string, string?> attributes, string list)
    {
        foreach (var item in list.Split(','))
        {
            var parts = item.Split('=');
            if (parts.Length > 2 || parts[0].Length == 0)
                return false;
            var value = parts.Length == 1 ? null : Substitute(parts[1], node);
            if (!attributes.TryAdd(parts[0], value))
                return false;
            if (parts[0] == OtherNameAttribute && value is not null)
                _nodeByOtherName[value] = node;
        }

        return true;
    }

    private static string Substitute(string value, string node) =>
        string.Join('%', value.Split("%%").Select(part => part.Replace("%n", node, StringComparison.Ordinal)));
}
