using Volley.Cli.Terminal;
using Volley.Targets;

namespace Volley.Cli.Rendering;

/// <summary>What ends a run with failures: how many, and every failed node by its cause, folded.</summary>
internal sealed class SummaryRenderer(TerminalWriter writer) : IRenderer
{
    public void Render(NodeEvent nodeEvent)
    {
    }

    public void Complete(RunSummary summary)
    {
        if (summary.FailedCount == 0)
            return;
        writer.PrintErr($"volley: {summary.FailedCount} of {summary.Results.Count} failed");
        foreach (var (cause, targets) in summary.Failures())
            writer.PrintErr($"{cause}: {HostList.Fold(targets.Select(t => t.Label))}");
    }
}
