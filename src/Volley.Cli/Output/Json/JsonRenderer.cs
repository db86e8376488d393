using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;
using Volley.Cli.Output.Summary;
using Volley.Cli.Terminal;
using Volley.Interop.Text;

namespace Volley.Cli.Output.Json;

/// <summary>The renderer of output <c>json</c>: one JSON object per event and line. docs/json.md specifies it.</summary>
internal sealed class JsonRenderer : IRenderer, IDisposable
{
    /// <summary>The largest output in one object, in bytes; base64 makes it a third longer.</summary>
    private const int MaxPieceLength = 64 * 1024;

    private readonly TerminalWriter _writer;
    private readonly SummaryReport _report;
    private readonly RunClock _clock;
    private readonly Func<RunSummary, int> _exitCode;
    private readonly ArrayBufferWriter<byte> _line = new(4096);
    private readonly Utf8JsonWriter _json;
    private readonly Dictionary<int, (JsonText Stdout, JsonText Stderr)> _nodes = [];
    private long _sequence;

    /// <param name="writer">The destination.</param>
    /// <param name="report">Writes the members that describe the run as a whole.</param>
    /// <param name="clock">The clock that event times come from.</param>
    /// <param name="exitCode">Returns the exit code of a completed run.</param>
    public JsonRenderer(TerminalWriter writer, SummaryReport report, RunClock clock, Func<RunSummary, int> exitCode)
    {
        _writer = writer;
        _report = report;
        _clock = clock;
        _exitCode = exitCode;
        _json = new Utf8JsonWriter(_line, new JsonWriterOptions
        {
            // On a terminal, escape everything but ASCII, since other characters could act as control sequences.
            Encoder = writer.StdoutIsTerminal ? JavaScriptEncoder.Create(UnicodeRanges.BasicLatin) : JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            SkipValidation = true,
        });
    }

    public void Render(NodeEvent nodeEvent)
    {
        switch (nodeEvent)
        {
            case NodeConnecting:
                WriteStep("connecting"u8, nodeEvent);
                break;
            case NodeStarted:
                WriteStep("started"u8, nodeEvent);
                break;
            case NodeOutput output:
                Append(output);
                break;
            case NodeProgress progress:
                Begin("progress"u8);
                _json.WriteNode(progress.Target);
                _json.WriteNumber("bytes"u8, progress.Bytes);
                _json.WriteNullable("total_bytes"u8, progress.TotalBytes);
                _json.WriteNumber("files"u8, progress.Files);
                _json.WriteNullable("total_files"u8, progress.TotalFiles);
                _json.WriteString("file"u8, progress.CurrentFile is { } file ? SystemText.ToValid(file) : null);
                End();
                break;
            case NodeFinished finished:
                if (_nodes.Remove(finished.Target.Index, out var node))
                {
                    WriteOutput(finished, StreamKind.Stdout, node.Stdout.TakeRest());
                    WriteOutput(finished, StreamKind.Stderr, node.Stderr.TakeRest());
                }

                Begin("finished"u8);
                _json.WriteNode(finished.Target);
                _json.WriteResult(finished.Target, finished.Result);
                End();
                break;
        }
    }

    public void Complete(RunSummary summary)
    {
        Begin("summary"u8);
        _report.WriteOutcome(_json, summary, _exitCode(summary));
        End();
    }

    public void Dispose() => _json.Dispose();

    private void WriteStep(ReadOnlySpan<byte> name, NodeEvent nodeEvent)
    {
        Begin(name);
        _json.WriteNode(nodeEvent.Target);
        End();
    }

    private void Append(NodeOutput output)
    {
        if (!_nodes.TryGetValue(output.Target.Index, out var node))
            _nodes[output.Target.Index] = node = (new JsonText(), new JsonText());
        var text = output.Stream == StreamKind.Stdout ? node.Stdout : node.Stderr;
        for (var data = output.Data.Span; !data.IsEmpty;)
        {
            var piece = data[..Math.Min(data.Length, MaxPieceLength)];
            WriteOutput(output, output.Stream, text.Take(piece));
            data = data[piece.Length..];
        }
    }

    private void WriteOutput(NodeEvent nodeEvent, StreamKind stream, ReadOnlySpan<byte> data)
    {
        if (data.IsEmpty)
            return;
        Begin("output"u8);
        _json.WriteNode(nodeEvent.Target);
        _json.WriteString("stream"u8, JsonNames.Get(stream));
        if (Utf8.IsValid(data))
            _json.WriteString("text"u8, data);
        else
            _json.WriteBase64String("base64"u8, data);
        End();
    }

    private void Begin(ReadOnlySpan<byte> name)
    {
        if (_sequence == 0)
        {
            Start("begin"u8);
            _json.WriteNumber("version"u8, SummaryReport.Version);
            _report.WritePlan(_json);
            End();
        }

        Start(name);
    }

    private void Start(ReadOnlySpan<byte> name)
    {
        _json.WriteStartObject();
        _json.WriteString("event"u8, name);
        _json.WriteNumber("seq"u8, _sequence++);
        _json.WriteSeconds("time"u8, _clock.Elapsed);
    }

    private void End()
    {
        _json.WriteEndObject();
        _json.Flush();
        _line.Write("\n"u8);
        _writer.WriteOut(_line.WrittenSpan);
        _line.ResetWrittenCount();
        _json.Reset();
    }
}
