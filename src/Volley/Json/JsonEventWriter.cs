using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;
using Volley.Interop.Text;
using Volley.Json;

namespace Volley;

/// <summary>Writes the events of a run as JSON, one object per line.</summary>
/// <remarks>
/// Each object has <c>event</c>, <c>seq</c> (0, 1, 2 …) and <c>time</c>, in seconds since the start of the run. Output is written in pieces
/// of at most 64 KiB that never end within a character: as <c>text</c> if it is valid UTF-8, else as <c>base64</c>. An instance serves
/// one thread at a time.
/// </remarks>
public sealed class JsonEventWriter : IDisposable
{
    /// <summary>The largest output in one object, in bytes; base64 makes it a third longer.</summary>
    private const int MaxPieceLength = 64 * 1024;

    private readonly IBufferWriter<byte> _destination;
    private readonly Utf8JsonWriter _json;
    private readonly Dictionary<int, (JsonText Stdout, JsonText Stderr)> _nodes = [];
    private long _sequence;
    private bool _isDisposed;

    /// <summary>Creates a writer.</summary>
    /// <param name="destination">The destination of the lines.</param>
    /// <param name="isAscii">Whether to escape everything but ASCII, as for a terminal, where other characters may act as control sequences.</param>
    /// <exception cref="ArgumentNullException">The destination is null.</exception>
    public JsonEventWriter(IBufferWriter<byte> destination, bool isAscii = false)
    {
        ArgumentNullException.ThrowIfNull(destination);
        _destination = destination;
        _json = new Utf8JsonWriter(destination, new JsonWriterOptions
        {
            Encoder = isAscii ? JavaScriptEncoder.Create(UnicodeRanges.BasicLatin) : JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            SkipValidation = true,
        });
    }

    /// <summary>Returns the rank that is written for a target; null for <see cref="Target.Index"/>. Targets of one rank are one target to the writer.</summary>
    /// <remarks>It serves events of several plans that are parts of one run.</remarks>
    public Func<Target, int>? Rank { get; set; }

