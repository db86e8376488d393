using System.Globalization;
using System.Text;
using Volley.Interop;
using Volley.Interop.Files;
using Volley.Rollout.Journal;

namespace Volley.Rollout;

/// <summary>
/// The journal of the runs of a user on this machine: a directory for each run, and a list of all. Several programs may use it at the same
/// time. Only the user can read it.
/// </summary>
public sealed class RunJournal
{
    private const string NumberFile = "number";
    private const string LockFile = "lock";

    // Another program holds the lock for milliseconds, or for seconds while it removes many runs.
    private static readonly TimeSpan MaxLockWait = TimeSpan.FromSeconds(5);

    private readonly string _path;
    private readonly TimeProvider _time;

    /// <summary>Creates a journal in a directory, which is made when the first run is written.</summary>
    /// <param name="path">The path of the directory.</param>
    /// <param name="time">The clock; that of the system if null.</param>
    /// <exception cref="ArgumentException">The path is empty.</exception>
    public RunJournal(string path, TimeProvider? time = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        _path = path;
        _time = time ?? TimeProvider.System;
    }

    /// <summary>The limits, which are enforced at the end of each run.</summary>
    public JournalLimits Limits { get; init; } = new();

    /// <summary>The path of the directory.</summary>
    public string Path => _path;

    /// <summary>Returns the directory of the journal of the user: <c>$XDG_STATE_HOME/volley/runs</c>.</summary>
    /// <param name="variable">Returns the value of an environment variable.</param>
    /// <returns>The path; null if neither XDG_STATE_HOME nor HOME is an absolute path.</returns>
    /// <exception cref="ArgumentNullException">The function is null.</exception>
    public static string? FindPath(Func<string, string?> variable)
    {
        ArgumentNullException.ThrowIfNull(variable);
        // A relative path is to be ignored by the XDG Base Directory Specification.
        var state = variable("XDG_STATE_HOME") is ['/', ..] given ? given : variable("HOME") is ['/', ..] home ? $"{home}/.local/state" : null;
        return state is null ? null : System.IO.Path.Combine(state, "volley", "runs");
    }

    /// <summary>Returns the identity of a run that begins soon. It sorts after those of all earlier runs of the journal that can be read.</summary>
    /// <returns>The identity, for the journal of the run.</returns>
    public RunId CreateId()
    {
        try
        {
            return RunId.Create(_time, ReadNumber().Id);
        }
        catch (Exception failure) when (failure is JournalException || SystemMessage.IsFileFailure(failure))
        {
            return RunId.Create(_time);
        }
    }

    /// <summary>Begins the journal of a run.</summary>
    /// <param name="entry">Makes the entry of the run from its identity and its number.</param>
    /// <param name="level">How much output is kept.</param>
    /// <param name="runId">The identity of the run, which no other run has; null for a new one.</param>
    /// <returns>The writer, which the caller disposes of.</returns>
    /// <exception cref="JournalException">The journal can't be written.</exception>
    /// <exception cref="ArgumentNullException">The function is null.</exception>
    public JournalWriter Begin(Func<RunId, int, JournalEntry> entry, JournalLevel level = JournalLevel.Ends, RunId? runId = null)
    {
        ArgumentNullException.ThrowIfNull(entry);
        try
        {
            PrivateFile.CreateDirectory(_path);
            using var held = Lock();
            var (lastNumber, lastId) = ReadNumber();
            var (number, id) = (lastNumber + 1, runId ?? RunId.Create(_time, lastId));
            var made = entry(id, number);
            var directory = DirectoryOf(id);
            Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            try
            {
                // Runs that begin at once may take their identities in another order than their numbers.
                return Begin(made, directory, level, RunList.Compare(id, lastId) > 0 ? id : lastId);
            }
            catch (Exception failure) when (SystemMessage.IsFileFailure(failure))
            {
                Directory.Delete(directory, recursive: true);
                throw;
            }
        }
        catch (Exception failure) when (SystemMessage.IsFileFailure(failure))
        {
            throw new JournalException($"{_path}: {SystemMessage.Of(failure)}", failure);
        }
    }

    /// <summary>Returns all runs, the oldest first. What the list of runs lacks is found in their directories.</summary>
    /// <returns>The runs.</returns>
    /// <exception cref="JournalException">The list can't be read.</exception>
    public IReadOnlyList<JournalSummary> List()
    {
        try
        {
            var list = RunList.Read(_path);
            if (list.IsIndexStale)
                Repair(list);
            return list.Runs;
        }
        catch (Exception failure) when (SystemMessage.IsFileFailure(failure))
        {
            throw new JournalException($"{_path}: {SystemMessage.Of(failure)}", failure);
        }
    }

