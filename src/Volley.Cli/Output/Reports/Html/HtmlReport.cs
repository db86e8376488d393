using System.Globalization;
using System.Net;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;
using Volley.Cli.Terminal;

namespace Volley.Cli.Output.Reports.Html;

/// <summary>
/// Writes a page that needs no network: summary, map, timeline, equal results with their differences, and a table of all nodes. The page runs only
/// its own script, by the policy in its head, and the script shows text of hosts as text. Data is in JSON blocks, in which no markup can begin.
/// </summary>
internal sealed class HtmlReport : IReportWriter
{
    /// <summary>The largest length of a group's output in the page, in bytes.</summary>
    private const int MaxLength = 256 * 1024;

    private static readonly JsonWriterOptions Options = new()
    {
        // Escapes <, > and &, unlike the relaxed encoder: the data stands in an HTML element.
        Encoder = JavaScriptEncoder.Create(UnicodeRanges.All),
        SkipValidation = true,
    };

    private readonly string _style = Read("report.css");
    private readonly string _script = Read("report.js");

    public void Write(Stream destination, RunReport report)
    {
        using var buffered = new BufferedStream(destination, 1024 * 1024);
        WriteText(buffered, Head(report));
        WriteText(buffered, Summary(report));
        WriteText(buffered, Read("report.html"));
        WriteJson(buffered, "run", json => WriteRun(json, report));
        var groups = report.Collected?.Groups ?? [];
        for (var i = 0; i < groups.Length; i++)
            WriteJson(buffered, string.Create(CultureInfo.InvariantCulture, $"output-{i}"), json => WriteOutput(json, groups[i].Output));
        WriteText(buffered, $"<script>{_script}</script>\n</body>\n</html>\n");
        buffered.Flush();
    }

    private string Head(RunReport report) => $"""
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-{Hash(_style)}'; script-src 'sha256-{Hash(_script)}'; base-uri 'none'; form-action 'none'">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="referrer" content="no-referrer">
        <title>{Encode(report.Verdict)}: {Encode(report.Title)}</title>
        <style>{_style}</style>
        </head>
        <body>

        """;

    /// <summary>Returns the part that is readable without the script.</summary>
    private static string Summary(RunReport report)
    {
        var page = new StringBuilder();
        var kind = report.Totals.Failed == 0 ? "ok" : "failed";
        page.Append(CultureInfo.InvariantCulture, $"<header>\n<h1><code>{Encode(report.Title)}</code></h1>\n");
        page.Append(CultureInfo.InvariantCulture, $"<p class=\"verdict {kind}\">{Encode(report.Verdict)}</p>\n<dl>\n");
        Append(page, "started", report.Clock.StartedAt.ToString("yyyy-MM-dd HH:mm:ss zzz", CultureInfo.InvariantCulture));
        Append(page, "duration", NumberText.Seconds(report.Clock.Duration));
        Append(page, "exit code", report.ExitCode.ToString(CultureInfo.InvariantCulture));
        Append(page, "at once", report.Plan.MaxConcurrency.ToString(CultureInfo.InvariantCulture));
        if (report.Totals is { Median: { } median, Slowest: { } slowest })
        {
            Append(page, "median", NumberText.Seconds(median));
            Append(page, "slowest", $"{slowest.Label} {NumberText.Seconds(report.Summary.Results[slowest.Index]!.Elapsed)}");
        }

        if (report.Totals.StdoutBytes + report.Totals.StderrBytes is > 0 and var bytes)
            Append(page, "output", NumberText.Bytes(bytes));
        if (TransferText.Format(report.Totals.TransferredFiles, report.Totals.TransferredBytes) is { Length: > 0 } transferred)
            Append(page, "files", transferred);
        if (report.Totals.DeletedFiles > 0)
            Append(page, "deleted", report.Totals.DeletedFiles.ToString(CultureInfo.InvariantCulture));
        page.Append("</dl>\n");
        if (report.Collected?.Failure is { } failure)
            page.Append(CultureInfo.InvariantCulture, $"<p class=\"note\">{Encode(failure)}</p>\n");
        AppendFailures(page, report);
        return page.Append("</header>\n").ToString();
    }