    /// <summary>Writes an event.</summary>
    /// <param name="nodeEvent">The event.</param>
    /// <param name="time">The time since the start of the run.</param>
    /// <exception cref="ArgumentNullException">The event is null.</exception>
    /// <exception cref="ObjectDisposedException">The writer was disposed of.</exception>
    public void Write(NodeEvent nodeEvent, TimeSpan time)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        ArgumentNullException.ThrowIfNull(nodeEvent);
        switch (nodeEvent)
        {
            case NodeConnecting:
                Begin("connecting"u8, time, nodeEvent.Target);
                End();
                break;
            case NodeStarted started:
                // Each step has output of its own.
                CompleteOutput(started.Target, time);
                Begin("started"u8, time, started.Target);
                _json.WriteNullable("step"u8, started.Step);
                End();
                break;
            case NodeOutput output:
                Append(output, time);
                break;
            case NodeFile file:
                CompleteOutput(file.Target, time);
                Begin("file"u8, time, file.Target);
                _json.WriteString("path"u8, SystemText.ToValid(file.Path));
                _json.WriteString("failure"u8, file.Failure);
                End();
                break;
            case NodeProgress progress:
                Begin("progress"u8, time, progress.Target);
                _json.WriteNumber("bytes"u8, progress.Bytes);
                _json.WriteNullable("total_bytes"u8, progress.TotalBytes);
                _json.WriteNumber("files"u8, progress.Files);
                _json.WriteNullable("total_files"u8, progress.TotalFiles);
                _json.WriteString("file"u8, progress.CurrentFile is { } current ? SystemText.ToValid(current) : null);
                End();
                break;
            case NodeRetrying retrying:
                CompleteOutput(retrying.Target, time);
                Begin("retrying"u8, time, retrying.Target);
                _json.WriteSeconds("delay"u8, retrying.Delay);
                _json.WriteResult(retrying.Target, retrying.Result);
                End();
                break;
            case NodeChecked check:
                Begin("checked"u8, time, check.Target);
                _json.WriteResult(check.Target, check.Result);
                End();
                break;
            case CheckRetrying retrying:
                Begin("check_retrying"u8, time, retrying.Target);
                _json.WriteSeconds("delay"u8, retrying.Delay);
                _json.WriteResult(retrying.Target, retrying.Result);
                End();
                break;
            case BatchStarted or BatchFinished or BatchWaiting or ThresholdExceeded:
                Begin(JsonBatches.GetName(nodeEvent), time);
                JsonBatches.Write(_json, nodeEvent);
                End();
                break;
            case NodeFinished finished:
                CompleteOutput(finished.Target, time);
                Begin("finished"u8, time, finished.Target);
                _json.WriteResult(finished.Target, finished.Result);
                End();
                break;
        }
    }

    /// <summary>Writes the output of a target that was buffered because it ends within a character.</summary>
    /// <param name="target">The target.</param>
    /// <param name="time">The time since the start of the run.</param>
    /// <exception cref="ArgumentNullException">The target is null.</exception>
    /// <exception cref="ObjectDisposedException">The writer was disposed of.</exception>
    public void CompleteOutput(Target target, TimeSpan time)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        ArgumentNullException.ThrowIfNull(target);
        if (!_nodes.Remove(GetRank(target), out var node))
            return;
        WriteOutput(target, StreamKind.Stdout, node.Stdout.TakeRest(), time);
        WriteOutput(target, StreamKind.Stderr, node.Stderr.TakeRest(), time);
    }

    /// <summary>Writes an object of another kind, such as those that begin and end a run.</summary>
    /// <param name="name">The name of the event, in UTF-8.</param>
    /// <param name="time">The time since the start of the run.</param>
    /// <param name="write">Writes the other members.</param>
    /// <exception cref="ArgumentNullException">The action is null.</exception>
    /// <exception cref="ObjectDisposedException">The writer was disposed of.</exception>
    public void Write(ReadOnlySpan<byte> name, TimeSpan time, Action<Utf8JsonWriter> write)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        ArgumentNullException.ThrowIfNull(write);
        Begin(name, time);
        write(_json);
        End();
    }

    /// <summary>Releases the writer. The destination is not touched.</summary>
    public void Dispose()
    {
        _isDisposed = true;
        _json.Dispose();
    }

    private void Append(NodeOutput output, TimeSpan time)
    {
        var rank = GetRank(output.Target);
        if (!_nodes.TryGetValue(rank, out var node))
            _nodes[rank] = node = (new JsonText(), new JsonText());
        var text = output.Stream == StreamKind.Stdout ? node.Stdout : node.Stderr;
        for (var data = output.Data.Span; !data.IsEmpty;)
        {
            var piece = data[..Math.Min(data.Length, MaxPieceLength)];
            WriteOutput(output.Target, output.Stream, text.Take(piece), time);
            data = data[piece.Length..];
        }
    }

    private void WriteOutput(Target target, StreamKind stream, ReadOnlySpan<byte> data, TimeSpan time)
    {
        if (data.IsEmpty)
            return;
        Begin("output"u8, time, target);
        _json.WriteString("stream"u8, JsonNames.Get(stream));
        if (System.Text.Unicode.Utf8.IsValid(data))
            _json.WriteString("text"u8, data);
        else
            _json.WriteBase64String("base64"u8, data);
        End();
    }

    private void Begin(ReadOnlySpan<byte> name, TimeSpan time, Target target)
    {
        Begin(name, time);
        _json.WriteNode(target, GetRank(target));
    }

    private int GetRank(Target target) => Rank?.Invoke(target) ?? target.Index;

    private void Begin(ReadOnlySpan<byte> name, TimeSpan time)
    {
        _json.WriteStartObject();
        _json.WriteString("event"u8, name);
        _json.WriteNumber("seq"u8, _sequence++);
        _json.WriteSeconds("time"u8, time);
    }

    private void End()
    {
        _json.WriteEndObject();
        _json.Flush();
        _destination.Write("\n"u8);
        _json.Reset();
    }
}