    /// <summary>Returns the run that a user names.</summary>
    /// <param name="run">The number or the identity of a run, or <c>last</c>.</param>
    /// <returns>The run.</returns>
    /// <exception cref="JournalException">There is no such run.</exception>
    public JournalSummary Find(string run)
    {
        ArgumentNullException.ThrowIfNull(run);
        var all = List();
        var found = run == "last"
            ? all.Count > 0 ? all[^1] : null
            : RunId.TryParse(run, out var id)
                ? all.FirstOrDefault(one => one.Id == id)
                : int.TryParse(run, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                    ? all.FirstOrDefault(one => one.Number == number)
                    : null;
        if (found is not null)
            return found;
        throw new JournalException(
            all.Count == 0 ? $"no run '{run}': the journal in {_path} is empty"
                : string.Create(
                    CultureInfo.InvariantCulture,
                    $"no run '{run}' in the journal: give a number ({all[0].Number} to {all[^1].Number}), an id or 'last'; volley history lists them"));
    }

    /// <summary>Opens the journal of a run.</summary>
    /// <param name="run">The run.</param>
    /// <returns>The reader.</returns>
    /// <exception cref="JournalException">The journal of the run can't be read, is damaged, or is of a newer version.</exception>
    public JournalReader Read(JournalSummary run)
    {
        ArgumentNullException.ThrowIfNull(run);
        return JournalReader.Open(DirectoryOf(run.Id));
    }

    /// <summary>Returns the last of the later runs that repeat or continue a run, or a repetition of it.</summary>
    /// <param name="run">The run.</param>
    /// <returns>The last repetition; null if no later run repeats it.</returns>
    /// <exception cref="JournalException">The list can't be read.</exception>
    public JournalSummary? FindRepetition(JournalSummary run)
    {
        ArgumentNullException.ThrowIfNull(run);
        HashSet<RunId> ids = [run.Id];
        JournalSummary? last = null;
        foreach (var later in List().Where(one => one.Number > run.Number))
        {
            if (ReadRepeated(later, ids) is not { } repeated || !ids.Contains(repeated))
                continue;
            ids.Add(later.Id);
            last = later;
        }

        return last;
    }

    /// <summary>Removes a run.</summary>
    /// <param name="run">The run.</param>
    /// <exception cref="JournalException">It can't be removed, or is still running.</exception>
    public void Remove(JournalSummary run)
    {
        ArgumentNullException.ThrowIfNull(run);
        try
        {
            if (EventsFile.IsBeingWritten(DirectoryOf(run.Id)))
                throw new JournalException(string.Create(CultureInfo.InvariantCulture, $"run {run.Number} is still running"));
            using var held = Lock();
            Drop(RunList.Read(_path), [run]);
        }
        catch (Exception failure) when (SystemMessage.IsFileFailure(failure))
        {
            throw new JournalException($"{DirectoryOf(run.Id)}: {SystemMessage.Of(failure)}", failure);
        }
    }

    /// <summary>The clock.</summary>
    internal TimeProvider Time => _time;

    /// <summary>Records the end of a run, and removes the oldest runs beyond the limits.</summary>
    internal void End(JournalSummary summary)
    {
        using var held = Lock();
        Append(summary);
        // Reading the list takes longer than all else at the end of a run. A large run is checked at once.
        if (summary.Number % Limits.CheckInterval == 0 || summary.Bytes > Limits.Bytes / 100)
            Prune(summary.Id);
    }

    /// <summary>Writes the files that make a directory a run: the entry is the last, so that a run with an entry has events, too.</summary>
    private JournalWriter Begin(JournalEntry entry, string directory, JournalLevel level, RunId last)
    {
        var summary = SummaryReader.Begin(entry);
        var writer = new JournalWriter(this, summary, directory, level);
        try
        {
            PrivateFile.Replace(System.IO.Path.Combine(directory, EntryFile.Name), EntryFile.Write(entry));
            PrivateFile.Replace(
                In(NumberFile), Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{entry.Number} {last}\n")));
            Append(summary);
            return writer;
        }
        catch
        {
            writer.Dispose();
            throw;
        }
    }

    /// <summary>Rewrites the index, unless another program uses the journal, or it can't be written. The next reader then does it.</summary>
    private void Repair(RunList list)
    {
        try
        {
            using var held = LockedFile.TryOpen(In(LockFile), TimeSpan.Zero);
            if (held is not null && RunList.Read(_path, list) is { IsIndexStale: true } now)
                now.WriteIndex();
        }
        catch (Exception failure) when (SystemMessage.IsFileFailure(failure))
        {
            // The list itself is complete.
        }
    }

    private void Prune(RunId current)
    {
        var list = RunList.Read(_path);
        var oldest = _time.GetUtcNow() - Limits.Age;
        var bytes = list.Runs.Sum(run => run.Bytes);
        var kept = list.Runs.Count;
        var dropped = new List<JournalSummary>();
        foreach (var run in list.Runs)
        {
            if (kept <= Limits.Runs && bytes <= Limits.Bytes && run.StartedAt >= oldest)
                break;
            if (run.Id == current || EventsFile.IsBeingWritten(DirectoryOf(run.Id)))
                continue;
            dropped.Add(run);
            kept--;
            bytes -= run.Bytes;
        }

        // A directory that can't be read, such as that of a program that was killed while it made it, is kept as long as a run of its time.
        var first = list.Runs.Except(dropped).Select(run => run.Id).DefaultIfEmpty().Min(Comparer<RunId>.Create(RunList.Compare));
        foreach (var id in list.Unreadable.Where(id => RunList.Compare(id, first) < 0))
            Directory.Delete(DirectoryOf(id), recursive: true);
        if (dropped.Count > 0 || list.IsIndexStale)
            Drop(list, dropped);
    }

    /// <summary>Removes runs from the disk and from the list. Requires the lock.</summary>
    private void Drop(RunList list, IReadOnlyCollection<JournalSummary> runs)
    {
        foreach (var run in runs.Select(run => DirectoryOf(run.Id)).Where(Directory.Exists))
            Directory.Delete(run, recursive: true);
        var ids = runs.Select(run => run.Id).ToHashSet();
        list.Runs.RemoveAll(run => ids.Contains(run.Id));
        list.WriteIndex();
    }

    private void Append(JournalSummary summary)
    {
        var path = In(IndexFile.Name);
        FileStatus? status = FileStatus.Of(path);
        if (status is { IsRegular: false } other)
            throw new UnsuitableFileException($"{IndexFile.Name} is {other.TypeName}; remove it");
        using var file = new FileStream(path, PrivateFile.Options(FileMode.Append));
        byte[] line = IndexFile.Line(summary);
        // An incomplete line must not spoil this one.
        file.Write(status is { Length: > 0 } && !EndsWithLine(path) ? [(byte)'\n', .. line] : line);
    }

    private static bool EndsWithLine(string path)
    {
        using var file = PosixFile.TryOpenToRead(path);
        Span<byte> last = stackalloc byte[1];
        return file is null || RandomAccess.Read(file, last, Math.Max(0, RandomAccess.GetLength(file) - 1)) == 0 || last[0] == (byte)'\n';
    }

    /// <summary>Returns the run that a run repeats, if it may be one of some; null for any other run, and for one that can't be read.</summary>
    private RunId? ReadRepeated(JournalSummary run, HashSet<RunId> ids)
    {
        var path = System.IO.Path.Combine(DirectoryOf(run.Id), EntryFile.Name);
        try
        {
            // The entry of a large run takes long to parse, and few runs are repetitions.
            return PrivateFile.TryRead(path) is { } content && ids.Any(id => content.AsSpan().IndexOf(Encoding.ASCII.GetBytes(id.ToString())) >= 0)
                ? EntryFile.Read(content, path).Repeats
                : null;
        }
        catch (Exception failure) when (failure is JournalException || SystemMessage.IsFileFailure(failure))
        {
            return null;
        }
    }

    /// <summary>Returns the number and the identity of the last run.</summary>
    private (int Number, RunId Id) ReadNumber()
    {
        var fields = Encoding.ASCII.GetString(PrivateFile.TryRead(In(NumberFile)) ?? []).TrimEnd('\n').Split(' ');
        if (fields is [var number, var id] && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var stored)
            && stored > 0 && RunId.TryParse(id, out var last))
        {
            return (stored, last);
        }

        // Power that failed may have emptied the file.
        var runs = List();
        return runs.Count > 0 ? (runs[^1].Number, runs.Select(run => run.Id).Max(Comparer<RunId>.Create(RunList.Compare))) : (0, default);
    }

    private LockedFile Lock() => LockedFile.TryOpen(In(LockFile), MaxLockWait)
        ?? throw new IOException(string.Create(
            CultureInfo.InvariantCulture, $"another program has held the lock of the journal, {LockFile}, for {MaxLockWait.TotalSeconds:0} s"));

    private string In(string name) => System.IO.Path.Combine(_path, name);

    private string DirectoryOf(RunId id) => System.IO.Path.Combine(_path, id.ToString());
}
