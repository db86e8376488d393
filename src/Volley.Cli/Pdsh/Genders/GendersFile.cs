using System.Collections.Immutable;
using Volley.Cli.Pdsh.Hosts;
using Volley.Ssh.Files;

namespace Volley.Cli.Pdsh.Genders;

/// <summary>A genders file: a line <c>nodes attribute[=value],…</c> says that its nodes have those attributes; <c>%n</c> in a value is the node.</summary>
/// <param name="context">Where messages go.</param>
internal sealed class GendersFile(PdshContext context)
{
    /// <summary>The attribute of nodes that <c>-a</c> leaves out.</summary>
    public const string SkipAttribute = "pdsh_all_skip";

    private const string DefaultFile = "genders";
    private const string DefaultFolder = "/etc";
    private const string OtherNameAttribute = "altname";
    private const string RcmdTypeAttribute = "pdsh_rcmd_type";

    private readonly Dictionary<string, Dictionary<string, string?>> _nodes = [];
    private readonly Dictionary<string, string> _nodeByOtherName = [];
    private List<string>? _sorted;

    /// <summary>The nodes, sorted.</summary>
    public IEnumerable<string> Nodes => _sorted ??= [.. _nodes.Keys.OrderBy(NumberedName.Of)];

    /// <summary>Where it is: <c>-F</c>, else PDSH_GENDERS_FILE, else <c>genders</c>; in PDSH_GENDERS_DIR, unless it says where itself.</summary>
    public static string PathOf(PdshArguments arguments, PdshContext context)
    {
        var file = arguments.GendersFile ?? context.Variable("PDSH_GENDERS_FILE") ?? DefaultFile;
        return file is ['/' or '.', ..] ? file : Path.Combine(context.Variable("PDSH_GENDERS_DIR") ?? DefaultFolder, file);
    }

    /// <exception cref="PdshException">It can't be read.</exception>
    public static GendersFile Read(PdshArguments arguments, PdshContext context)
    {
        var path = PathOf(arguments, context);
        string[] lines;
        try
        {
            lines = SystemFile.ReadAllLines(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw context.Fails($"{path}: error opening genders file");
        }

        var file = new GendersFile(context);
        if (!Array.TrueForAll(lines, line => file.TryAdd(line)))
            throw context.Fails($"{path}: genders file parse error");
        return file;
    }

    /// <summary>Whether a node has an attribute, and that value, if one is given.</summary>
    public bool Has(string node, string attribute, string? value) =>
        _nodes[node].TryGetValue(attribute, out var own) && (value is null || own == value);

    /// <summary>The nodes that any of several queries finds.</summary>
    public List<string> Find(string queries) => [.. Matching(queries)];

    /// <summary>The same, by both names.</summary>
    public HashSet<string> Names(string queries) => [.. Matching(queries).SelectMany(node => (string[])[node, OtherNameOf(node) ?? node])];

    /// <summary>The other name for the canonical one, and the other way round; the name itself if it has none.</summary>
    public string OtherName(string name) =>
        _nodes.ContainsKey(name) ? OtherNameOf(name) ?? name : _nodeByOtherName.GetValueOrDefault(name, name);

    /// <summary>How a host is reached, where the file says so.</summary>
    public string? RcmdTypeOf(string name)
    {
        var node = _nodes.ContainsKey(name) ? name : _nodeByOtherName.GetValueOrDefault(name);
        return node is null ? null : _nodes[node].GetValueOrDefault(RcmdTypeAttribute);
    }

    private string? OtherNameOf(string node) => _nodes[node].GetValueOrDefault(OtherNameAttribute);

    private IEnumerable<string> Matching(string queries) =>
        queries.Split(',', StringSplitOptions.RemoveEmptyEntries).SelectMany(Query).Distinct().OrderBy(NumberedName.Of);

    private IEnumerable<string> Query(string query)
    {
        try
        {
            return GendersQuery.Find(query, this);
        }
        catch (FormatException)
        {
            throw context.Fails($"Error querying genders for query \"{query}\": query syntax error");
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
