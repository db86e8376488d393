using Volley.Cli.Terminal;

namespace Volley.Cli.Output;

/// <summary>
/// Prints on standard error, in every output mode, why a node could not run its command to the end. At the end of the run it names the
/// nodes whose output may be incomplete or whose command may still run.
/// </summary>
/// <param name="writer">The destination.</param>
/// <param name="control">The handle of the run.</param>
/// <param name="loginHint">A hint to print at the end if a login failed; null for none.</param>
/// <param name="hasMessages">Whether to print the messages of failed nodes; false if the output contains them.</param>
internal sealed class DiagnosticsRenderer(TerminalWriter writer, RunControl control, string? loginHint, bool hasMessages) : IRenderer
{
    public void Render(NodeEvent nodeEvent)
    {
        if (nodeEvent is not NodeFinished { Target: var target, Result: var result })
            return;
        if (hasMessages && result.Message is { } message)
            writer.PrintErr($"volley: {target.Label}: {GetOutcome(result)}: {SafeText.Shorten(message)}");
        if (control.Reason == StopReason.FailFast && control.FirstFailure == target)
        {
            var counts = control.CountsAtStop;
            writer.PrintErr($"[fail-fast] {target.Label}: {result.Cause}; stopping {counts.Running} running, {counts.Queued} queued");
        }
    }

    public void Complete(RunSummary summary)
    {
        if (loginHint is not null && summary.Results.Any(result => result is { Outcome: NodeOutcome.AuthenticationFailed }))
            writer.PrintErr($"volley: {loginHint}");
        Name("output may be incomplete", summary.OutputMayBeIncomplete);
        Name("may still run", summary.MayStillRun);
    }

    // The message has the reason, too.
    private static string GetOutcome(NodeResult result) => result.Reason is null ? result.Cause : (result with { Reason = null }).Cause;

    private void Name(string what, IEnumerable<Target> targets)
    {
        if (targets.Select(target => target.Label).ToList() is { Count: > 0 } labels)
            writer.PrintErr($"volley: {what}: {HostList.Fold(labels)}");
    }
}
