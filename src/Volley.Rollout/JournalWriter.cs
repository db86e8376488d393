using System.Buffers;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;
using Volley.Interop;
using Volley.Rollout.Journal;

namespace Volley.Rollout;

/// <summary>
/// Writes the events of a run to its journal. A failure, such as a full disk, ends the journal and never the run: <see cref="Failure"/> has
/// the reason. An instance serves one thread at a time.
/// </summary>
public sealed class JournalWriter : IDisposable
{
    internal const string ScriptName = "script";

    private const int MaxBuffered = 64 * 1024;

    private readonly RunJournal _journal;
    private readonly string _directory;
    private readonly JournalLevel _level;
    private readonly ArrayBufferWriter<byte> _lines = new(MaxBuffered);
    private readonly JsonEventWriter _json;
    private readonly Dictionary<int, StreamEnds[]> _ends = [];
    private SafeFileHandle? _file;
    private JournalSummary _summary;
    private long _bytes;

    /// <exception cref="IOException">The file of the events can't be created.</exception>
    internal JournalWriter(RunJournal journal, JournalSummary summary, string directory, JournalLevel level)
    {
        _journal = journal;
        _summary = summary;
        _directory = directory;
        _level = level;
        _json = new JsonEventWriter(_lines);
        _file = EventsFile.Create(directory);
    }

    /// <summary>The identity of the run.</summary>
    public RunId Id => _summary.Id;

    /// <summary>The number of the run on this machine.</summary>
    public int Number => _summary.Number;

    /// <summary>Why the journal is incomplete; null if it is not.</summary>
    public JournalException? Failure { get; private set; }

    /// <summary>Writes the object that begins the run.</summary>
    /// <param name="write">Writes its members.</param>
    public void WriteBegin(Action<Utf8JsonWriter> write)
    {
        if (_file is null)
            return;
        _json.Write("begin"u8, TimeSpan.Zero, write);
        Flush();
    }

    /// <summary>Stores a copy of the script that the run sends to its targets.</summary>
    /// <param name="script">The content.</param>
    /// <exception cref="ArgumentNullException">The content is null.</exception>
    public void StoreScript(Stream script)
    {
        ArgumentNullException.ThrowIfNull(script);
        if (_file is null)
            return;
        try
        {
            using var copy = new FileStream(Path.Combine(_directory, ScriptName), RunJournal.Options(FileMode.CreateNew));
            script.CopyTo(copy);
        }
        catch (Exception failure) when (SystemMessage.IsFileFailure(failure))
        {
            Fail(failure);
        }
    }

    /// <summary>Writes the result that a target had before the run, which repeats another one without this target.</summary>
    /// <param name="target">The target.</param>
    /// <param name="result">The result.</param>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    public void WriteEarlier(Target target, NodeResult result)
    {
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(result);
        if (_file is null)
            return;
        _json.Write("earlier"u8, TimeSpan.Zero, json =>
        {
            json.WriteNode(target);
            json.WriteResult(target, result);
        });
        if (_lines.WrittenCount >= MaxBuffered)
            Flush();
    }

    /// <summary>Writes an event. It is written out with the next beginning or end of a target, or when 64 KiB are waiting.</summary>
    /// <param name="nodeEvent">The event.</param>
    /// <param name="time">The time since the start of the run.</param>
    /// <exception cref="ArgumentNullException">The event is null.</exception>
    public void Write(NodeEvent nodeEvent, TimeSpan time)
    {
        ArgumentNullException.ThrowIfNull(nodeEvent);
        if (_file is null)
            return;
        switch (nodeEvent)
        {
            case NodeOutput output when _level == JournalLevel.Ends:
                WriteBeginning(output, time);
                break;
            case NodeOutput when _level == JournalLevel.None:
            case NodeProgress:
                break;
            // A reader of a killed run must know where the command may still run.
            case NodeConnecting:
                _json.Write(nodeEvent, time);
                Flush();
                break;
            // The ends of the output of each step follow its beginning.
            case NodeFinished or NodeRetrying or NodeChecked or NodeStarted { Step: > 1 }:
                WriteEnds(nodeEvent.Target, time);
                _json.Write(nodeEvent, time);
                Flush();
                break;
            default:
                _json.Write(nodeEvent, time);
                break;
        }

        if (_lines.WrittenCount >= MaxBuffered)
            Flush();
    }

    /// <summary>Writes the object that ends the run, and compresses the journal.</summary>
    /// <param name="exitCode">The exit code of the run.</param>
    /// <param name="succeeded">The number of targets that succeeded.</param>
    /// <param name="elapsed">The duration of the run.</param>
    /// <param name="write">Writes the members of the object.</param>
    public void Complete(int exitCode, int succeeded, TimeSpan elapsed, Action<Utf8JsonWriter> write)
    {
        if (_file is null)
            return;
        _json.Write("summary"u8, elapsed, write);
        Flush();
        if (_file is null)
            return;
        try
        {
            EventsFile.Compress(_directory);
            var size = new DirectoryInfo(_directory).EnumerateFiles().Sum(file => file.Length);
            _summary = _summary with { ExitCode = exitCode, Succeeded = succeeded, Elapsed = elapsed, Bytes = size };
            _journal.End(_summary);
        }
        catch (Exception failure) when (SystemMessage.IsFileFailure(failure))
        {
            Fail(failure);
        }
    }

    /// <summary>Closes the journal. Without <see cref="Complete"/> it is one of a run that did not end.</summary>
    public void Dispose()
    {
        if (_file is not null)
            Flush();
        _file?.Dispose();
        _file = null;
        _json.Dispose();
    }

    private void WriteBeginning(NodeOutput output, TimeSpan time)
    {
        if (!_ends.TryGetValue(output.Target.Index, out var streams))
            _ends[output.Target.Index] = streams = [new StreamEnds(_journal.Limits.EndBytes), new StreamEnds(_journal.Limits.EndBytes)];
        var beginning = streams[(int)output.Stream].Add(output.Data);
        if (!beginning.IsEmpty)
            _json.Write(new NodeOutput(output.Target, output.Stream, beginning), time);
    }

    private void WriteEnds(Target target, TimeSpan time)
    {
        if (!_ends.Remove(target.Index, out var streams))
            return;
        foreach (var stream in (StreamKind[])[StreamKind.Stdout, StreamKind.Stderr])
        {
            if (streams[(int)stream].Omitted is > 0 and var omitted)
            {
                _json.Write("omitted"u8, time, json =>
                {
                    json.WriteNode(target);
                    json.WriteString("stream"u8, JsonNames.Get(stream));
                    json.WriteNumber("bytes"u8, omitted);
                });
            }

            if (streams[(int)stream].TakeEnd() is { Length: > 0 } end)
                _json.Write(new NodeOutput(target, stream, end), time);
        }
    }

    private void Flush()
    {
        if (_file is null)
            return;
        try
        {
            RandomAccess.Write(_file, _lines.WrittenSpan, _bytes);
            _bytes += _lines.WrittenCount;
        }
        catch (Exception failure) when (SystemMessage.IsFileFailure(failure))
        {
            Fail(failure);
        }

        _lines.ResetWrittenCount();
    }

    private void Fail(Exception failure)
    {
        Failure = new JournalException($"{_directory}: {SystemMessage.Of(failure)}", failure);
        _file?.Dispose();
        _file = null;
    }
}
