using Volley.Cli.Pdsh.Hosts;
using Volley.Inventory;

namespace Volley.Cli.Pdsh.Genders;

/// <summary>The nodes of a genders file, with what pdsh makes of their attributes.</summary>
internal sealed class GendersNodes
{
    /// <summary>The attribute of nodes that <c>-a</c> skips.</summary>
    public const string SkipAttribute = "pdsh_all_skip";

    private const string OtherNameAttribute = "altname";
    private const string RcmdTypeAttribute = "pdsh_rcmd_type";

    private readonly GendersFile _file;
    private readonly PdshContext _context;
    private readonly Dictionary<string, string> _nodeByOtherName = [];
    private List<string>? _sorted;

    private GendersNodes(GendersFile file, PdshContext context)
    {
        _file = file;
        _context = context;
        foreach (var node in file.Nodes)
        {
            if (GetOtherName(node) is { } name)
                _nodeByOtherName[name] = node;
        }
    }

    /// <summary>The nodes, sorted.</summary>
    public IEnumerable<string> Nodes => _sorted ??= [.. _file.Nodes.OrderBy(NumberedName.Parse)];

    /// <summary>Returns the path of the file: <c>-F</c>, else that of the environment.</summary>
    public static string GetPath(PdshArguments arguments, PdshContext context) => GendersFile.FindPath(context.Variable, arguments.GendersFile);

    /// <exception cref="PdshException">The file can't be read or parsed.</exception>
    public static GendersNodes Read(PdshArguments arguments, PdshContext context)
    {
        var path = GetPath(arguments, context);
        try
        {
            return new(GendersFile.Read(path, (nodes, place) => Expand(nodes, place, context)), context);
        }
        catch (HostSourceException failure)
        {
            throw context.Error($"{path}: {(failure.Line == 0 ? "error opening genders file" : "genders file parse error")}");
        }
    }

    /// <summary>Whether a node has an attribute and, if a value is given, that value.</summary>
    public bool Has(string node, string attribute, string? value) =>
        _file[node].TryGetValue(attribute, out var own) && (value is null || own == value);

    /// <summary>Returns the nodes that match at least one of the queries, which are separated by commas.</summary>
    public List<string> Find(string queries) => [.. Matching(queries)];

    /// <summary>Returns canonical and other names of the nodes that match at least one of the queries.</summary>
    public HashSet<string> Names(string queries) => [.. Matching(queries).SelectMany(node => (string[])[node, GetOtherName(node) ?? node])];

    /// <summary>Returns the other name of a canonical name and vice versa, or the name itself if it has no counterpart.</summary>
    public string OtherName(string name) =>
        _file.Contains(name) ? GetOtherName(name) ?? name : _nodeByOtherName.GetValueOrDefault(name, name);

    /// <summary>Returns the rcmd type of a host; null if the file does not specify it.</summary>
    public string? GetRcmdType(string name)
    {
        var node = _file.Contains(name) ? name : _nodeByOtherName.GetValueOrDefault(name);
        return node is null ? null : _file[node].GetValueOrDefault(RcmdTypeAttribute);
    }

    private string? GetOtherName(string node) => _file[node].GetValueOrDefault(OtherNameAttribute);

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
            throw _context.Error($"Error querying genders for query \"{query}\": query syntax error");
        }
    }

    private static List<string> Expand(string nodes, FilePlace place, PdshContext context)
    {
        try
        {
            List<string> names = [.. HostItems.Names(nodes).SelectMany(name => HostRange.ExpandAll(name, context))];
            return names.Exists(name => name.Contains('.', StringComparison.Ordinal))
                ? throw new HostSourceException("genders", "a node has a domain", place.Path, place.Line)
                : names;
        }
        catch (PdshException wrong)
        {
            throw new HostSourceException("genders", wrong.Message, place.Path, place.Line, wrong);
        }
    }
}
