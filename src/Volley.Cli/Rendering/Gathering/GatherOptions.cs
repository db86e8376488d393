namespace Volley.Cli.Rendering.Gathering;

/// <summary>What is asked of output <c>gather</c>.</summary>
internal sealed record GatherOptions
{
    /// <summary>Whether groups are shown as their difference to the largest one that succeeded.</summary>
    public bool ShowsDifferences { get; init; }

    /// <summary>Whether lines are shown as soon as all running nodes have sent them.</summary>
    public bool IsLive { get; init; }

    public GatherSort Sort { get; init; }
}

/// <summary>The order of groups with the same exit code.</summary>
internal enum GatherSort
{
    /// <summary>The largest first.</summary>
    Size,

    /// <summary>By their first nodes, in the order of the plan.</summary>
    Nodes,
}
