namespace Volley.Cli;

/// <summary>The exit codes that do not depend on the exit code of a node.</summary>
internal static class ExitCodes
{
    public const int Failure = 1;
    public const int Usage = 2;

    /// <summary>More hosts failed than a rollout allows.</summary>
    public const int Threshold = 3;

    /// <summary>
    /// Returns the exit code of a stopped run: 3 for a threshold, else 128 plus the signal number, as in a shell. Returns null for any other reason.
    /// </summary>
    public static int? ForStop(StopReason reason) => reason switch
    {
        StopReason.HangUp => 129,
        StopReason.Interrupt => 130,
        StopReason.Quit => 131,
        StopReason.Threshold => Threshold,
        // The user has ended a rollout between two batches, which no signal reports.
        StopReason.Requested => 130,
        StopReason.OutputClosed => 141,
        StopReason.Terminate => 143,
        _ => null,
    };

    /// <summary>Returns the exit code of <c>volley ping</c>: 0 if all hosts were reached, 1 if some were, 255 if none was.</summary>
    public static int ForPing(RunSummary summary) =>
        summary.FailedCount == 0 ? 0 : summary.FailedCount < summary.Results.Count ? 1 : 255;
}
