namespace Volley.Cli.Output.Gathering;

/// <summary>The options of output <c>gather</c>.</summary>
internal sealed record GatherOptions
{
    /// <summary>Whether groups are shown as their difference from the largest successful group.</summary>
    public bool ShowsDifferences { get; init; }

    /// <summary>Whether a line is shown as soon as all running nodes have sent it.</summary>
    public bool IsLive { get; init; }

    public GatherSort Sort { get; init; }
}

/// <summary>The order of groups with the same exit code.</summary>
internal enum GatherSort
{
    /// <summary>The largest first.</summary>
    Size,

    /// <summary>By the first node of each group, in the order of the plan.</summary>
    Nodes,
}
