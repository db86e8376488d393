using System.Globalization;
using System.Text.Json;
using Volley.Cli.Options;
using Volley.Cli.Options.Parsing;
using Volley.Cli.Output;
using Volley.Cli.Output.Json;
using Volley.Cli.Terminal;
using Volley.Interop.Text;

namespace Volley.Cli.Queries;

/// <summary>The command <c>volley config</c>: prints the values in force, and where each comes from.</summary>
/// <param name="request">The request.</param>
/// <param name="writer">The destination.</param>
internal sealed class ConfigCommand(ConfigRequest request, TerminalWriter writer)
{
    private const string BuiltIn = "built in";
    private const string SshConfig = "ssh_config";

    /// <exception cref="UsageException">--secret names no variable.</exception>
    public int Run()
    {
        var mask = request.Options.Journal.CreateMask(request.Options.Job.Environment.Values);
        var rows = request.Options.All.Select(GetRow).OfType<ConfigRow>().Concat(GetOtherRows())
            .Select(row => mask is null ? row : row with { Values = [.. row.Values.Select(mask.Hide)] }).ToList();
        if (request.IsJson)
            JsonDocumentWriter.Print(writer, json => Write(json, rows));
        else
            writer.PrintOut(TextTable.Format([["OPTION", "VALUE", "ORIGIN"], .. rows.Select(row => new[] { row.Name, row.Text, row.OriginText })]));
        writer.Flush();
        return 0;
    }

    /// <summary>Returns the row of an option; null if it has no value.</summary>
    private static ConfigRow? GetRow(Option option)
    {
        var name = option.LongName?[2..] ?? option.Name[1..];
        if (option is Flag)
        {
            if (option.Key is null)
                return null;
            var value = option.Count > 1 ? option.Count.ToString(CultureInfo.InvariantCulture) : option.IsGiven ? "true" : "false";
            return new(name, [value], option.Origin, BuiltIn);
        }

        if (option.IsGiven || option.Origin is not null)
            return new(name, [.. option.Texts], option.Origin, BuiltIn);
        if (option.IsInSshConfig)
            return new(name, option.Default is { } standard ? [standard] : [], null, option.Default is null ? SshConfig : $"{SshConfig}, else {BuiltIn}");
        return option.Default is { } text ? new(name, [text], null, BuiltIn) : null;
    }

    private IEnumerable<ConfigRow> GetOtherRows()
    {
        var configuration = request.Configuration;
        (string Name, IReadOnlyList<string>? Values)[] others =
        [
            ("inventories", [.. configuration.Inventories.Select(inventory => inventory.Path)]),
            ("groups.default_source", configuration.DefaultSource is { } source ? [source] : null),
            ("groups.order", configuration.SourceOrder),
            ("groups.disabled", configuration.DisabledSources),
            ("confirm_above", configuration.ConfirmAbove is { } number ? [number.ToString(CultureInfo.InvariantCulture)] : null),
        ];
        foreach (var (name, values) in others)
        {
            if (values is { Count: > 0 } && configuration.Places.TryGetValue(name, out var place))
                yield return new(name, values, Options.Configured.OptionLayers.GetFileOrigin(place), BuiltIn);
        }
    }

    private void Write(Utf8JsonWriter json, List<ConfigRow> rows)
    {
        json.WriteStartObject();
        json.WriteNumber("version"u8, SummaryReport.Version);
        json.WriteStartArray("files"u8);
        foreach (var file in request.Configuration.Files)
            json.WriteStringValue(SystemText.ToValid(file));
        json.WriteEndArray();
        json.WriteStartArray("options"u8);
        foreach (var row in rows)
            row.Write(json);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>A value in force.</summary>
    /// <param name="Name">The key of the option.</param>
    /// <param name="Values">The values; none for an option that is set back to its default.</param>
    /// <param name="Origin">Where it was set; null if it was not.</param>
    /// <param name="Otherwise">Where the value comes from if it was not set.</param>
    private sealed record ConfigRow(string Name, IReadOnlyList<string> Values, OptionOrigin? Origin, string Otherwise)
    {
        public string Text => Values.Count == 0 ? "-" : string.Join(' ', Values);

        public string OriginText => Origin?.ToString() ?? Otherwise;

        public void Write(Utf8JsonWriter json)
        {
            json.WriteStartObject();
            json.WriteString("option"u8, Name);
            json.WriteStartArray("values"u8);
            foreach (var value in Values)
                json.WriteStringValue(SystemText.ToValid(value));
            json.WriteEndArray();
            json.WriteString("origin"u8, Origin is null ? Otherwise : Origin.Layer switch
            {
                OptionLayer.CommandLine => "command line",
                OptionLayer.Environment => "environment",
                OptionLayer.Profile => "profile",
                OptionLayer.Cluster => "cluster",
                OptionLayer.UserFile => "user",
                _ => "system",
            });
            if (Origin is { Layer: OptionLayer.Environment })
                json.WriteString("variable"u8, Origin.Place.Path);
            if (Origin?.Section is { } section)
                json.WriteString("section"u8, SystemText.ToValid(section));
            if (Origin is { Layer: > OptionLayer.Environment, Place: var place })
            {
                json.WriteString("file"u8, SystemText.ToValid(place.Path));
                json.WriteNumber("line"u8, place.Line);
            }

            json.WriteEndObject();
        }
    }
}
