namespace Volley.Cli.Output.Gathering;

/// <summary>Collects outputs and results of nodes, and groups the nodes for which both are equal.</summary>
internal sealed class GatheredOutput : IDisposable
{
    private readonly OutputTree _tree = new();
    private readonly Dictionary<int, GatheredNode> _running = [];
    private readonly Dictionary<GroupKey, GatheredGroup> _groups = [];

    /// <summary>Returns the entry of a node that has not finished.</summary>
    public GatheredNode GetOrAddNode(Target target)
    {
        if (!_running.TryGetValue(target.Index, out var node))
            _running[target.Index] = node = new GatheredNode(target, _tree.Root);
        return node;
    }

    /// <summary>Adds output of a node.</summary>
    /// <exception cref="IOException">The temporary file can't be written or read.</exception>
    public void Append(NodeOutput output)
    {
        var node = GetOrAddNode(output.Target);
        if (output.Stream == StreamKind.Stdout)
            node.Stdout = _tree.Append(node.Stdout, output.Data.Span);
        else
            node.Stderr = _tree.Append(node.Stderr, output.Data.Span);
        node.Order.Add(output.Stream, output.Data.Length);
    }

    /// <summary>Records the end of a node, or of an attempt, after which the node begins anew. Returns its group.</summary>
    /// <param name="target">The node.</param>
    /// <param name="result">The result.</param>
    /// <param name="attempt">The name of an attempt that does not count; null for the end of the node.</param>
    public GatheredGroup Finish(Target target, NodeResult result, string? attempt = null)
    {
        var node = GetOrAddNode(target);
        _running.Remove(target.Index);
        return Add(node, result, attempt);
    }

    /// <summary>Removes a node that runs again from its group.</summary>
    /// <param name="target">The node.</param>
    /// <param name="group">The group that it was added to at its end.</param>
    public void Remove(Target target, GatheredGroup group)
    {
        group.Remove(target);
        if (group.Count == 0)
            _groups.Remove(_groups.First(entry => entry.Value == group).Key);
    }

    /// <summary>Replaces the result of a node that has finished. Returns its new group.</summary>
    /// <param name="target">The node.</param>
    /// <param name="result">The result.</param>
    public GatheredGroup Replace(Target target, NodeResult result)
    {
        var before = _groups.Values.First(group => group.Attempt is null && group.Contains(target));
        Remove(target, before);
        return Add(before.First.CopyFor(target), result);
    }

    /// <summary>Groups the unfinished nodes by the output that they have sent so far.</summary>
    public void CutShort()
    {
        foreach (var node in _running.Values)
        {
            if (node.HasOutput)
                Add(node, null);
        }

        _running.Clear();
    }

    /// <summary>Returns the groups in display order: attempts that do not count last; by exit code, and for equal codes as <paramref name="sort"/> says.</summary>
    public IReadOnlyList<GatheredGroup> Groups(GatherSort sort) =>
    [
        .. _groups.Values
            .OrderBy(group => group.Attempt is not null)
            .ThenBy(group => group.Result?.Code ?? int.MaxValue)
            .ThenByDescending(group => sort == GatherSort.Size ? group.Count : 0)
            .ThenBy(group => group.FirstIndex),
    ];

    public void Dispose() => _tree.Dispose();

    private GatheredGroup Add(GatheredNode node, NodeResult? result, string? attempt = null)
    {
        var key = new GroupKey(result?.Cause, attempt, node.Stdout, node.Stderr);
        if (_groups.TryGetValue(key, out var group))
            group.Add(node);
        else
            _groups[key] = group = new GatheredGroup(node, result) { Attempt = attempt };
        return group;
    }

    /// <summary>The key of a group.</summary>
    private readonly record struct GroupKey(string? Cause, string? Attempt, OutputPlace Stdout, OutputPlace Stderr);
}
