using System.Globalization;
using Volley.Cli.Journal;
using Volley.Rollout;

namespace Volley.Cli.Completion;

/// <summary>Completes runs of the journal.</summary>
internal static class RunSuggestions
{
    private const int Most = 20;
    private const int MaxDescription = 60;

    /// <summary>Returns the last runs, the newest first: <c>last</c>, then numbers.</summary>
    /// <param name="variable">Returns the value of an environment variable.</param>
    public static IEnumerable<Suggestion> Find(Func<string, string?> variable)
    {
        if (RunJournal.FindPath(variable) is not { } path)
            return [];
        try
        {
            var runs = new RunJournal(path).List().Reverse().Take(Most).ToList();
            return
            [
                .. runs.Take(1).Select(run => new Suggestion(RunLookup.Last, Describe(run))),
                .. runs.Select(run => new Suggestion(run.Number.ToString(CultureInfo.InvariantCulture), Describe(run))),
            ];
        }
        catch (JournalException)
        {
            // The verb itself will report it.
            return [];
        }
    }

    private static string Describe(JournalSummary run) => JournalText.Shorten($"{JournalText.Time(run.StartedAt)} {run.Title}", MaxDescription);
}
