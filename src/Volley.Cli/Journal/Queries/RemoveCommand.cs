using Volley.Cli.Terminal;
using Volley.Rollout;

namespace Volley.Cli.Journal.Queries;

/// <summary>The command <c>volley rm</c>: removes runs from the journal.</summary>
/// <param name="request">The request.</param>
/// <param name="writer">The destination.</param>
internal sealed class RemoveCommand(RemoveRequest request, TerminalWriter writer)
{
    /// <summary>Returns 0, or 1 if a run can't be removed.</summary>
    /// <exception cref="UsageException">There is no such run. None is removed.</exception>
    public int Run()
    {
        JournalSummary[] runs = [.. request.Runs.Select(run => RunLookup.Find(request.Journal, run)).DistinctBy(run => run.Id)];
        var hasFailed = false;
        foreach (var run in runs)
        {
            try
            {
                request.Journal.Remove(run);
            }
            catch (JournalException failure)
            {
                writer.PrintErr($"volley: {failure.Message}");
                hasFailed = true;
            }
        }

        return hasFailed ? ExitCodes.Failure : 0;
    }
}
