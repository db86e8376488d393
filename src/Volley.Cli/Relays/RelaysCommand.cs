using System.Globalization;
using System.Text.Json;
using Volley.Cli.Journal;
using Volley.Cli.Output.Json;
using Volley.Cli.Terminal;
using Volley.Relay;

namespace Volley.Cli.Relays;

/// <summary>The command <c>volley relays</c>: lists the relays of a server, a row for each.</summary>
/// <param name="request">The request.</param>
/// <param name="writer">The destination.</param>
internal sealed class RelaysCommand(RelaysRequest request, TerminalWriter writer)
{
    private static readonly string[] Titles = ["NAME", "GROUP", "LABELS", "HOST", "VERSION", "RUNNING", "SEEN"];

    /// <exception cref="RelayException">The server can't be used.</exception>
    public Task<int> RunAsync() => request.Query.PrintAsync(
        writer, server => RelayDirectory.ListAsync(server), [Titles], GetRow, "relays", Write, "volley: no relay is running; start one with: volley relay");

    private static string[] GetRow(RelayInfo relay) =>
    [
        relay.Name,
        relay.Group,
        relay.Labels.Count == 0 ? "-" : string.Join(",", relay.Labels.Select(label => $"{label.Key}={label.Value}")),
        SafeText.Escape(relay.Host),
        SafeText.Escape(relay.Version) + (relay.IsCompatible ? "" : " (other protocol)"),
        string.Create(CultureInfo.InvariantCulture, $"{relay.Running}/{relay.Capacity}{(relay.IsDraining ? " draining" : "")}"),
        JournalText.Time(relay.Seen),
    ];

    private static void Write(Utf8JsonWriter json, RelayInfo relay)
    {
        json.WriteString("name"u8, relay.Name);
        json.WriteString("id"u8, relay.Id);
        json.WriteString("group"u8, relay.Group);
        json.WriteStartObject("labels"u8);
        foreach (var (key, value) in relay.Labels)
            json.WriteString(key, value);
        json.WriteEndObject();
        json.WriteString("host"u8, relay.Host);
        json.WriteString("program"u8, relay.Version);
        json.WriteBoolean("compatible"u8, relay.IsCompatible);
        json.WriteNumber("running"u8, relay.Running);
        json.WriteNumber("capacity"u8, relay.Capacity);
        json.WriteBoolean("draining"u8, relay.IsDraining);
        json.WriteTime("started_at"u8, relay.Started);
        json.WriteTime("seen_at"u8, relay.Seen);
    }
}
