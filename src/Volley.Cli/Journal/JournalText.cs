using System.Globalization;
using Volley.Cli.Output;
using Volley.Rollout;

namespace Volley.Cli.Journal;

/// <summary>Texts about runs that several verbs print.</summary>
internal static class JournalText
{
    /// <summary>Returns a time of the local calendar: <c>2026-11-30 08:15:00</c>.</summary>
    public static string Time(DateTimeOffset time) => time.ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);

    /// <summary>Returns the state or the result of a run: <c>running</c>, <c>killed</c>, <c>ok</c> or <c>exit 1, 2 failed</c>.</summary>
    /// <param name="run">The run.</param>
    /// <param name="isRunning">Whether its program still runs.</param>
    public static string Result(JournalSummary run, bool isRunning)
    {
        if (run.ExitCode is not { } code)
            return isRunning ? "running" : "killed";
        var failed = run.Targets - run.Succeeded;
        return failed == 0 && code == 0 ? "ok" : string.Create(CultureInfo.InvariantCulture, $"exit {code}, {failed} failed");
    }

    /// <summary>Returns hosts with their number: <c>web[1-3] (3)</c>.</summary>
    public static string Hosts(IReadOnlyCollection<Target> targets) =>
        string.Create(CultureInfo.InvariantCulture, $"{HostList.Fold(targets.Select(target => target.Label))} ({targets.Count})");

    /// <summary>Returns a line about output that a journal does not have.</summary>
    public static string Omitted(long bytes) => $"[volley: {NumberText.Count(bytes, "byte")} of output are not in the journal]";
}
