namespace Volley.Cli.Output.Gathering;

/// <summary>A group of nodes with the same cause of their end and the same output.</summary>
internal sealed class GatheredGroup(GatheredNode node, NodeResult? result)
{
    private readonly List<Target> _targets = [node.Target];

    /// <summary>The first node in the order of the plan; the group shows its output in that node's order of arrival.</summary>
    public GatheredNode First { get; private set; } = node;

    /// <summary>The result of the group's first node to finish; null if the nodes still run. The nodes share its cause.</summary>
    public NodeResult? Result => result;

    /// <summary>The attempt of which the output is, if it does not count; null for the last one.</summary>
    public string? Attempt { get; init; }

    public bool Succeeded => result is { Succeeded: true };

    /// <summary>The lowest index of a node.</summary>
    public int FirstIndex => _targets.Min(target => target.Index);

    public int Count => _targets.Count;

    /// <summary>The folded names of the nodes.</summary>
    public string Names => HostList.Fold(_targets.OrderBy(target => target.Index).Select(target => target.Label));

    public bool Contains(Target target) => _targets.Contains(target);

    public void Add(GatheredNode node)
    {
        _targets.Add(node.Target);
        if (node.Target.Index < First.Target.Index)
            First = node;
    }

    /// <summary>Removes a node. If it is the one whose output is shown, the output stays, since those of the others are equal.</summary>
    public void Remove(Target target) => _targets.Remove(target);
}
