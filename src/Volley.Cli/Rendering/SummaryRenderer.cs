using System.Globalization;
using Volley.Cli.Terminal;
using Volley.Targets;
using Volley.Transports;

namespace Volley.Cli.Rendering;

/// <summary>
/// What ends a run on standard error. One with failures: how many, and every failed node by its cause, folded. Before
/// that, where there are failures or the terminal showed the run, a line with what it all adds up to. So a run without failures
/// that was not shown prints nothing.
/// </summary>
/// <param name="writer">Where to.</param>
/// <param name="style">Its colours.</param>
/// <param name="plan">The run.</param>
/// <param name="clock">When it began.</param>
/// <param name="alwaysShowsTotals">Whether that line comes without failures, too.</param>
/// <param name="isZeroOfMainRank">Whether the run exits with 0 because its main rank does, whatever the others did.</param>
/// <param name="hostKeys">Counts the host keys that were recorded.</param>
internal sealed class SummaryRenderer(
    TerminalWriter writer, Style style, RunPlan plan, RunClock clock, bool alwaysShowsTotals, bool isZeroOfMainRank, HostKeyNotices hostKeys) : IRenderer
{
    public void Render(NodeEvent nodeEvent)
    {
    }

    public void Complete(RunSummary summary)
    {
        // What a single node adds up to is said already.
        if (alwaysShowsTotals || (summary.FailedCount > 0 && plan.Targets.Length > 1))
            writer.PrintPaintedErr($"volley: {Totals(summary)}");
        if (summary.FailedCount == 0)
            return;
        writer.PrintErr($"volley: {summary.FailedCount} of {summary.Results.Count} failed");
        foreach (var (cause, targets) in summary.Failures())
            writer.PrintPaintedErr($"{style.Bad(Safe(cause))}: {style.Label(Safe(HostList.Fold(targets.Select(t => t.Label))))}");
        if (isZeroOfMainRank)
            writer.PrintErr($"volley: exit code 0 is that of {plan.Targets[plan.MainRank].Label}, the main rank; --any-failure counts every host");
    }

    private string Safe(string text) => SafeText.Escape(text, keepsBytes: !writer.StderrIsTerminal);

    private string Totals(RunSummary summary)
    {
        var totals = RunTotals.Of(plan, summary);
        var counts = new[] { style.Good(Count(totals.Targets - totals.Failed, "succeeded")), style.Bad(Count(totals.Failed, "failed")) };
        var text = $"{Words.Count(totals.Targets, "host")} in {Words.Seconds(clock.Took)}: {string.Join(", ", counts.Where(count => count.Length > 0))}";
        if (totals is { Median: { } median, Slowest: { } slowest })
            text += $"; median {Words.Seconds(median)}, slowest {Safe(slowest.Label)} {Words.Seconds(summary.Results[slowest.Index]!.Elapsed)}";
        var bytes = totals.StdoutBytes + totals.StderrBytes;
        if (bytes > 0)
            text += $"; {Words.Bytes(bytes)}";
        return hostKeys.Recorded switch
        {
            0 => text,
            1 => $"{text}; 1 host key recorded",
            var count => string.Create(CultureInfo.InvariantCulture, $"{text}; {count} host keys recorded"),
        };
    }

    private static string Count(int count, string what) => count == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"{count} {what}");
}
