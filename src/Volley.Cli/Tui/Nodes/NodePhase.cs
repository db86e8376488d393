namespace Volley.Cli.Tui.Nodes;

/// <summary>Where a node stands.</summary>
internal enum NodePhase
{
    /// <summary>Its command failed.</summary>
    Failed,

    /// <summary>It could not be reached, or its connection was lost.</summary>
    Unreachable,

    /// <summary>Its command ran too long.</summary>
    TimedOut,

    /// <summary>It was stopped, or never started because of a stop.</summary>
    Canceled,

    /// <summary>Its command runs.</summary>
    Running,

    /// <summary>It is being connected to.</summary>
    Connecting,

    /// <summary>It waits for its turn.</summary>
    Queued,

    /// <summary>Its command exited with 0.</summary>
    Succeeded,
}

/// <summary>How phases are put.</summary>
internal static class NodePhases
{
    /// <summary>All of them, in the order in which they matter.</summary>
    public static readonly NodePhase[] All = Enum.GetValues<NodePhase>();

    /// <summary>The phase that a result comes to.</summary>
    public static NodePhase Of(NodeResult result) => result.Outcome switch
    {
        NodeOutcome.Exited when result.Succeeded => NodePhase.Succeeded,
        NodeOutcome.Exited or NodeOutcome.Signaled or NodeOutcome.TransferFailed or NodeOutcome.OutputLimitReached or NodeOutcome.Faulted => NodePhase.Failed,
        NodeOutcome.CommandTimedOut => NodePhase.TimedOut,
        NodeOutcome.Canceled or NodeOutcome.NotStarted => NodePhase.Canceled,
        _ => NodePhase.Unreachable,
    };

    /// <summary>One letter, so that a map reads without colours.</summary>
    public static char Letter(NodePhase phase) => phase switch
    {
        NodePhase.Failed => 'F',
        NodePhase.Unreachable => 'U',
        NodePhase.TimedOut => 'T',
        NodePhase.Canceled => 'x',
        NodePhase.Running => 'r',
        NodePhase.Connecting => 'c',
        NodePhase.Queued => '.',
        _ => 'o',
    };

    /// <summary>The word of the phase.</summary>
    public static string Word(NodePhase phase) => phase switch
    {
        NodePhase.Failed => "failed",
        NodePhase.Unreachable => "unreachable",
        NodePhase.TimedOut => "timed out",
        NodePhase.Canceled => "canceled",
        NodePhase.Running => "running",
        NodePhase.Connecting => "connecting",
        NodePhase.Queued => "queued",
        _ => "ok",
    };

    /// <summary>Whether the node is done.</summary>
    public static bool IsDone(NodePhase phase) => phase is not (NodePhase.Running or NodePhase.Connecting or NodePhase.Queued);
}
