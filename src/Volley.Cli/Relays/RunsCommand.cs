using System.Globalization;
using System.Text.Json;
using Volley.Cli.Journal;
using Volley.Cli.Output.Json;
using Volley.Cli.Terminal;
using Volley.Relay;

namespace Volley.Cli.Relays;

/// <summary>The command <c>volley runs</c>: lists the runs that a server stores, a row for each.</summary>
/// <param name="request">The request.</param>
/// <param name="writer">The destination.</param>
internal sealed class RunsCommand(RunsRequest request, TerminalWriter writer)
{
    private static readonly string[] Titles = ["RUN", "BY", "STARTED", "DONE", "CONTROLLER", "COMMAND"];

    private const int MaxTitle = 80;

    /// <exception cref="RelayException">The server can't be used.</exception>
    public Task<int> RunAsync() => request.Query.PrintAsync(
        writer, server => RelayRuns.ListAsync(server), [Titles], GetRow, "runs", Write, "volley: relays carry out no run");

    private static string[] GetRow(RelayRunInfo run) =>
    [
        run.Id,
        SafeText.Escape(run.Controller),
        JournalText.Time(run.Started),
        string.Create(CultureInfo.InvariantCulture, $"{run.Ended}/{run.Size}"),
        run.HasController ? "live" : "gone",
        SafeText.Escape(JournalText.Shorten(run.Title, MaxTitle)),
    ];

    private static void Write(Utf8JsonWriter json, RelayRunInfo run)
    {
        json.WriteString("id"u8, run.Id);
        json.WriteString("by"u8, run.Controller);
        json.WriteTime("started_at"u8, run.Started);
        json.WriteString("command"u8, run.Title);
        json.WriteNumber("targets"u8, run.Size);
        json.WriteNumber("ended"u8, run.Ended);
        json.WriteString("controller"u8, run.HasController ? "live" : "gone");
        json.WriteTime("seen_at"u8, run.Seen);
    }
}
