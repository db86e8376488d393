namespace Volley.Cli;

/// <summary>The program's exit codes that no node decides.</summary>
internal static class ExitCodes
{
    public const int Failure = 1;
    public const int Usage = 2;

    /// <summary>The code of a run that was stopped from outside: 128 and the signal's number, as a shell would report it; null for any other.</summary>
    public static int? Of(StopReason reason) => reason switch
    {
        StopReason.HangUp => 129,
        StopReason.Interrupt => 130,
        StopReason.Quit => 131,
        StopReason.OutputClosed => 141,
        StopReason.Terminate => 143,
        _ => null,
    };

    /// <summary>The code of <c>volley ping</c>: all reached, some, or none.</summary>
    public static int OfPing(RunSummary summary) =>
        summary.FailedCount == 0 ? 0 : summary.FailedCount < summary.Results.Count ? 1 : 255;
}
