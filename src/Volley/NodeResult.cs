using System.Globalization;

namespace Volley;

/// <summary>The result of one target. Failures are reported as results, not thrown.</summary>
/// <param name="Outcome">The way in which the target ended.</param>
/// <exception cref="ArgumentOutOfRangeException"><paramref name="Outcome"/> is not one of the enumeration.</exception>
public sealed record NodeResult(NodeOutcome Outcome)
{
    /// <summary>The code of a time limit: that of timeout(1).</summary>
    internal const int TimeoutCode = 124;

    /// <summary>The way in which the target ended.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not one of the enumeration.</exception>
    public NodeOutcome Outcome { get; init => field = Argument.Defined(value, nameof(Outcome)); } = Argument.Defined(Outcome, nameof(Outcome));

    /// <summary>The command's exit code as the server reported it, or null if it reported none.</summary>
    public int? ExitCode { get; init; }

    /// <summary>The name of the signal that ended the command, without "SIG" (RFC 4254 section 6.10), or null.</summary>
    public string? Signal { get; init; }

    /// <summary>An error message for the user, or null if the outcome says everything.</summary>
    public string? Message { get; init; }

    /// <summary>
    /// The reason of the outcome in a few words, which is the same for all targets that failed in the same way: <c>permission denied</c>. It is
    /// part of <see cref="Cause"/>. Null if the outcome says everything.
    /// </summary>
    public string? Reason { get; init; }

    /// <summary>A change to the run that would avoid the failure. <see cref="Message"/> does not mention it.</summary>
    public Remedy Remedy { get; init; }

    /// <summary>
    /// The reason of the stop for <see cref="NodeOutcome.Canceled"/>, <see cref="NodeOutcome.DeadlineExceeded"/>, <see cref="NodeOutcome.NotChecked"/> and
    /// <see cref="NodeOutcome.NotStarted"/>, else <see cref="StopReason.None"/>.
    /// </summary>
    public StopReason Stop { get; init; }

    /// <summary>The time from leaving the queue to the end; zero for a target that never left the queue.</summary>
    public TimeSpan Elapsed { get; init; }

    /// <summary>The number of retries of the command (<see cref="CommandJob.Retry"/>) before this result, which is that of the last attempt.</summary>
    public int Retries { get; init; }

    /// <summary>
    /// The step of a <see cref="StepsJob"/> at which the target ended, from 1: the one that failed or was to run next, or the last one. Null for any other job, and
    /// for a target that began no step.
    /// </summary>
    public int? Step { get; init; }

    /// <summary>The number of bytes that the target sent on standard output, in its last attempt.</summary>
    public long StdoutBytes { get; init; }

    /// <summary>The number of bytes that the target sent on standard error, in its last attempt.</summary>
    public long StderrBytes { get; init; }

    /// <summary>The number of files that a transfer has completed at this target.</summary>
    public long TransferredFiles { get; init; }

    /// <summary>The number of bytes of content that a transfer has moved to or from this target.</summary>
    public long TransferredBytes { get; init; }

    /// <summary>The number of files and directories that a synchronization has deleted at this target (<see cref="SyncOptions.Delete"/>).</summary>
    public long DeletedFiles { get; init; }

    /// <summary>Whether this target is the plan's main rank.</summary>
    public bool IsMainRank { get; init; }

    /// <summary>Whether a process of the command may still be running at the target after it was ended.</summary>
    public bool MayStillRun { get; init; }

    /// <summary>
    /// Whether the command exited while its output streams were still open: processes it left behind may print more, or the connection
    /// was lost with a part of the output. False if the command was stopped, timed out or lost its connection.
    /// </summary>
    public bool OutputMayBeIncomplete { get; init; }

    /// <summary>Whether the exit code of the command counts as success by <see cref="RunPlan.OkCodes"/>; null if only 0 does.</summary>
    public bool? IsOkCode { get; init; }

    /// <summary>Whether the command exited with 0, or with a code that counts as success.</summary>
    public bool Succeeded => Outcome == NodeOutcome.Exited && (IsOkCode ?? ExitCode == 0);

