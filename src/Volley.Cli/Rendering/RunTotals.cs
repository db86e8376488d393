using System.Collections.Immutable;
using Volley.Targets;

namespace Volley.Cli.Rendering;

/// <summary>What a run adds up to.</summary>
/// <param name="Targets">How many targets it had.</param>
/// <param name="Failed">How many of them did not succeed, for whatever cause.</param>
/// <param name="Outcomes">How many ended in each way, in the order of <see cref="NodeOutcome"/>; those that none ended in are left out.</param>
/// <param name="Median">The median of how long targets took, those that never started left out; null if there is none.</param>
/// <param name="Slowest">The target that took longest.</param>
/// <param name="StdoutBytes">What all sent on standard output.</param>
/// <param name="StderrBytes">What all sent on standard error.</param>
internal sealed record RunTotals(
    int Targets, int Failed, ImmutableArray<(NodeOutcome Outcome, int Count)> Outcomes, TimeSpan? Median, Target? Slowest, long StdoutBytes, long StderrBytes)
{
    public static RunTotals Of(RunPlan plan, RunSummary summary)
    {
        var results = plan.Targets
            .Where(target => summary.Results[target.Index] is not null)
            .Select(target => (Target: target, Result: summary.Results[target.Index]!))
            .ToList();
        var byTime = results.Where(r => r.Result.Outcome != NodeOutcome.NotStarted).OrderBy(r => r.Result.Elapsed).ToList();
        return new RunTotals(
            results.Count,
            summary.FailedCount,
            [.. results.CountBy(r => r.Result.Outcome).OrderBy(count => count.Key).Select(count => (count.Key, count.Value))],
            byTime.Count == 0 ? null : (byTime[(byTime.Count - 1) / 2].Result.Elapsed + byTime[byTime.Count / 2].Result.Elapsed) / 2,
            byTime.LastOrDefault().Target,
            results.Sum(r => r.Result.StdoutBytes),
            results.Sum(r => r.Result.StderrBytes));
    }
}
