using System.Globalization;
using Volley.Cli.Output;
using Volley.Interop;
using Volley.Interop.Text;
using Volley.Rollout;

namespace Volley.Cli.Journal;

/// <summary>Texts about runs that several verbs print.</summary>
internal static class JournalText
{
    private const string Failed = "failed";

    /// <summary>Returns a time of the local calendar: <c>2026-11-30 08:15:00</c>.</summary>
    public static string Time(DateTimeOffset time) => time.ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);

    /// <summary>The working directory; empty if it was removed.</summary>
    public static string WorkingDirectory
    {
        get
        {
            try
            {
                return SystemFile.FullPath(".");
            }
            catch (Exception removed) when (SystemMessage.IsFileFailure(removed))
            {
                return "";
            }
        }
    }

    /// <summary>
    /// Returns the outcome of a run: <c>running</c>, <c>killed</c>, <c>ok</c>, <c>failed</c>, or <c>unknown</c> if its journal does not tell.
    /// </summary>
    public static string Outcome(JournalSummary run) => run.State switch
    {
        JournalState.Running => "running",
        JournalState.Killed => "killed",
        JournalState.Ended => run.ExitCode == 0 && run.Succeeded == run.Targets ? "ok" : Failed,
        _ => "unknown",
    };

    /// <summary>Returns what a run did at its hosts, for a sentence.</summary>
    public static string Activity(JournalEntry run) => run.Job switch
    {
        "push" or "pull" or "sync" => "the copy",
        "ping" => "the login",
        "reboot" => "the reboot",
        _ => "the command",
    };

    /// <summary>Returns the outcome of a run, with numbers if it failed: <c>exit 1, 2 failed</c>.</summary>
    /// <param name="run">The run.</param>
    /// <param name="outcome">Its outcome.</param>
    public static string Result(JournalSummary run, string outcome) =>
        outcome == Failed ? string.Create(CultureInfo.InvariantCulture, $"exit {run.ExitCode}, {run.Targets - run.Succeeded} failed") : outcome;

    /// <summary>Returns a text of at most a number of characters, on one line.</summary>
    public static string Shorten(string text, int length)
    {
        var line = text.ReplaceLineEndings(" ");
        return line.Length <= length ? line : line[..(length - 3)] + "...";
    }

    /// <summary>Returns hosts with their number: <c>web[1-3] (3)</c>.</summary>
    public static string Hosts(IReadOnlyCollection<Target> targets) =>
        string.Create(CultureInfo.InvariantCulture, $"{HostList.Fold(targets.Select(target => target.Label))} ({targets.Count})");

    /// <summary>Returns a line about output that a journal does not have.</summary>
    /// <param name="bytes">The number of bytes.</param>
    /// <param name="hash">The hash of the whole output, which tells different ones apart; null if it is not known.</param>
    public static string Omitted(long bytes, string? hash) =>
        $"[volley: {NumberText.Count(bytes, "byte")} of output are not in the journal{(hash is null ? "" : $"; hash of the whole: {hash}")}]";
}
