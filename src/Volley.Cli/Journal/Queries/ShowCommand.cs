using System.Globalization;
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
        var results = RunResults.Read(reader);
        if (request.Output is not { } output)
        {
            writer.PrintOut(string.Join('\n', Describe(run, results)));
            return 0;
        }

        foreach (var line in GetMissing(results))
            writer.PrintErr($"volley: run {run.Number.ToString(CultureInfo.InvariantCulture)}: {line}");
        return await new Replay(ReplaySettings.Create(results, output, environment, line => writer.PrintErr(line)), results, reader, writer).RunAsync();
    }

    private IEnumerable<string> Describe(JournalSummary run, RunResults results)
    {
        var entry = results.Entry;
        yield return string.Create(CultureInfo.InvariantCulture, $"run {run.Number} ({run.Id}), started {JournalText.Time(run.StartedAt)}");
        yield return $"command:   {entry.Title.ReplaceLineEndings("\n           ")}";
        yield return $"hosts:     {JournalText.Hosts(entry.Targets)}";
        if (entry.Options.Length > 0)
            yield return $"options:   {string.Join(' ', entry.Options)}";
        if (entry.Omitted.Length > 0)
            yield return $"omitted:   {string.Join(", ", entry.Omitted)}";
        yield return $"directory: {entry.WorkingDirectory}";
        if (entry.Repeats is { } earlier)
            yield return $"repeats:   {Name(earlier)}";
        var elapsed = run.Elapsed is { } time ? $" after {NumberText.Seconds(time)}" : "";
        yield return $"result:    {JournalText.Result(run, JournalText.Outcome(run, results.IsRunning))}{elapsed}";
        var groups = entry.Targets.GroupBy(target => results.Results[target.Index].Cause)
            .OrderBy(group => results.Results[group.First().Index].Outcome).ThenBy(group => results.Results[group.First().Index].Code);
        foreach (var group in groups)
            yield return $"  {group.Key}: {JournalText.Hosts([.. group])}";
        foreach (var line in GetMissing(results))
            yield return $"missing:   {line}";
    }

    private static IEnumerable<string> GetMissing(RunResults results)
    {
        if (results.Entry.Level == JournalLevel.None)
            yield return "all output (--journal none)";
        if (results.End is not null)
            yield break;
        var unfinished = results.Unfinished.ToList();
        var reason = results.IsRunning ? "the run has not ended" : "volley was killed before the run ended";
        yield return unfinished.Count == 0 ? $"the summary: {reason}"
            : $"the summary and the results of {JournalText.Hosts(unfinished)}, "
                + $"and the end of their output (up to 64 KiB for each stream and host): {reason}";
        if (!results.NotStarted.Any() || results.IsRunning)
            yield break;
        var number = results.Entry.Number.ToString(CultureInfo.InvariantCulture);
        yield return $"hosts that were never started: {JournalText.Hosts([.. results.NotStarted])}; to run them: volley resume {number}";
    }

    private string Name(RunId id) =>
        request.Journal.List().FirstOrDefault(run => run.Id == id) is { } run
            ? string.Create(CultureInfo.InvariantCulture, $"run {run.Number} ({id})")
            : id.ToString();
}
