namespace Volley.Cli.Tui.Nodes;

/// <summary>The phase of a node. The values are in the order of their importance to the user.</summary>
internal enum NodePhase
{
    /// <summary>The command, a file transfer or the program itself failed, or the output reached its limit.</summary>
    Failed,

    /// <summary>The connection could not be established, or was lost.</summary>
    Unreachable,

    /// <summary>The command ran into a time limit, its own or that of the run.</summary>
    TimedOut,

    /// <summary>The node was stopped, or a stop kept it from starting.</summary>
    Canceled,

    /// <summary>The command is running.</summary>
    Running,

    /// <summary>The connection is being established.</summary>
    Connecting,

    /// <summary>The node waits for its turn.</summary>
    Queued,

    /// <summary>The node succeeded.</summary>
    Succeeded,
}

/// <summary>Names and properties of phases.</summary>
internal static class NodePhases
{
    /// <summary>All phases, the most important first.</summary>
    public static readonly NodePhase[] All = Enum.GetValues<NodePhase>();

    /// <summary>Returns the phase for a result.</summary>
    public static NodePhase From(NodeResult result) => result.Outcome switch
    {
        NodeOutcome.Exited when result.Succeeded => NodePhase.Succeeded,
        NodeOutcome.Exited or NodeOutcome.Signaled or NodeOutcome.DirectoryUnavailable or NodeOutcome.TransferFailed or NodeOutcome.CheckFailed
            or NodeOutcome.Refused or NodeOutcome.OutputLimitReached or NodeOutcome.ElevationFailed or NodeOutcome.Faulted => NodePhase.Failed,
        NodeOutcome.CommandTimedOut or NodeOutcome.IdleTimedOut or NodeOutcome.RelativeTimedOut or NodeOutcome.DeadlineExceeded => NodePhase.TimedOut,
        NodeOutcome.Canceled or NodeOutcome.NotStarted or NodeOutcome.NotChecked => NodePhase.Canceled,
        _ => NodePhase.Unreachable,
    };

    /// <summary>Returns the letter of a phase, which makes the map readable without colors.</summary>
    public static char GetLetter(NodePhase phase) => phase switch
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

    /// <summary>Returns the name of a phase.</summary>
    public static string GetName(NodePhase phase) => phase switch
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

    /// <summary>Whether a node in this phase has finished.</summary>
    public static bool IsDone(NodePhase phase) => phase is not (NodePhase.Running or NodePhase.Connecting or NodePhase.Queued);
}
