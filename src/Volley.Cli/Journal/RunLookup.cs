using Volley.Rollout;

namespace Volley.Cli.Journal;

/// <summary>Finds runs in the journal of the user.</summary>
internal static class RunLookup
{
    /// <summary>The name of the last run.</summary>
    public const string Last = "last";

    /// <summary>Opens the journal of the user.</summary>
    /// <exception cref="UsageException">The environment does not say where it is.</exception>
    public static RunJournal Open(Func<string, string?> variable) => RunJournal.FindPath(variable) is { } path
        ? new RunJournal(path)
        : throw new UsageException("there is no journal: neither HOME nor XDG_STATE_HOME is set to an absolute path");

    /// <summary>Returns the run that a user names.</summary>
    /// <exception cref="UsageException">There is no such run.</exception>
    public static JournalSummary Find(RunJournal journal, string run)
    {
        try
        {
            return journal.Find(run);
        }
        catch (JournalException missing)
        {
            throw new UsageException(missing.Message);
        }
    }

    /// <summary>Whether a text has the form of a run: an id, a number or <c>last</c>.</summary>
    public static bool IsRun(string text) => text == Last || RunId.TryParse(text, out _) || (text.Length is > 0 and < 10 && text.All(char.IsAsciiDigit));
}
