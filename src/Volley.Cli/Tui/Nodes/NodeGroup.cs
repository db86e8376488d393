using System.Collections.Immutable;

namespace Volley.Cli.Tui.Nodes;

/// <summary>A group of nodes with the same output and, if they have finished, the same result.</summary>
/// <param name="Nodes">The nodes in the order of the plan, at least one.</param>
internal sealed record NodeGroup(ImmutableArray<NodeState> Nodes)
{
    /// <summary>The node that represents the group.</summary>
    public NodeState First => Nodes[0];

    /// <summary>The folded names of the nodes.</summary>
    public string Names => HostList.Fold(Nodes.Select(node => node.Target.Label));

    /// <summary>The cause of the nodes' end, or the name of their phase.</summary>
    public string Cause => First.Result?.Cause ?? NodePhases.GetName(First.Phase);

    /// <summary>Returns the current groups of all nodes that have started, the largest first.</summary>
    public static List<NodeGroup> Group(IEnumerable<NodeState> nodes) =>
    [
        .. nodes
            .Where(node => node.Phase is not (NodePhase.Queued or NodePhase.Connecting))
            .GroupBy(node => (node.Result?.Cause, node.Result is null ? node.Phase : default, node.Identity))
            .Select(group => new NodeGroup([.. group]))
            .OrderByDescending(group => group.Nodes.Length)
            .ThenBy(group => group.First.Target.Index),
    ];
}
