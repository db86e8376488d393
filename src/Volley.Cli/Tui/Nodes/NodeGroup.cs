using System.Collections.Immutable;
using Volley.Targets;

namespace Volley.Cli.Tui.Nodes;

/// <summary>Nodes that are alike in what they printed and how they ended, or in what they printed so far.</summary>
/// <param name="Nodes">The nodes by rank, at least one.</param>
internal sealed record NodeGroup(ImmutableArray<NodeState> Nodes)
{
    /// <summary>The node that the group is shown as.</summary>
    public NodeState First => Nodes[0];

    /// <summary>Their names, folded.</summary>
    public string Names => HostList.Fold(Nodes.Select(node => node.Target.Label));

    /// <summary>How they stand, in words.</summary>
    public string Cause => First.Result?.Cause ?? NodePhases.Word(First.Phase);

    /// <summary>The groups of what has been started, as they are now, the largest first.</summary>
    public static List<NodeGroup> Of(IEnumerable<NodeState> nodes) =>
    [
        .. nodes
            .Where(node => node.Phase is not (NodePhase.Queued or NodePhase.Connecting))
            .GroupBy(node => (node.Result?.Cause, node.Result is null ? node.Phase : default, node.Identity))
            .Select(group => new NodeGroup([.. group]))
            .OrderByDescending(group => group.Nodes.Length)
            .ThenBy(group => group.First.Target.Index),
    ];
}
