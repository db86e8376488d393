using System.Globalization;
using System.Text.Json;
using Volley.Cli.Output;
using Volley.Cli.Output.Json;
using Volley.Cli.Terminal;
using Volley.Interop.Text;
using Volley.Inventory;
using Volley.Rollout;

namespace Volley.Cli.Journal.Queries;

/// <summary>The command <c>volley history</c>: lists runs, the last one at the end.</summary>
/// <param name="request">The request.</param>
/// <param name="writer">The destination.</param>
internal sealed class HistoryCommand(HistoryRequest request, TerminalWriter writer)
{
    private static readonly string[] Titles = ["RUN", "ID", "STARTED", "TIME", "HOSTS", "RESULT", "COMMAND"];

    private const int MaxHosts = 24;
    private const int MaxTitle = 80;

    public async Task<int> RunAsync()
    {
        var filter = request.Filter;
        var wanted = new List<JournalSummary>();
        foreach (var run in request.Journal.List().Where(filter.Matches))
        {
            if (await IsWantedHostAsync(run))
                wanted.Add(run);
        }

        var runs = wanted
            .Select(run => (Run: run, Outcome: JournalText.Outcome(run)))
            .Where(one => filter.Outcome is not { } outcome || one.Outcome == outcome);
        var listed = filter.Count is { } count ? runs.TakeLast(count).ToList() : runs.ToList();
        if (request.IsJson)
            JsonDocumentWriter.Print(writer, json => Write(json, listed));
        else if (listed.Count > 0)
            writer.PrintOut(TextTable.Format([Titles, .. listed.Select(one => GetRow(one.Run, one.Outcome))]));
        return 0;
    }

    private async ValueTask<bool> IsWantedHostAsync(JournalSummary run)
    {
        if (request.Filter.Host is not { } filter)
            return true;
        try
        {
            // A long list of hosts is cut.
            var targets = run.Hosts.EndsWith("...", StringComparison.Ordinal)
                ? request.Journal.Read(run).Entry.Targets
                : HostList.Parse(run.Hosts).ToTargets();
            return (await filter.SelectAsync([.. targets.Select(target => new KnownHost(target))], HostSources.None)).Count > 0;
        }
        catch (Exception unreadable) when (unreadable is HostListException or JournalException)
        {
            writer.PrintErr($"volley: warning: {unreadable.Message}");
            return false;
        }
    }

    private static string[] GetRow(JournalSummary run, string outcome) =>
    [
        run.Number.ToString(CultureInfo.InvariantCulture),
        run.Id.ToString(),
        JournalText.Time(run.StartedAt),
        run.Elapsed is { } elapsed ? NumberText.Seconds(elapsed) : "-",
        string.Create(CultureInfo.InvariantCulture, $"{run.Targets}: {JournalText.Shorten(run.Hosts, MaxHosts)}"),
        JournalText.Result(run, outcome),
        JournalText.Shorten(run.Title, MaxTitle),
    ];

    private static void Write(Utf8JsonWriter json, List<(JournalSummary Run, string Outcome)> runs)
    {
        json.WriteStartObject();
        json.WriteNumber("version"u8, SummaryReport.Version);
        json.WriteStartArray("runs"u8);
        foreach (var (run, outcome) in runs)
        {
            json.WriteStartObject();
            json.WriteNumber("run"u8, run.Number);
            json.WriteString("id"u8, run.Id.ToString());
            json.WriteTime("started_at"u8, run.StartedAt);
            json.WriteSeconds("elapsed"u8, run.Elapsed);
            json.WriteString("command"u8, SystemText.ToValid(run.Title));
            json.WriteNumber("targets"u8, run.Targets);
            json.WriteString("hosts"u8, SystemText.ToValid(run.Hosts));
            json.WriteString("outcome"u8, outcome);
            json.WriteNullable("exit_code"u8, run.ExitCode);
            json.WriteNumber("succeeded"u8, run.Succeeded);
            json.WriteNumber("bytes"u8, run.Bytes);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}
