using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;
using Volley.Interop;
using Volley.Relay.Jobs;
using Volley.Relay.Wire;

namespace Volley.Relay.Records;

/// <summary>
/// The record of who ran what where: a file of JSON lines, in ASCII, that only the relay's user can read. A target whose beginning can't be recorded must not
/// begin. It has no values of variables, no inputs and no output. Thread-safe.
/// </summary>
internal sealed class AuditLog : IDisposable
{
    private const int MaxText = 4096;

    // Without anything that a terminal or a viewer of logs could interpret.
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.Create(UnicodeRanges.BasicLatin) };

    private readonly LineFile _file;
    private readonly string _relay;
    private readonly TimeProvider _time;

    private AuditLog(LineFile file, string relay, TimeProvider time) => (_file, _relay, _time) = (file, relay, time);

    /// <summary>Opens the file, and creates it if it does not exist.</summary>
    /// <param name="path">The path.</param>
    /// <param name="relay">The name of the relay.</param>
    /// <param name="time">The clock; null for that of the system.</param>
    /// <exception cref="RelayException">It can't be opened.</exception>
    public static AuditLog Open(string path, string relay, TimeProvider? time = null)
    {
        try
        {
            return new AuditLog(LineFile.Open(path), relay, time ?? TimeProvider.System);
        }
        catch (Exception failure) when (SystemMessage.IsFileFailure(failure))
        {
            throw new RelayException($"the audit log {path} can't be written: {SystemMessage.Of(failure, path)}", failure);
        }
    }

    /// <summary>Records that the relay begins to work on a job.</summary>
    /// <exception cref="IOException">It can't be recorded.</exception>
    public void Accepted(AcceptedJob job) => Write("accepted", job.Document.Run, job.Document.Round, job.Document.Queue, json => WriteJob(json, job));

    /// <summary>Records that the relay refuses a chunk.</summary>
    /// <exception cref="IOException">It can't be recorded.</exception>
    public void Refused(WorkItem chunk, string reason) => Write("refused", chunk.Run, chunk.Round, chunk.Queue, json =>
    {
        json.WriteStartArray("ranks"u8);
        foreach (var rank in chunk.Ranks ?? [])
            json.WriteNumberValue(rank);
        json.WriteEndArray();
        WriteText(json, "reason"u8, reason);
    });

    /// <summary>Records that a target begins.</summary>
    /// <exception cref="IOException">It can't be recorded. The target must not begin.</exception>
    public void Begin(AcceptedJob job, PieceTarget target) => Write("begin", job.Document.Run, job.Document.Round, job.Document.Queue, json =>
    {
        WriteTarget(json, job, target);
        WriteJob(json, job);
    });

    /// <summary>Records that a target has ended.</summary>
    /// <exception cref="IOException">It can't be recorded.</exception>
    public void End(AcceptedJob job, PieceTarget target, NodeResult result) => Write("end", job.Document.Run, job.Document.Round, job.Document.Queue, json =>
    {
        WriteTarget(json, job, target);
        json.WriteString("outcome"u8, JsonNames.Get(result.Outcome));
        json.WriteNumber("code"u8, result.Code);
        json.WriteSeconds("elapsed"u8, result.Elapsed);
        json.WriteBoolean("may_still_run"u8, result.MayStillRun);
    });

    public void Dispose() => _file.Dispose();

    private static void WriteJob(Utf8JsonWriter json, AcceptedJob job)
    {
        WriteText(json, "principal"u8, job.Principal);
        WriteText(json, "controller"u8, job.Document.Controller);
        WriteText(json, "title"u8, job.Document.Title);
        json.WriteString("job"u8, job.Hash);
    }

    private static void WriteTarget(Utf8JsonWriter json, AcceptedJob job, PieceTarget target)
    {
        json.WriteNumber("rank"u8, target.Rank);
        WriteText(json, "host"u8, target.Host);
        WriteText(json, "user"u8, target.User ?? job.Document.Connections.User);
        if ((target.Port ?? job.Document.Connections.Port) is { } port)
            json.WriteNumber("port"u8, port);
        WriteText(json, "elevation"u8, job.Document.Connections.Elevation is { } program ? $"{program} {job.Document.Connections.ElevationUser}".TrimEnd() : null);
    }

    /// <summary>Writes a text, of which bytes that are no characters are lost; nothing if it is null.</summary>
    private static void WriteText(Utf8JsonWriter json, ReadOnlySpan<byte> name, string? text)
    {
        if (text is not null)
            json.WriteString(name, Encoding.UTF8.GetBytes(text.Length > MaxText ? text[..MaxText] : text));
    }

    private void Write(string name, string run, int round, string queue, Action<Utf8JsonWriter> write)
    {
        var line = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(line, Options))
        {
            json.WriteStartObject();
            json.WriteString("time"u8, _time.GetUtcNow().UtcDateTime);
            json.WriteString("event"u8, name);
            json.WriteString("relay"u8, _relay);
            WriteText(json, "run"u8, run);
            json.WriteNumber("round"u8, round);
            WriteText(json, "queue"u8, queue);
            write(json);
            json.WriteEndObject();
        }

        line.Write("\n"u8);
        _file.Append(line.WrittenSpan);
    }
}
