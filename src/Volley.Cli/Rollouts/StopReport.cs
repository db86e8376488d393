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
            { Outcome: NodeOutcome.NotChecked } => Standing.NotChecked,
            null or { Outcome: NodeOutcome.NotStarted } => Standing.Untouched,
            _ => Standing.Failed,
        });
        Print("done", results[Standing.Done]);
        Print("not checked", results[Standing.NotChecked]);
        Print("failed", results[Standing.Failed]);
        Print("untouched", results[Standing.Untouched]);
        // The others must not run before the canary has succeeded, so that they are repeated with it.
        var canaryFailed = results[Standing.Failed].Any(target => rollout.Plan.Canary.Any(canary => canary.Index == target.Index));
        Standing[] waiting = run is null ? [Standing.Untouched] : [Standing.NotChecked, Standing.Untouched];
        var first = waiting.SelectMany(standing => results[standing]).OrderBy(target => target.Index).ToList();
        var failed = results[Standing.Failed].ToList();
        if (run is null && results[Standing.NotChecked].Any())
            PrintChecks(results[Standing.NotChecked]);
        if (first.Count > 0 && !canaryFailed)
        {
            var hasUnchecked = run is not null && results[Standing.NotChecked].Any();
            Continue(Name(hasUnchecked, results[Standing.Untouched].Any()), GetCommand("resume"), first);
        }

        if (failed.Count > 0)
        {
            var all = first.Concat(failed).OrderBy(target => target.Index).ToList();
            Continue(first.Count > 0 ? "these and the failed hosts" : "the failed hosts", GetCommand("retry"), all);
        }

        string? GetCommand(string verb) => run is null ? null : string.Create(CultureInfo.InvariantCulture, $"volley {verb} {run}");
    }

    private static string Name(bool hasUnchecked, bool hasUntouched) => (hasUnchecked, hasUntouched) switch
    {
        (true, true) => "the untouched hosts, after a check of those that were not checked",
        (true, false) => "the hosts that were not checked, with the check alone",
        _ => "the untouched hosts",
    };

    private void PrintChecks(IEnumerable<Target> targets)
    {
        var names = HostList.Fold(targets.Select(target => target.Label));
        writer.PrintErr(SafeText.Escape(
            $"volley: check {names} yourself, because without a journal no run does it later: {rollout.Plan.Check?.Command.Title}"));
    }

    private void Continue(string what, string? command, IReadOnlyList<Target> targets)
    {
        var steps = new List<string>();
        command ??= rollout.Continuation.For(targets, steps);
        if (command is null)
        {
            var names = HostList.Fold(targets.Select(target => target.Label));
            writer.PrintErr(SafeText.Escape($"volley: to continue on {what}, name {names} anew: {rollout.Continuation.Obstacle}"));
            return;
        }

        if (steps.Count > 0)
            writer.PrintErr(SafeText.Escape($"volley: with the next command: {string.Join("; ", steps)}"));
        writer.PrintErr($"volley: to continue on {what}: {command}".Split('\n'));
    }

    private void Print(string what, IEnumerable<Target> targets)
    {
        if (targets.Select(target => target.Label).ToList() is { Count: > 0 } labels)
            writer.PrintErr(SafeText.Escape(string.Create(CultureInfo.InvariantCulture, $"volley: {what} ({labels.Count}): {HostList.Fold(labels)}")));
    }

    private enum Standing
    {
        Done,
        NotChecked,
        Failed,
        Untouched,
    }
}
