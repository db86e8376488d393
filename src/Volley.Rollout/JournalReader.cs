using System.Globalization;
using System.Text.Json;
using Volley.Interop;
using Volley.Rollout.Journal;

namespace Volley.Rollout;

/// <summary>The journal of one run.</summary>
public sealed class JournalReader
{
    private readonly string _directory;

    private JournalReader(string directory, JournalEntry entry)
    {
        _directory = directory;
        Entry = entry;
    }

    /// <summary>What was known at the start of the run.</summary>
    public JournalEntry Entry { get; }

    /// <summary>Whether the program of the run still runs.</summary>
    public bool IsRunning => EventsFile.IsBeingWritten(_directory);

    /// <summary>The path of the copy of the script that the run sent to its targets, or null.</summary>
    public string? ScriptPath => Path.Combine(_directory, JournalWriter.ScriptName) is var path && File.Exists(path) ? path : null;

    /// <exception cref="JournalException">The journal can't be read, is damaged, or is of a newer version.</exception>
    internal static JournalReader Open(string directory)
    {
        var path = Path.Combine(directory, EntryFile.Name);
        try
        {
            return new JournalReader(directory, EntryFile.Read(File.ReadAllBytes(path), path));
        }
        catch (Exception failure) when (SystemMessage.IsFileFailure(failure))
        {
            throw new JournalException($"{path}: {SystemMessage.Of(failure)}", failure);
        }
    }

    /// <summary>Reads the events of the run, in their order. An incomplete last line, which a killed program leaves, is not an event.</summary>
    /// <returns>The events. The object that ends the run, <see cref="JournalEnd"/>, is the last, if the run has ended.</returns>
    /// <exception cref="JournalException">The events can't be read, or are damaged.</exception>
    public IEnumerable<JournalRecord> ReadEvents()
    {
        using var stream = Guard(() => EventsFile.Open(_directory), 0);
        if (stream is null)
            yield break;
        var lines = new LineSource(stream);
        for (var number = 1; Guard(lines.Next, number) is { } line; number++)
        {
            if (Guard(() => Parse(line), number) is { } record)
                yield return record;
        }
    }

    private JournalRecord? Parse(ReadOnlyMemory<byte> line)
    {
        if (JsonEventReader.Read(line, rank => rank >= 0 && rank < Entry.Targets.Length ? Entry.Targets[rank] : null, out var time) is { } nodeEvent)
            return new JournalEvent(time, nodeEvent);
        using var document = JsonDocument.Parse(line);
        var json = document.RootElement;
        return json.GetProperty("event").GetString() switch
        {
            "earlier" => new JournalEarlier(time, Entry.Targets[json.GetProperty("rank").GetInt32()], JsonEventReader.ReadResult(json)),
            "omitted" => new JournalOmission(
                time,
                Entry.Targets[json.GetProperty("rank").GetInt32()],
                json.GetProperty("stream").GetString() == "stderr" ? StreamKind.Stderr : StreamKind.Stdout,
                json.GetProperty("bytes").GetInt64()),
            "summary" => new JournalEnd(
                time, json.GetProperty("exit_code").GetInt32(), JsonNames.GetStop(json.GetProperty("stop").GetString()), json.Clone()),
            _ => null,
        };
    }

    private T Guard<T>(Func<T> read, int line)
    {
        try
        {
            return read();
        }
        catch (Exception wrong) when (wrong is JsonException or InvalidOperationException or KeyNotFoundException or FormatException
            or IndexOutOfRangeException or InvalidDataException)
        {
            throw new JournalException(
                string.Create(CultureInfo.InvariantCulture, $"{Path.Combine(_directory, EventsFile.Name)}: line {line} is damaged: {wrong.Message}"), wrong);
        }
        catch (Exception failure) when (SystemMessage.IsFileFailure(failure))
        {
            throw new JournalException($"{_directory}: {SystemMessage.Of(failure)}", failure);
        }
    }

    /// <summary>Reads the complete lines of a stream.</summary>
    private sealed class LineSource(Stream stream)
    {
        private byte[] _buffer = new byte[64 * 1024];
        private int _start;
        private int _end;

        /// <summary>Returns the next line, which is valid until the next call; null at the end.</summary>
        public ReadOnlyMemory<byte>? Next()
        {
            var searched = _start;
            while (true)
            {
                if (_buffer.AsSpan(searched, _end - searched).IndexOf((byte)'\n') is >= 0 and var found)
                {
                    var line = _buffer.AsMemory(_start, searched + found - _start);
                    _start = searched + found + 1;
                    return line;
                }

                if (_start > 0)
                {
                    _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
                    (_start, _end) = (0, _end - _start);
                }

                searched = _end;
                if (_end == _buffer.Length)
                    Array.Resize(ref _buffer, 2 * _buffer.Length);
                if (stream.Read(_buffer, _end, _buffer.Length - _end) is > 0 and var count)
                    _end += count;
                else
                    return null;
            }
        }
    }
}
