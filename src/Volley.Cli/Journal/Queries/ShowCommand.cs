using System.Globalization;
using Volley.Cli.Options;
using Volley.Cli.Output;
using Volley.Cli.Terminal;
using Volley.Rollout;

namespace Volley.Cli.Journal.Queries;

/// <summary>The command <c>volley show</c>: describes a run, or shows its output again.</summary>
/// <param name="request">The request.</param>
/// <param name="environment">The environment and the terminal.</param>
/// <param name="writer">The destination.</param>
internal sealed class ShowCommand(ShowRequest request, ProgramEnvironment environment, TerminalWriter writer)
{
    /// <exception cref="UsageException">There is no such run, or it can't be shown in this way.</exception>
    /// <exception cref="JournalException">The journal of the run can't be read.</exception>
    public async Task<int> RunAsync()
    {
        var run = RunLookup.Find(request.Journal, request.Run);
        var reader = request.Journal.Read(run);
        RunResults results;
        try
        {
            results = RunResults.Read(reader);
        }
        catch (JournalException damaged) when (request.Output is null)
        {
            writer.PrintOut(string.Join('\n', [.. Describe(run, reader), $"missing:   the results: {damaged.Message}"]));
            return ExitCodes.Failure;
        }

        if (request.Output is not { } output)
        {
            writer.PrintOut(string.Join('\n', [.. Describe(run, reader), .. Describe(results)]));
            return 0;
        }

        if (results.IsRunning && request.WritesReports)
            throw new UsageException($"run {Number(results.Entry)} is still running; its reports can be written after its end");
        foreach (var line in GetMissing(results))
            writer.PrintErr($"volley: run {Number(results.Entry)}: {line}");
        var settings = ReplaySettings.Create(results, output, environment, line => writer.PrintErr(line));
        return await new Replay(settings, results, reader, writer).RunAsync();
    }

    private IEnumerable<string> Describe(JournalSummary run, JournalReader reader)
    {
        var entry = reader.Entry;
        var script = reader.ScriptPath;
        yield return string.Create(CultureInfo.InvariantCulture, $"run {run.Number} ({run.Id}), started {JournalText.Time(run.StartedAt)}");
        yield return $"command:   {entry.Title.ReplaceLineEndings("\n           ")}";
        if (script is not null)
            yield return $"script:    {script}, a copy";
        yield return $"hosts:     {JournalText.Hosts(entry.Targets)}";
        if (entry.Options.Length > 0)
            yield return $"options:   {string.Join(' ', entry.Options).ReplaceLineEndings("\n           ")}";
        if (entry.Omitted.Where(name => script is null || name != new JobOptions().Script.Name).ToList() is { Count: > 0 } omitted)
            yield return $"omitted:   {string.Join(", ", omitted)}";
        if (entry.WorkingDirectory.Length > 0)
            yield return $"directory: {entry.WorkingDirectory}";
        if (entry.Repeats is { } earlier)
            yield return $"repeats:   {Name(earlier)}";
        var elapsed = run.Elapsed is { } time ? $" after {NumberText.Seconds(time)}" : "";
        yield return $"result:    {JournalText.Result(run, JournalText.Outcome(run))}{elapsed}";
    }

    private static IEnumerable<string> Describe(RunResults results)
    {
        var targets = results.Entry.Targets;
        var groups = targets.GroupBy(results.GetCause)
            .OrderBy(group => results.Results[group.First().Index].Outcome).ThenBy(group => results.Results[group.First().Index].Code);
        foreach (var group in groups)
            yield return $"  {group.Key}: {JournalText.Hosts([.. group])}";
        var running = targets.Where(target => results.Results[target.Index].MayStillRun).ToList();
        if (running.Count > 0 && results.State is JournalState.Ended or JournalState.Killed)
            yield return $"running:   {JournalText.Activity(results.Entry)} may still run on {JournalText.Hosts(running)}";
        foreach (var line in GetMissing(results))
            yield return $"missing:   {line}";
    }

    private static IEnumerable<string> GetMissing(RunResults results)
    {
        if (results.Entry.Level == JournalLevel.None)
            yield return "all output (--journal none)";
        if (results.Gap is { } gap)
            yield return $"all output: the journal could not be written: {gap.Reason}";
        if (results.OmittedBytes > 0)
        {
            var bytes = NumberText.Count(results.OmittedBytes, "byte");
            yield return $"{bytes} of output between the first and last 64 KiB of a stream (--journal full keeps all)";
        }

        if (results.End is not null)
            yield break;
        var unfinished = results.Unfinished.ToList();
        var reason = results.State switch
        {
            JournalState.Running => "the run has not ended",
            JournalState.Incomplete => "the journal could not be written",
            _ => "volley was killed before the run ended",
        };
        yield return unfinished.Count == 0 ? $"the summary: {reason}"
            : $"the summary and the results of {JournalText.Hosts(unfinished)}, "
                + $"and the end of their output (up to 64 KiB for each stream and host): {reason}";
        if (results.State == JournalState.Killed && results.NotChecked.Any())
            yield return $"the check of {JournalText.Hosts([.. results.NotChecked])}; to check them: volley resume {Number(results.Entry)}";
        if (results.State != JournalState.Killed || !results.NotStarted.Any())
            yield break;
        var notStarted = JournalText.Hosts([.. results.NotStarted]);
        yield return $"hosts that were never started: {notStarted}; to run them: volley resume {Number(results.Entry)}";
    }

    private static string Number(JournalEntry entry) => entry.Number.ToString(CultureInfo.InvariantCulture);

    private string Name(RunId id) =>
        request.Journal.List().FirstOrDefault(run => run.Id == id) is { } run
            ? string.Create(CultureInfo.InvariantCulture, $"run {run.Number} ({id})")
            : id.ToString();
}
