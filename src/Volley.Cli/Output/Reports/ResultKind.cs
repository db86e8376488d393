namespace Volley.Cli.Output.Reports;

/// <summary>The kinds of results that reports tell apart.</summary>
internal enum ResultKind
{
    Succeeded,

    /// <summary>The command ran and failed, or was ended by a limit.</summary>
    Failed,

    /// <summary>No command could be started.</summary>
    Unreachable,

    /// <summary>The user or fail-fast stopped the node, or it never started.</summary>
    Stopped,
}

/// <summary>The kinds of results.</summary>
internal static class ResultKinds
{
    public static ResultKind Get(NodeResult result) => result.Outcome switch
    {
        _ when result.Succeeded => ResultKind.Succeeded,
        NodeOutcome.ConnectFailed or NodeOutcome.NameNotResolved or NodeOutcome.AuthenticationFailed or NodeOutcome.HostKeyRejected
            or NodeOutcome.ConnectTimedOut => ResultKind.Unreachable,
        NodeOutcome.Canceled or NodeOutcome.NotStarted or NodeOutcome.NotChecked => ResultKind.Stopped,
        _ => ResultKind.Failed,
    };

    /// <summary>Returns the name of a kind in pages.</summary>
    public static string GetName(this ResultKind kind) => kind switch
    {
        ResultKind.Succeeded => "ok",
        ResultKind.Failed => "failed",
        ResultKind.Unreachable => "unreachable",
        _ => "stopped",
    };
}
