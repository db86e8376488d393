using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;
using Volley.Cli.Output.Json;

namespace Volley.Cli.Output.Reports;

/// <summary>Writes the summary of a run as JSON: <c>--report</c>, and <c>summary.json</c> of <c>--output-dir</c>.</summary>
/// <param name="summary">The members of the summary.</param>
/// <param name="isForDevice">Whether the file may be a terminal, where characters beyond ASCII could act as control sequences.</param>
internal sealed class JsonReport(SummaryReport summary, bool isForDevice) : IReportWriter
{
    private static readonly JsonWriterOptions Options = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Indented = true,
        SkipValidation = true,
    };

    private static readonly JsonWriterOptions AsciiOptions = Options with { Encoder = JavaScriptEncoder.Create(UnicodeRanges.BasicLatin) };

    public void Write(Stream destination, RunReport report)
    {
        using (var json = new Utf8JsonWriter(destination, isForDevice ? AsciiOptions : Options))
            summary.Write(json, report.Summary, report.ExitCode);
        destination.Write("\n"u8);
    }
}
