using System.Globalization;

namespace Volley;

/// <summary>How one target ended. A failure is data: nothing is thrown for it.</summary>
/// <param name="Outcome">The kind of end.</param>
public sealed record NodeResult(NodeOutcome Outcome)
{
    /// <summary>The command's exit code as the target reported it, or null where it reported none.</summary>
    public int? ExitCode { get; init; }

    /// <summary>The name of the signal that ended the command, without "SIG" (RFC 4254 section 6.10), or null.</summary>
    public string? Signal { get; init; }

    /// <summary>What went wrong, in words for the user, or null where the outcome says all there is to say.</summary>
    public string? Message { get; init; }

    /// <summary>Why it was stopped; <see cref="StopReason.None"/> unless it was <see cref="NodeOutcome.Canceled"/> or <see cref="NodeOutcome.NotStarted"/>.</summary>
    public StopReason Stop { get; init; }

    /// <summary>From leaving the queue to the end; zero for a target that never left it.</summary>
    public TimeSpan Elapsed { get; init; }

    /// <summary>How many bytes it sent on standard output.</summary>
    public long StdoutBytes { get; init; }

    /// <summary>How many bytes it sent on standard error.</summary>
    public long StderrBytes { get; init; }

    /// <summary>Whether this target is the plan's main rank.</summary>
    public bool IsMainRank { get; init; }

    /// <summary>Whether something of the command may be left running at the target although it was ended.</summary>
    public bool MayStillRun { get; init; }

    /// <summary>
    /// Whether the command ended and its output streams were still open when the target was finished: what it left behind may
    /// print more, or the connection was lost with some of it. False where the command was stopped, timed out or lost.
    /// </summary>
    public bool OutputMayBeIncomplete { get; init; }

    /// <summary>Whether the command exited with 0.</summary>
    public bool Succeeded => Outcome == NodeOutcome.Exited && ExitCode == 0;

    /// <summary>
    /// What this end counts as in an exit code, 0 to 255: the exit code (above 255 its low byte, or 255 where that is 0),
    /// 128 and the signal's number, 124 for a command timeout, 1 for an output limit, 130 for a stop by the user and 1 for one by fail-fast, else 255.
    /// </summary>
    public int Code => Outcome switch
    {
        NodeOutcome.Exited => ExitCode switch
        {
            >= 0 and <= 255 => ExitCode.Value,
            { } large when (large & 255) != 0 => large & 255,
            _ => 255,
        },
        NodeOutcome.Signaled => SignalNumber(Signal) is { } number ? 128 + number : 255,
        NodeOutcome.CommandTimedOut => 124,
        NodeOutcome.OutputLimitReached => 1,
        NodeOutcome.Canceled or NodeOutcome.NotStarted => Stop == StopReason.FailFast ? 1 : 130,
        _ => 255,
    };

    /// <summary>The cause in a few words, the same for all targets that ended alike: what failures are grouped by.</summary>
    public string Cause => Outcome switch
    {
        NodeOutcome.Exited => string.Create(CultureInfo.InvariantCulture, $"exit {ExitCode ?? Code}"),
        NodeOutcome.Signaled => $"killed by signal {SignalText(Signal)}",
        NodeOutcome.ConnectFailed => "connect failed",
        NodeOutcome.NameNotResolved => "name not resolved",
        NodeOutcome.AuthenticationFailed => "authentication failed",
        NodeOutcome.HostKeyRejected => "host key rejected",
        NodeOutcome.ConnectTimedOut => "connect timed out",
        NodeOutcome.CommandTimedOut => "timed out",
        NodeOutcome.ConnectionLost => "connection lost",
        NodeOutcome.TransferFailed => "transfer failed",
        NodeOutcome.OutputLimitReached => "output limit reached",
        NodeOutcome.Canceled => "canceled",
        NodeOutcome.NotStarted => "not started",
        _ => "internal error",
    };

    /// <summary>A signal's name as the server sent it, but no longer than names are, and with nothing in it that RFC 4254 section 6.10 does not allow.</summary>
    private static string SignalText(string? name)
    {
        const int LongestName = 64;
        name ??= "";
        var text = string.Concat(name.Take(LongestName).Select(c => c is > ' ' and <= '~' ? c : '?'));
        return name.Length > LongestName ? $"{text}..." : text;
    }

    /// <summary>The signals that RFC 4254 section 6.10 names, with the numbers that POSIX systems agree on.</summary>
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
