using System.Globalization;
using Volley.Cli.Terminal;

namespace Volley.Cli.Output.Summary;

/// <summary>
/// Prints the summary of a run on standard error. After failures it prints their number, and the failed nodes by cause, folded. If
/// there are several targets, a line with totals precedes that; <paramref name="alwaysShowsTotals"/> prints it in any case. Otherwise a
/// successful run prints nothing.
/// </summary>
/// <param name="writer">The destination.</param>
/// <param name="style">The colors of standard error.</param>
/// <param name="plan">The plan of the run.</param>
/// <param name="running">The targets that ran, without those whose results are of an earlier run.</param>
/// <param name="clock">The clock of the run.</param>
/// <param name="alwaysShowsTotals">Whether to print the totals without failures, too.</param>
/// <param name="isZeroOfMainRank">Whether the exit code is 0 because of the main rank alone, whatever the other nodes returned.</param>
/// <param name="ssh">The options of the transport, which count the host keys that were recorded.</param>
internal sealed class SummaryRenderer(
    TerminalWriter writer, Style style, RunPlan plan, IReadOnlyList<Target> running, RunClock clock, bool alwaysShowsTotals, bool isZeroOfMainRank,
    SshOptions ssh)
    : IRenderer
{
    public void Render(NodeEvent nodeEvent)
    {
    }

    public void Complete(RunSummary summary)
    {
        // The totals of a single node repeat what its own message says.
        if (alwaysShowsTotals || (summary.FailedCount > 0 && plan.Targets.Length > 1))
            writer.PrintPaintedErr($"volley: {Totals(summary)}");
        if (summary.FailedCount == 0)
            return;
        writer.PrintErr($"volley: {summary.FailedCount} of {summary.Results.Count} failed");
        foreach (var group in summary.Failures())
            writer.PrintPaintedErr($"{style.Bad(Safe(group.Key))}: {style.Label(Safe(HostList.Fold(group.Select(t => t.Label))))}");
        if (isZeroOfMainRank)
            writer.PrintErr($"volley: exit code 0 is that of {plan.Targets[plan.MainRank].Label}, the main rank; --any-failure counts every host");
    }

    private string Safe(string text) => SafeText.Escape(text, keepsBytes: !writer.StderrIsTerminal);

    private string Totals(RunSummary summary)
    {
        var totals = RunTotals.From(plan, summary);
        var counts = new[] { style.Good(Count(totals.Targets - totals.Failed, "succeeded")), style.Bad(Count(totals.Failed, "failed")) };
        var text = $"{NumberText.Count(totals.Targets, "host")} in {NumberText.Seconds(clock.Duration)}: "
            + string.Join(", ", counts.Where(count => count.Length > 0));
        if (totals is { Median: { } median, Slowest: { } slowest })
            text += $"; median {NumberText.Seconds(median)}, slowest {Safe(slowest.Label)} {NumberText.Seconds(summary.Results[slowest.Index]!.Elapsed)}";
        if (totals.Retries > 0)
            text += string.Create(CultureInfo.InvariantCulture, $"; {totals.Retries} {(totals.Retries == 1 ? "retry" : "retries")}");
        // The output of a copy is its messages, or the content of the files that it has counted.
        var bytes = plan.Job is PushJob or PullJob ? 0 : totals.StdoutBytes + totals.StderrBytes;
        if (bytes > 0)
            text += $"; {NumberText.Bytes(bytes)}";
        if (TransferText.Format(totals.TransferredFiles, totals.TransferredBytes) is { Length: > 0 } transferred)
            text += $"; {transferred}";
        if (TransferText.Rate(running.Sum(target => summary.Results[target.Index]?.TransferredBytes ?? 0), clock.Duration) is { Length: > 0 } rate)
            text += $" ({rate})";
        if (totals.DeletedFiles > 0)
            text += string.Create(CultureInfo.InvariantCulture, $"; {totals.DeletedFiles} deleted");
        return ssh.RecordedHostKeys switch
        {
            0 => text,
            1 => $"{text}; 1 host key recorded",
            var count => string.Create(CultureInfo.InvariantCulture, $"{text}; {count} host keys recorded"),
        };
    }

    private static string Count(int count, string what) => count == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"{count} {what}");
}
