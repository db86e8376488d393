namespace Volley;

/// <summary>The names of the JSON form of events. They are a public contract, and therefore independent of the names of the enumerations.</summary>
public static class JsonNames
{
    private static readonly Dictionary<string, NodeOutcome> Outcomes = Enum.GetValues<NodeOutcome>().ToDictionary(Get);
    private static readonly Dictionary<string, StopReason> Reasons =
        Enum.GetValues<StopReason>().Where(reason => reason != StopReason.None).ToDictionary(reason => Get(reason)!);

    /// <summary>Returns the name of an outcome.</summary>
    /// <param name="outcome">The outcome.</param>
    /// <returns>The name: <c>connect_failed</c>.</returns>
    public static string Get(NodeOutcome outcome) => outcome switch
    {
        NodeOutcome.Exited => "exited",
        NodeOutcome.Signaled => "signaled",
        NodeOutcome.ConnectFailed => "connect_failed",
        NodeOutcome.NameNotResolved => "name_not_resolved",
        NodeOutcome.AuthenticationFailed => "authentication_failed",
        NodeOutcome.HostKeyRejected => "host_key_rejected",
        NodeOutcome.ElevationFailed => "elevation_failed",
        NodeOutcome.ConnectTimedOut => "connect_timed_out",
        NodeOutcome.CommandTimedOut => "command_timed_out",
        NodeOutcome.IdleTimedOut => "idle_timed_out",
        NodeOutcome.RelativeTimedOut => "relative_timed_out",
        NodeOutcome.DeadlineExceeded => "deadline_exceeded",
        NodeOutcome.ConnectionLost => "connection_lost",
        NodeOutcome.DirectoryUnavailable => "directory_unavailable",
        NodeOutcome.TransferFailed => "transfer_failed",
        NodeOutcome.CheckFailed => "check_failed",
        NodeOutcome.NotChecked => "not_checked",
        NodeOutcome.Refused => "refused",
        NodeOutcome.OutputLimitReached => "output_limit_reached",
        NodeOutcome.Canceled => "canceled",
        NodeOutcome.NotStarted => "not_started",
        _ => "faulted",
    };

    /// <summary>Returns the name of a reason.</summary>
    /// <param name="reason">The reason.</param>
    /// <returns>The name, or null for <see cref="StopReason.None"/>.</returns>
    public static string? Get(StopReason reason) => reason switch
    {
        StopReason.None => null,
        StopReason.Interrupt => "interrupt",
        StopReason.Terminate => "terminate",
        StopReason.HangUp => "hang_up",
        StopReason.Quit => "quit",
        StopReason.OutputClosed => "output_closed",
        StopReason.FailFast => "fail_fast",
        StopReason.Threshold => "threshold",
        StopReason.Deadline => "deadline",
        StopReason.ReaderLeft => "reader_left",
        _ => "requested",
    };

    /// <summary>Returns the name of a strategy.</summary>
    /// <param name="strategy">The strategy.</param>
    /// <returns>The name: <c>main_rank</c>.</returns>
    public static string Get(ExitCodeStrategy strategy) => strategy switch
    {
        ExitCodeStrategy.RequireAllSuccess => "require_all_success",
        ExitCodeStrategy.CheckAllNodes => "check_all_nodes",
        ExitCodeStrategy.AnyFailure => "any_failure",
        _ => "main_rank",
    };

    /// <summary>Returns the name of a stream.</summary>
    /// <param name="stream">The stream.</param>
    /// <returns>The name: <c>stdout</c> or <c>stderr</c>.</returns>
    public static string Get(StreamKind stream) => stream == StreamKind.Stdout ? "stdout" : "stderr";

    /// <summary>Returns the name of a threshold.</summary>
    /// <param name="threshold">The threshold.</param>
    /// <returns>The name: <c>failed</c>, <c>unreachable</c> or <c>canary</c>.</returns>
    public static string Get(RolloutThreshold threshold) => threshold switch
    {
        RolloutThreshold.Unreachable => "unreachable",
        RolloutThreshold.Canary => "canary",
        _ => "failed",
    };

    /// <summary>Returns the name of a kind of job.</summary>
    /// <param name="job">The job.</param>
    /// <returns>The name: <c>command</c>, <c>ping</c>, <c>push</c>, <c>pull</c>, <c>sync</c>, <c>reboot</c> or <c>wait-for</c>.</returns>
    public static string Get(Job job) => job switch
    {
        PingJob => "ping",
        PushJob { Sync: not null } => "sync",
        PushJob => "push",
        PullJob => "pull",
        RebootJob => "reboot",
        WaitJob => "wait-for",
        _ => "command",
    };

    /// <summary>Returns the outcome of a name.</summary>
    /// <param name="name">The name.</param>
    /// <returns>The outcome, or null for a name that this version does not know.</returns>
    public static NodeOutcome? FindOutcome(string name) => Outcomes.TryGetValue(name, out var outcome) ? outcome : null;

    /// <summary>Returns the reason of a name.</summary>
    /// <param name="name">The name; null for none.</param>
    /// <returns>The reason; <see cref="StopReason.Requested"/> for a name that this version does not know.</returns>
    public static StopReason GetStop(string? name) => name is null ? StopReason.None : Reasons.GetValueOrDefault(name, StopReason.Requested);
}
