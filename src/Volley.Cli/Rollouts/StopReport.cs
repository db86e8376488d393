using System.Globalization;
using Volley.Cli.Terminal;

namespace Volley.Cli.Rollouts;

/// <summary>Prints what a rollout that was stopped has done, and how to continue it.</summary>
/// <param name="rollout">The rollout.</param>
/// <param name="plan">The plan with the targets that ran.</param>
/// <param name="writer">The destination.</param>
internal sealed class StopReport(RolloutSettings rollout, RunPlan plan, TerminalWriter writer)
{
    /// <summary>Prints the report.</summary>
    /// <param name="summary">The results.</param>
    /// <param name="run">The number of the run in the journal; null without a journal.</param>
    public void Print(RunSummary summary, int? run)
    {
        var results = plan.Targets.ToLookup(target => summary.Results[target.Index] switch
        {
            { Succeeded: true } => Standing.Done,
            null or { Outcome: NodeOutcome.NotStarted } => Standing.Untouched,
            _ => Standing.Failed,
        });
        Print("done", results[Standing.Done]);
        Print("failed", results[Standing.Failed]);
        Print("untouched", results[Standing.Untouched]);
        var (untouched, failed) = (results[Standing.Untouched].ToList(), results[Standing.Failed].ToList());
        if (untouched.Count > 0)
            Continue("the untouched hosts", run is null ? rollout.Continuation.For(untouched) : $"volley resume {run}");
        if (failed.Count > 0)
        {
            var all = untouched.Concat(failed).OrderBy(target => target.Index);
            Continue(untouched.Count > 0 ? "these and the failed hosts" : "the failed hosts", run is null ? rollout.Continuation.For(all) : $"volley retry {run}");
        }
    }

    private void Continue(string what, string command) => writer.PrintErr($"volley: to continue on {what}: {SafeText.Escape(command)}");

    private void Print(string what, IEnumerable<Target> targets)
    {
        if (targets.Select(target => target.Label).ToList() is { Count: > 0 } labels)
            writer.PrintErr(SafeText.Escape(string.Create(CultureInfo.InvariantCulture, $"volley: {what} ({labels.Count}): {HostList.Fold(labels)}")));
    }

    private enum Standing
    {
        Done,
        Failed,
        Untouched,
    }
}
