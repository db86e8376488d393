using System.Buffers;
using Volley.Cli.Output.Summary;
using Volley.Cli.Terminal;

namespace Volley.Cli.Output.Json;

/// <summary>The renderer of output <c>json</c>: one JSON object per event and line. docs/json.md specifies it.</summary>
internal sealed class JsonRenderer : IRenderer, IDisposable
{
    private readonly TerminalWriter _writer;
    private readonly SummaryReport _report;
    private readonly RunClock _clock;
    private readonly Func<RunSummary, int>? _exitCode;
    private readonly ArrayBufferWriter<byte> _lines = new(4096);
    private readonly JsonEventWriter _json;
    private bool _hasBegun;

    /// <param name="writer">The destination.</param>
    /// <param name="report">Writes the members that describe the run as a whole.</param>
    /// <param name="clock">The clock that event times come from.</param>
    /// <param name="exitCode">Returns the exit code of a completed run; null if there is no summary, because the run goes on elsewhere.</param>
    public JsonRenderer(TerminalWriter writer, SummaryReport report, RunClock clock, Func<RunSummary, int>? exitCode)
    {
        _writer = writer;
        _report = report;
        _clock = clock;
        _exitCode = exitCode;
        _json = new JsonEventWriter(_lines, isAscii: writer.StdoutIsTerminal);
    }

    public void Render(NodeEvent nodeEvent)
    {
        Begin();
        _json.Write(nodeEvent, _clock.Elapsed);
        Flush();
    }

    public void Complete(RunSummary summary)
    {
        Begin();
        if (_exitCode is not null)
            _json.Write("summary"u8, _clock.Elapsed, json => _report.WriteOutcome(json, summary, _exitCode(summary)));
        Flush();
    }

    public void Dispose() => _json.Dispose();

    private void Begin()
    {
        if (_hasBegun)
            return;
        _hasBegun = true;
        _json.Write("begin"u8, _clock.Elapsed, json =>
        {
            json.WriteNumber("version"u8, SummaryReport.Version);
            _report.WritePlan(json);
        });
    }

    private void Flush()
    {
        if (_lines.WrittenCount == 0)
            return;
        _writer.WriteOut(_lines.WrittenSpan);
        _lines.ResetWrittenCount();
    }
}
