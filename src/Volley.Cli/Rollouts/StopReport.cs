using System.Globalization;
using Volley.Cli.Options;
using Volley.Cli.Terminal;

namespace Volley.Cli.Rollouts;

/// <summary>Prints what a rollout that was stopped has done, and how to continue it.</summary>
/// <param name="rollout">The rollout.</param>
/// <param name="plan">The plan with all targets, also those that a repetition does not run again.</param>
/// <param name="writer">The destination.</param>
internal sealed class StopReport(RolloutSettings rollout, RunPlan plan, TerminalWriter writer)
{
    private const string Resume = CommandLine.Resume;
    private const string Retry = CommandLine.Retry;

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
            { MayStillRun: true } => Standing.MayStillRun,
            _ => Standing.Failed,
        });
        Print("done", results[Standing.Done]);
        Print("not checked", results[Standing.NotChecked]);
        Print("failed", results[Standing.Failed]);
        Print("may still run", results[Standing.MayStillRun]);
        Print("untouched", results[Standing.Untouched]);
        var journal = rollout.Continuation.HasSecretCommand ? null : run;
        if (journal is null && results[Standing.NotChecked].Any())
            PrintChecks(results[Standing.NotChecked]);
        PrintContinuations(results, journal);
    }

    private void PrintContinuations(ILookup<Standing, Target> results, int? run)
    {
        Standing[] waiting = run is null ? [Standing.Untouched] : [Standing.NotChecked, Standing.Untouched];
        List<Target> first = [.. waiting.SelectMany(standing => results[standing])];
        List<Target> failed = [.. results[Standing.Failed]];
        List<Target> running = [.. results[Standing.MayStillRun]];
        // The others must not run before the canary has succeeded, so that they are repeated with it.
        var isHeld = running.Exists(IsCanary);
        if (first.Count > 0 && !isHeld && !failed.Exists(IsCanary))
        {
            var hasUnchecked = run is not null && results[Standing.NotChecked].Any();
            Continue(Name(hasUnchecked, results[Standing.Untouched].Any()), Resume, run, first);
        }

        string[] parts = [.. first.Count > 0 ? ["these"] : (string[])[], .. failed.Count > 0 ? ["the failed hosts"] : (string[])[]];
        if (failed.Count > 0 && !isHeld)
            Continue(string.Join(" and ", parts), Retry, run, [.. first, .. failed]);
        if (running.Count > 0)
        {
            var names = $"{string.Join(", ", parts)}{(parts.Length > 0 ? " and " : "")}{Fold(running)}";
            Continue($"{names}, where it may still run", Retry, run, [.. first, .. failed, .. running], includesRunning: true);
        }
    }

    private bool IsCanary(Target target) => rollout.Plan.Canary.Any(canary => canary.Index == target.Index);

    private static string Name(bool hasUnchecked, bool hasUntouched) => (hasUnchecked, hasUntouched) switch
    {
        (true, true) => "the untouched hosts, after a check of those that were not checked",
        (true, false) => "the hosts that were not checked, with the check alone",
        _ => "the untouched hosts",
    };

    private void PrintChecks(IEnumerable<Target> targets)
    {
        var check = ShellText.Quote(rollout.Plan.Check?.Command.Title ?? "");
        var names = SafeText.Escape(Fold(targets));
        writer.PrintErr($"volley: check {names} yourself, because no later run does it: --check {check}".Split('\n'));
    }

    private void Continue(string what, string verb, int? run, IEnumerable<Target> chosen, bool includesRunning = false)
    {
        var steps = new List<string>();
        List<Target> targets = [.. chosen.OrderBy(target => target.Index)];
        var command = run is { } number ? rollout.Continuation.ForJournal(verb, number, includesRunning, steps) : rollout.Continuation.For(targets, steps);
        what = SafeText.Escape(what);
        if (command is null)
        {
            writer.PrintErr($"volley: to continue on {what}, name {SafeText.Escape(Fold(targets))} anew: {rollout.Continuation.Obstacle}");
            return;
        }

        if (steps.Count > 0)
            writer.PrintErr(SafeText.Escape($"volley: with the next command: {string.Join("; ", steps)}"));
        writer.PrintErr($"volley: to continue on {what}: {command}".Split('\n'));
    }

    private void Print(string what, IEnumerable<Target> targets)
    {
        if (targets.ToList() is { Count: > 0 } all)
            writer.PrintErr(SafeText.Escape(string.Create(CultureInfo.InvariantCulture, $"volley: {what} ({all.Count}): {Fold(all)}")));
    }

    private static string Fold(IEnumerable<Target> targets) => HostList.Fold(targets.Select(target => target.Label));

    private enum Standing
    {
        Done,
        NotChecked,
        Failed,
        MayStillRun,
        Untouched,
    }
}