    /// <summary>
    /// The result as an exit code from 0 to 255. An exit code outside this range is reduced to its low byte, or to 255 if that is 0.
    /// A code that counts as success gives 0, and 0 where it does not count gives 1.
    /// A signal gives 128 plus its number; a time limit of the command or of the run 124; a failed transfer or check, an output limit, a fail-fast stop or
    /// an exceeded threshold 1; any other stop 130. All other outcomes give 255.
    /// </summary>
    public int Code => Outcome switch
    {
        NodeOutcome.Exited when Succeeded => 0,
        NodeOutcome.Exited => ExitCode switch
        {
            0 => 1,
            >= 0 and <= 255 => ExitCode.Value,
            { } large when (large & 255) != 0 => large & 255,
            _ => 255,
        },
        NodeOutcome.Signaled => SignalNumber(Signal) is { } number ? 128 + number : 255,
        NodeOutcome.CommandTimedOut or NodeOutcome.IdleTimedOut or NodeOutcome.RelativeTimedOut or NodeOutcome.DeadlineExceeded => TimeoutCode,
        NodeOutcome.OutputLimitReached or NodeOutcome.TransferFailed or NodeOutcome.CheckFailed or NodeOutcome.Refused => 1,
        NodeOutcome.Canceled or NodeOutcome.NotStarted or NodeOutcome.NotChecked => Stop switch
        {
            StopReason.FailFast or StopReason.Threshold => 1,
            StopReason.Deadline => TimeoutCode,
            _ => 130,
        },
        _ => 255,
    };

    /// <summary>
    /// The cause in a few words, by which failures are grouped. It is the same for all targets that ended in the same way. That of a failed step names the step.
    /// </summary>
    public string Cause => Step is { } step && !Succeeded ? string.Create(CultureInfo.InvariantCulture, $"step {step}: {OutcomeText}") : OutcomeText;

    private string OutcomeText => Outcome switch
    {
        NodeOutcome.Exited => string.Create(CultureInfo.InvariantCulture, $"exit {ExitCode ?? Code}"),
        NodeOutcome.Signaled => $"killed by signal {SignalText(Signal)}",
        NodeOutcome.ConnectFailed => "connect failed",
        NodeOutcome.NameNotResolved => "name not resolved",
        NodeOutcome.AuthenticationFailed => "authentication failed",
        NodeOutcome.HostKeyRejected => "host key rejected",
        NodeOutcome.ElevationFailed => Reason ?? "elevation failed",
        NodeOutcome.ConnectTimedOut => "connect timed out",
        NodeOutcome.CommandTimedOut => "timed out",
        NodeOutcome.IdleTimedOut => "timed out without output",
        NodeOutcome.RelativeTimedOut => "timed out against the median",
        NodeOutcome.DeadlineExceeded => "deadline exceeded",
        NodeOutcome.ConnectionLost => Reason ?? "connection lost",
        NodeOutcome.DirectoryUnavailable => Reason ?? "directory unavailable",
        NodeOutcome.TransferFailed => Reason is null ? "transfer failed" : $"transfer failed: {Reason}",
        NodeOutcome.CheckFailed => Reason is null ? "check failed" : $"check failed: {Reason}",
        NodeOutcome.NotChecked => "not checked",
        NodeOutcome.Refused => Reason is null ? "refused" : $"refused: {Reason}",
        NodeOutcome.OutputLimitReached => "output limit reached",
        NodeOutcome.Canceled => "canceled",
        NodeOutcome.NotStarted => Stop == StopReason.Deadline ? "not started before the deadline" : "not started",
        _ => "internal error",
    };

    /// <summary>Returns the signal's name with characters that RFC 4254 section 6.10 does not allow replaced by '?', cut to 64 characters.</summary>
    private static string SignalText(string? name)
    {
        const int MaxNameLength = 64;
        name ??= "";
        var text = string.Concat(name.Take(MaxNameLength).Select(c => c is > ' ' and <= '~' ? c : '?'));
        return name.Length > MaxNameLength ? $"{text}..." : text;
    }

    /// <summary>Returns the number of a signal that RFC 4254 section 6.10 names. POSIX systems agree on these numbers.</summary>
    private static int? SignalNumber(string? name) => name switch
    {
        "HUP" => 1,
        "INT" => 2,
        "QUIT" => 3,
        "ILL" => 4,
        "ABRT" => 6,
        "FPE" => 8,
        "KILL" => 9,
        "USR1" => 10,
        "SEGV" => 11,
        "USR2" => 12,
        "PIPE" => 13,
        "ALRM" => 14,
        "TERM" => 15,
        _ => null,
    };
}
