using Volley.Targets;

namespace Volley.Cli.Rendering.Gathering;

/// <summary>The nodes that ended alike and printed the same.</summary>
internal sealed class GatheredGroup(GatheredNode node, NodeResult? result)
{
    private readonly List<Target> _targets = [node.Target];

    /// <summary>The node that comes first in the plan; the group is shown as that node printed it.</summary>
    public GatheredNode First { get; private set; } = node;

    /// <summary>How they ended, as far as they are alike in it; null where they have not.</summary>
    public NodeResult? Result => result;

    public bool Succeeded => result is { Succeeded: true };

    public int Count => _targets.Count;

    /// <summary>Their names, folded.</summary>
    public string Names => HostList.Fold(_targets.OrderBy(target => target.Index).Select(target => target.Label));

    public void Add(GatheredNode node)
    {
        _targets.Add(node.Target);
        if (node.Target.Index < First.Target.Index)
            First = node;
    }
}
