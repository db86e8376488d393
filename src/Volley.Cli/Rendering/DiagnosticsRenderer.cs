using Volley.Cli.Terminal;
using Volley.Targets;

namespace Volley.Cli.Rendering;

/// <summary>What has to be said about a node when it ends, in every output mode alike: why it could not run its command to the end.</summary>
/// <param name="writer">Where to.</param>
/// <param name="control">The run.</param>
/// <param name="loginHint">What is said once at the end where a login failed; null for nothing.</param>
/// <param name="hasMessages">Whether it says why a node failed; else the output does.</param>
internal sealed class DiagnosticsRenderer(TerminalWriter writer, RunControl control, string? loginHint, bool hasMessages) : IRenderer
{
    public void Render(NodeEvent nodeEvent)
    {
        if (nodeEvent is not NodeFinished { Target: var target, Result: var result })
            return;
        if (hasMessages && result.Message is { } message)
            writer.PrintErr($"volley: {target.Label}: {result.Cause}: {SafeText.Shorten(message)}");
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

    private void Name(string what, IEnumerable<Target> targets)
    {
        if (targets.Select(target => target.Label).ToList() is { Count: > 0 } labels)
            writer.PrintErr($"volley: {what}: {HostList.Fold(labels)}");
    }
}
