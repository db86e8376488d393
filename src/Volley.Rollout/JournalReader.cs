using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Volley.Interop;
using Volley.Rollout.Journal;

namespace Volley.Rollout;

/// <summary>The journal of one run.</summary>
public sealed class JournalReader
{
    private readonly string _directory;
    private readonly ImmutableArray<Target> _targets;

    private JournalReader(string directory, JournalEntry entry, ImmutableArray<Target>? targets = null)
    {
        _directory = directory;
        _targets = targets ?? entry.Targets;
        Entry = entry;
    }

    /// <summary>What was known at the start of the run.</summary>
    public JournalEntry Entry { get; }

    /// <summary>Whether the program of the run still runs.</summary>
    /// <exception cref="JournalException">The file of the events can't be opened.</exception>
    public bool IsRunning => Guard(() => EventsFile.IsBeingWritten(_directory), _directory, 0);

    /// <summary>Whether a write of the journal failed, so that the run may have gone on after its last event.</summary>
    internal bool IsIncomplete => File.Exists(Path.Combine(_directory, EventsFile.IncompleteName));

    /// <summary>The path of the copy of the script that the run sent to its targets, or null.</summary>
    public string? ScriptPath => Path.Combine(_directory, JournalWriter.ScriptName) is var path && File.Exists(path) ? path : null;

    /// <exception cref="JournalException">The journal can't be read, is damaged, or is of a newer version.</exception>
    internal static JournalReader Open(string directory)
    {
        var path = Path.Combine(directory, EntryFile.Name);
        try
        {
            return PrivateFile.TryRead(path) is { } content
                ? new JournalReader(directory, EntryFile.Read(content, path))
                : throw new JournalException($"{path}: it is missing");
        }
        catch (Exception failure) when (SystemMessage.IsFileFailure(failure))
        {
            throw new JournalException($"{path}: {SystemMessage.Of(failure)}", failure);
        }
    }

    /// <summary>Reads the events of the run, in their order. An incomplete last line, which a killed program leaves, is not an event.</summary>
    /// <returns>The events. The object that ends the run, <see cref="JournalEnd"/>, is the last, if the run has ended.</returns>
    /// <exception cref="JournalException">The events can't be read, are missing or damaged.</exception>
    public IEnumerable<JournalRecord> ReadEvents()
    {
        // A program compresses the events after the end of the run, so those of a compressed file are complete.
        var file = Guard(() => EventsFile.Open(_directory), _directory, 0)
            ?? throw new JournalException($"{Path.Combine(_directory, EventsFile.CompressedName)}: it is missing");
        using var stream = file.Content;
        var lines = new LineSource(stream);
        var hasEnded = false;
        for (var number = 1; Guard(lines.Next, file.Path, number) is { } line; number++)
        {
            if (Guard(() => Parse(line), file.Path, number) is not { } record)
                continue;
            hasEnded |= record is JournalEnd;
            yield return record;
        }

        if (file.IsCompressed && (!hasEnded || lines.IsCut))
            throw new JournalException($"{file.Path}: it is damaged: its end is missing");
    }

    /// <summary>
    /// Reads the events of the run, and before them those of the targets that it did not run again, from the run that it repeats. If the journal of
    /// that run can't be read, their output is an omission.
    /// </summary>
    /// <returns>The events. Those of earlier runs have the time zero.</returns>
    /// <exception cref="JournalException">The events of the run itself can't be read, are missing or damaged.</exception>
    public IEnumerable<JournalRecord> ReadAllEvents()
    {
        var earlier = new Dictionary<int, JournalEarlier>();
        foreach (var record in ReadEvents())
        {
            if (record is JournalEarlier one)
            {
                earlier[one.Target.Index] = one;
                continue;
            }

            foreach (var before in ReadEarlier(earlier))
                yield return before;
            earlier = [];
            yield return record;
        }

        foreach (var before in ReadEarlier(earlier))
            yield return before;
    }