    private static void AppendFailures(StringBuilder page, RunReport report)
    {
        var failures = report.Summary.Failures();
        if (failures.Count == 0)
            return;
        page.Append("<table class=\"causes\">\n<thead><tr><th>cause</th><th class=\"number\">hosts</th><th>names</th></tr></thead>\n<tbody>\n");
        foreach (var group in failures)
        {
            var kind = ResultKinds.Get(report.Summary.Results[group.First().Index]!).GetName();
            page.Append(CultureInfo.InvariantCulture, $"<tr><td><i class=\"dot {kind}\"></i>{Encode(group.Key)}</td><td class=\"number\">{group.Count()}</td>");
            page.Append(CultureInfo.InvariantCulture, $"<td class=\"names\">{Encode(HostList.Fold(group.Select(target => target.Label)))}</td></tr>\n");
        }

        page.Append("</tbody>\n</table>\n");
    }

    private static void Append(StringBuilder page, string name, string value) =>
        page.Append(CultureInfo.InvariantCulture, $"<div><dt>{name}</dt><dd>{Encode(value)}</dd></div>\n");

    /// <summary>Writes what the script shows, except the outputs, which it reads when they are opened.</summary>
    private static void WriteRun(Utf8JsonWriter json, RunReport report)
    {
        var groups = report.Collected?.Groups ?? [];
        var groupOf = new Dictionary<int, int>();
        for (var i = 0; i < groups.Length; i++)
        {
            foreach (var target in groups[i].Targets)
                groupOf[target.Index] = i;
        }

        json.WriteStartObject();
        json.WriteNumber("duration"u8, report.Clock.Duration.TotalSeconds);
        json.WriteStartArray("hosts"u8);
        foreach (var (target, result) in report.Nodes)
        {
            json.WriteStartObject();
            json.WriteString("name"u8, SafeText.Escape(target.Label));
            json.WriteString("kind"u8, ResultKinds.Get(result).GetName());
            json.WriteString("outcome"u8, JsonNames.Get(result.Outcome));
            json.WriteString("cause"u8, result.Succeeded ? "ok" : SafeText.Escape(result.Cause));
            json.WriteString("message"u8, result.Message is { } message ? SafeText.Escape(message) : null);
            var end = report.Collected?.GetEnd(target) ?? TimeSpan.Zero;
            json.WriteSeconds("start"u8, end > result.Elapsed ? end - result.Elapsed : TimeSpan.Zero);
            json.WriteSeconds("elapsed"u8, result.Elapsed);
            json.WriteNumber("bytes"u8, result.StdoutBytes + result.StderrBytes);
            if (groupOf.TryGetValue(target.Index, out var group))
                json.WriteNumber("group"u8, group);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("groups"u8);
        foreach (var group in groups)
        {
            json.WriteStartObject();
            json.WriteString("names"u8, SafeText.Escape(group.Names));
            json.WriteNumber("count"u8, group.Targets.Length);
            json.WriteString("kind"u8, ResultKinds.Get(group.Result).GetName());
            json.WriteString("cause"u8, group.Result.Succeeded ? "ok" : SafeText.Escape(group.Result.Cause));
            json.WriteBoolean("empty"u8, group.Output.IsEmpty);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteOutput(Utf8JsonWriter json, ReportOutput output)
    {
        json.WriteStartArray();
        foreach (var (stream, text) in output.GetParts(MaxLength))
        {
            json.WriteStartArray();
            json.WriteStringValue(JsonNames.Get(stream));
            json.WriteStringValue(text);
            json.WriteEndArray();
        }

        json.WriteEndArray();
    }

    private static void WriteJson(Stream page, string id, Action<Utf8JsonWriter> write)
    {
        WriteText(page, $"<script type=\"application/json\" id=\"{id}\">");
        using (var json = new Utf8JsonWriter(page, Options))
            write(json);
        WriteText(page, "</script>\n");
    }

    private static void WriteText(Stream page, string text) => page.Write(Encoding.UTF8.GetBytes(text));

    private static string Encode(string text) => WebUtility.HtmlEncode(SafeText.Escape(text));

    private static string Hash(string text) => Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private static string Read(string name)
    {
        using var resource = Assembly.GetExecutingAssembly().GetManifestResourceStream(name)!;
        using var reader = new StreamReader(resource, Encoding.UTF8);
        // A browser normalizes the ends of lines before it computes the hash.
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }
}
