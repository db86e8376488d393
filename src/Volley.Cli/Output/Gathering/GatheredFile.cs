namespace Volley.Cli.Output.Gathering;

/// <summary>The contents that nodes have in one file.</summary>
internal sealed class GatheredFile
{
    private readonly HashSet<int> _nodes = [];

    /// <summary>The nodes by content. Equal contents have equal places.</summary>
    public Dictionary<OutputPlace, GatheredGroup> Contents { get; } = [];

    /// <summary>The nodes without content, by reason.</summary>
    public SortedDictionary<string, List<Target>> Failures { get; } = new(StringComparer.Ordinal);

    /// <summary>Whether no node has the file, or a directory in its place.</summary>
    public bool IsMissing => Contents.Count == 0 && !Failures.ContainsKey(NodeFile.DirectoryFailure);

    /// <summary>Whether all nodes that reported the path have a directory there.</summary>
    public bool IsDirectory => Contents.Count == 0 && Failures.Count == 1 && Failures.ContainsKey(NodeFile.DirectoryFailure);

    public void Add(GatheredNode node)
    {
        _nodes.Add(node.Target.Index);
        if (Contents.TryGetValue(node.Stdout, out var group))
            group.Add(node);
        else
            Contents[node.Stdout] = new GatheredGroup(node, new NodeResult(NodeOutcome.Exited) { ExitCode = 0 });
    }

    public void AddFailure(Target target, string reason)
    {
        _nodes.Add(target.Index);
        if (!Failures.TryGetValue(reason, out var targets))
            Failures[reason] = targets = [];
        targets.Add(target);
    }

    /// <summary>Adds the nodes that were read completely and did not report the file: it does not exist there.</summary>
    public void AddMissing(IEnumerable<Target> targets, string reason)
    {
        foreach (var target in targets.Where(target => !_nodes.Contains(target.Index)).ToList())
            AddFailure(target, reason);
    }

    /// <summary>Returns the groups in display order.</summary>
    public List<GatheredGroup> GetGroups(GatherSort sort) =>
        [.. Contents.Values.OrderByDescending(group => sort == GatherSort.Size ? group.Count : 0).ThenBy(group => group.First.Target.Index)];
}
