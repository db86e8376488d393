using System.Collections.Immutable;

namespace Volley.Cli.Output.Summary;

/// <summary>The totals of a run.</summary>
/// <param name="Targets">The number of targets with a result.</param>
/// <param name="Failed">The number of targets that did not succeed, whatever the cause.</param>
/// <param name="Outcomes">The number of targets per outcome, in the order of <see cref="NodeOutcome"/>, without zeros.</param>
/// <param name="Median">The median duration of the targets that started; null if none did.</param>
/// <param name="Slowest">The target with the longest duration; null if none started.</param>
/// <param name="Retries">The number of retries of commands, over all targets.</param>
/// <param name="StdoutBytes">The number of bytes on standard output, over all targets.</param>
/// <param name="StderrBytes">The number of bytes on standard error, over all targets.</param>
/// <param name="TransferredFiles">The number of files that were transferred, over all targets.</param>
/// <param name="TransferredBytes">The number of bytes of content that were transferred, over all targets.</param>
/// <param name="DeletedFiles">The number of files and directories that were deleted, over all targets.</param>
internal sealed record RunTotals(
    int Targets,
    int Failed,
    ImmutableArray<(NodeOutcome Outcome, int Count)> Outcomes,
    TimeSpan? Median,
    Target? Slowest,
    long Retries,
    long StdoutBytes,
    long StderrBytes,
    long TransferredFiles,
    long TransferredBytes,
    long DeletedFiles)
{
    public static RunTotals From(RunPlan plan, RunSummary summary)
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
            results.Sum(r => (long)r.Result.Retries),
            results.Sum(r => r.Result.StdoutBytes),
            results.Sum(r => r.Result.StderrBytes),
            results.Sum(r => r.Result.TransferredFiles),
            results.Sum(r => r.Result.TransferredBytes),
            results.Sum(r => r.Result.DeletedFiles));
    }
}