    private IEnumerable<JournalRecord> ReadEarlier(Dictionary<int, JournalEarlier> targets)
    {
        if (targets.Count == 0)
            yield break;
        var missing = new Dictionary<int, JournalEarlier>(targets);
        using var records = ReadRepeated().GetEnumerator();
        while (TryNext(records) is { } record)
        {
            if (record.Node is not { Index: var index } || !targets.ContainsKey(index))
                continue;
            if (record is JournalEvent { Event: NodeFinished })
                missing.Remove(index);
            yield return record with { Time = TimeSpan.Zero };
        }

        foreach (var (_, target, result) in missing.Values)
        {
            if (result.StdoutBytes > 0)
                yield return new JournalOmission(TimeSpan.Zero, target, StreamKind.Stdout, result.StdoutBytes);
            if (result.StderrBytes > 0)
                yield return new JournalOmission(TimeSpan.Zero, target, StreamKind.Stderr, result.StderrBytes);
            yield return new JournalEvent(TimeSpan.Zero, new NodeFinished(target, result));
        }
    }

    private static JournalRecord? TryNext(IEnumerator<JournalRecord> records)
    {
        try
        {
            return records.MoveNext() ? records.Current : null;
        }
        catch (JournalException)
        {
            // The results are known without the journal of the earlier run.
            return null;
        }
    }

    private IEnumerable<JournalRecord> ReadRepeated()
    {
        if (OpenRepeated() is not { } repeated)
            yield break;
        foreach (var record in repeated.ReadAllEvents())
            yield return record;
    }

    /// <summary>Opens the journal of the run that this one repeats, with the targets of this one; null if it is not there.</summary>
    private JournalReader? OpenRepeated()
    {
        if (Entry.Repeats is not { } id)
            return null;
        var directory = Path.Combine(Path.GetDirectoryName(_directory)!, id.ToString());
        var entry = Open(directory).Entry;
        return entry.Targets.Select(target => target.Label).SequenceEqual(_targets.Select(target => target.Label))
            ? new JournalReader(directory, entry, _targets)
            : null;
    }

    private JournalRecord? Parse(ReadOnlyMemory<byte> line)
    {
        if (JsonEventReader.Read(line, rank => rank >= 0 && rank < _targets.Length ? _targets[rank] : null, out var time) is { } nodeEvent)
            return new JournalEvent(time, nodeEvent);
        using var document = JsonDocument.Parse(line);
        var json = document.RootElement;
        return json.GetProperty("event").GetString() switch
        {
            "earlier" => new JournalEarlier(time, _targets[json.GetProperty("rank").GetInt32()], JsonEventReader.ReadResult(json)),
            "omitted" => new JournalOmission(
                time,
                _targets[json.GetProperty("rank").GetInt32()],
                json.GetProperty("stream").GetString() == "stderr" ? StreamKind.Stderr : StreamKind.Stdout,
                json.GetProperty("bytes").GetInt64())
            {
                Hash = json.TryGetProperty("hash", out var hash) ? hash.GetString() : null,
            },
            "incomplete" => new JournalGap(time, json.GetProperty("reason").GetString() ?? ""),
            "summary" => new JournalEnd(
                time, json.GetProperty("exit_code").GetInt32(), JsonNames.GetStop(json.GetProperty("stop").GetString()), json.Clone()),
            _ => null,
        };
    }

    private static T Guard<T>(Func<T> read, string path, int line)
    {
        try
        {
            return read();
        }
        catch (Exception wrong) when (wrong is JsonException or InvalidOperationException or KeyNotFoundException or FormatException
            or IndexOutOfRangeException or InvalidDataException)
        {
            throw new JournalException(string.Create(CultureInfo.InvariantCulture, $"{path}: line {line} is damaged: {wrong.Message}"), wrong);
        }
        catch (Exception failure) when (SystemMessage.IsFileFailure(failure))
        {
            throw new JournalException($"{path}: {SystemMessage.Of(failure)}", failure);
        }
    }
}
