using System.Buffers;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;
using Volley.Interop;
using Volley.Rollout.Journal;

namespace Volley.Rollout;

/// <summary>
/// Writes the events of a run to its journal. A failure, such as a full disk, ends the journal and never the run: <see cref="Failure"/> has
/// the reason. Of a journal that a full disk ends, the results are kept, and the output makes room for them.
/// </summary>
public sealed class JournalWriter : IDisposable
{
    internal const string ScriptName = "script";

    private const int MaxBuffered = 64 * 1024;

    // What a program that is killed loses, of output that is not the end of a long one.
    private static readonly TimeSpan FlushInterval = TimeSpan.FromSeconds(1);

    private readonly RunJournal _journal;
    private readonly string _directory;
    private readonly Lock _gate = new();
    private readonly ITimer _flushing;
    private readonly ArrayBufferWriter<byte> _lines = new(MaxBuffered);
    private readonly JsonEventWriter _json;
    private readonly Dictionary<int, StreamEnds[]> _ends = [];
    private SafeFileHandle? _file;
    private JournalSummary _summary;
    private JournalLevel _level;
    private TimeSpan _lastTime;
    private long _bytes;
    private bool _isReduced;
    private bool _isCut;

    /// <exception cref="IOException">The file of the events can't be created.</exception>
    internal JournalWriter(RunJournal journal, JournalSummary summary, string directory, JournalLevel level)
    {
        _journal = journal;
        _summary = summary;
        _directory = directory;
        _level = level;
        _json = new JsonEventWriter(_lines);
        _file = EventsFile.Create(directory);
        _flushing = journal.Time.CreateTimer(_ => FlushNow(), state: null, FlushInterval, FlushInterval);
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
        lock (_gate)
        {
            if (!IsOpen)
                return;
            _json.Write("begin"u8, TimeSpan.Zero, write);
            Flush();
        }
    }

    /// <summary>Stores a copy of the script that the run sends to its targets.</summary>
    /// <param name="script">The content.</param>
    /// <exception cref="ArgumentNullException">The content is null.</exception>
    public void StoreScript(Stream script)
    {
        ArgumentNullException.ThrowIfNull(script);
        var path = Path.Combine(_directory, ScriptName);
        try
        {
            using var copy = new FileStream(path, PrivateFile.Options(FileMode.CreateNew));
            script.CopyTo(copy);
        }
        catch (Exception failure) when (SystemMessage.IsFileFailure(failure))
        {
            // A part of a script must not be run.
            File.Delete(path);
            Report(failure);
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
        lock (_gate)
        {
            if (!IsOpen)
                return;
            _json.Write("earlier"u8, TimeSpan.Zero, json =>
            {
                json.WriteNode(target);
                json.WriteResult(target, result);
            });
            if (_lines.WrittenCount >= MaxBuffered)
                Flush();
        }
    }

    /// <summary>
    /// Writes an event. It is written out with the next beginning or end of a target, when 64 KiB are waiting, and after a second.
    /// </summary>
    /// <param name="nodeEvent">The event.</param>
    /// <param name="time">The time since the start of the run.</param>
    /// <exception cref="ArgumentNullException">The event is null.</exception>
    public void Write(NodeEvent nodeEvent, TimeSpan time)
    {
        ArgumentNullException.ThrowIfNull(nodeEvent);
        lock (_gate)
        {
            if (IsOpen)
                WriteOpen(nodeEvent, time);
        }
    }

    private void WriteOpen(NodeEvent nodeEvent, TimeSpan time)
    {
        _lastTime = time;
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
        lock (_gate)
        {
            if (_file is null)
                return;
            if (IsOpen)
            {
                _json.Write("summary"u8, elapsed > _lastTime ? elapsed : _lastTime, write);
                Flush();
            }

            if (IsOpen)
                Compress();
            _summary = _summary with
            {
                State = JournalState.Ended,
                ExitCode = exitCode,
                Succeeded = succeeded,
                Elapsed = elapsed,
                Bytes = SummaryReader.GetSize(_directory),
            };
            try
            {
                _journal.End(_summary);
            }
            catch (Exception failure) when (SystemMessage.IsFileFailure(failure))
            {
                // A reader of the list finds the end in the directory.
                Report(failure);
            }
        }
    }

    /// <summary>Closes the journal. Without <see cref="Complete"/> it is one of a run that did not end.</summary>
    public void Dispose()
    {
        _flushing.Dispose();
        lock (_gate)
        {
            if (IsOpen)
                Flush();
            // The lock of the file says until now that the run goes on.
            _file?.Dispose();
            _file = null;
            _json.Dispose();
        }
    }

    /// <summary>Whether events can be written.</summary>
    private bool IsOpen => _file is not null && !_isCut;

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
                    json.WriteString("hash"u8, streams[(int)stream].Hash);
                });
            }

            if (streams[(int)stream].TakeEnd() is { Length: > 0 } end)
                _json.Write(new NodeOutput(target, stream, end), time);
        }
    }

    private void FlushNow()
    {
        lock (_gate)
        {
            if (IsOpen)
                Flush();
        }
    }

    private void Flush()
    {
        if (_lines.WrittenCount == 0)
            return;
        try
        {
            WriteOut(_lines.WrittenSpan);
        }
        catch (Exception failure) when (SystemMessage.IsFileFailure(failure))
        {
            Reduce(failure);
        }

        _lines.ResetWrittenCount();
    }

    private void WriteOut(ReadOnlySpan<byte> lines)
    {
        RandomAccess.Write(_file!, lines, _bytes);
        _bytes += lines.Length;
    }

    /// <summary>Makes room after a failed write: removes the output from the journal, and keeps the results.</summary>
    private void Reduce(Exception failure)
    {
        Report(failure);
        try
        {
            if (_isReduced)
            {
                Cut();
                return;
            }

            (_isReduced, _level) = (true, JournalLevel.None);
            _ends.Clear();
            var kept = new ArrayBufferWriter<byte>();
            kept.Write(EventsFile.ReadWithoutOutput(_directory, _bytes));
            EventsFile.KeepWithoutOutput(_lines.WrittenSpan, kept);
            _lines.ResetWrittenCount();
            _json.Write("incomplete"u8, _lastTime, json => json.WriteString("reason"u8, SystemMessage.Of(failure)));
            kept.Write(_lines.WrittenSpan);
            RandomAccess.SetLength(_file!, 0);
            _bytes = 0;
            WriteOut(kept.WrittenSpan);
        }
        catch (Exception again) when (SystemMessage.IsFileFailure(again))
        {
            Cut();
        }
    }

    /// <summary>Ends the journal, and says so by the name of its file.</summary>
    private void Cut()
    {
        _isCut = true;
        try
        {
            EventsFile.MarkIncomplete(_directory);
        }
        catch (Exception failure) when (SystemMessage.IsFileFailure(failure))
        {
            // The directory was removed, or can't be written.
        }
    }

    private void Compress()
    {
        try
        {
            EventsFile.Compress(_directory);
        }
        catch (Exception failure) when (SystemMessage.IsFileFailure(failure))
        {
            // There is no room for both forms, and the plain one is complete.
        }
    }

    private void Report(Exception failure) => Failure ??= new JournalException($"{_directory}: {SystemMessage.Of(failure)}", failure);
}
