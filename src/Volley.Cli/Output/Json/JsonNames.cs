namespace Volley.Cli.Output.Json;

/// <summary>The names in the JSON output. They are a public contract, and therefore independent of the names of the enumerations.</summary>
internal static class JsonNames
{
    public static string Get(NodeOutcome outcome) => outcome switch
    {
        NodeOutcome.Exited => "exited",
        NodeOutcome.Signaled => "signaled",
        NodeOutcome.ConnectFailed => "connect_failed",
        NodeOutcome.NameNotResolved => "name_not_resolved",
        NodeOutcome.AuthenticationFailed => "authentication_failed",
        NodeOutcome.HostKeyRejected => "host_key_rejected",
        NodeOutcome.ConnectTimedOut => "connect_timed_out",
        NodeOutcome.CommandTimedOut => "command_timed_out",
        NodeOutcome.ConnectionLost => "connection_lost",
        NodeOutcome.TransferFailed => "transfer_failed",
        NodeOutcome.OutputLimitReached => "output_limit_reached",
        NodeOutcome.Canceled => "canceled",
        NodeOutcome.NotStarted => "not_started",
        _ => "faulted",
    };

    /// <summary>Returns the name of a reason; null for <see cref="StopReason.None"/>.</summary>
    public static string? Get(StopReason reason) => reason switch
    {
        StopReason.None => null,
        StopReason.Interrupt => "interrupt",
        StopReason.Terminate => "terminate",
        StopReason.HangUp => "hang_up",
        StopReason.Quit => "quit",
        StopReason.OutputClosed => "output_closed",
        StopReason.FailFast => "fail_fast",
        StopReason.ReaderLeft => "reader_left",
        _ => "requested",
    };

    public static string Get(ExitCodeStrategy strategy) => strategy switch
    {
        ExitCodeStrategy.RequireAllSuccess => "require_all_success",
        ExitCodeStrategy.CheckAllNodes => "check_all_nodes",
        ExitCodeStrategy.AnyFailure => "any_failure",
        _ => "main_rank",
    };

    public static string Get(Job job) => job switch
    {
        PingJob => "ping",
        PushJob { Sync: not null } => "sync",
        PushJob => "push",
        PullJob => "pull",
        _ => "command",
    };

    public static string Get(StreamKind stream) => stream == StreamKind.Stdout ? "stdout" : "stderr";
}
