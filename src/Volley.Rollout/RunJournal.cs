using System.Globalization;
using Volley.Interop;
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
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

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

    /// <summary>Begins the journal of a run.</summary>
    /// <param name="entry">Makes the entry of the run from its identity and its number.</param>
    /// <param name="level">How much output is kept.</param>
    /// <returns>The writer, which the caller disposes of.</returns>
    /// <exception cref="JournalException">The journal can't be written.</exception>
    /// <exception cref="ArgumentNullException">The function is null.</exception>
    public JournalWriter Begin(Func<RunId, int, JournalEntry> entry, JournalLevel level = JournalLevel.Ends)
    {
        ArgumentNullException.ThrowIfNull(entry);
        try
        {
            Directory.CreateDirectory(_path, OwnerOnly);
            using var held = Lock();
            var number = ReadNumber() + 1;
            var id = RunId.Create(_time);
            var made = entry(id, number);
            var directory = DirectoryOf(id);
            Directory.CreateDirectory(directory, OwnerOnly);
            WriteNew(System.IO.Path.Combine(directory, EntryFile.Name), EntryFile.Write(made));
            File.WriteAllText(In(NumberFile), number.ToString(CultureInfo.InvariantCulture));
            var summary = new JournalSummary
            {
                Id = id,
                Number = number,
                StartedAt = made.StartedAt,
                Title = made.Title,
                Targets = made.Targets.Length,
                Hosts = IndexFile.Fold(made.Targets),
            };
            Append(summary);
            return new JournalWriter(this, summary, directory, level);
        }
        catch (Exception failure) when (SystemMessage.IsFileFailure(failure))
        {
            throw new JournalException($"{_path}: {SystemMessage.Of(failure)}", failure);
        }
    }

    /// <summary>Returns all runs, the oldest first.</summary>
    /// <returns>The runs.</returns>
    /// <exception cref="JournalException">The list can't be read.</exception>
    public IReadOnlyList<JournalSummary> List()
    {
        try
        {
            return IndexFile.Read(File.ReadAllBytes(In(IndexFile.Name)));
        }
        catch (Exception missing) when (missing is FileNotFoundException or DirectoryNotFoundException)
        {
            return [];
        }
        catch (Exception failure) when (SystemMessage.IsFileFailure(failure))
        {
            throw new JournalException($"{In(IndexFile.Name)}: {SystemMessage.Of(failure)}", failure);
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

    /// <summary>Returns whether the program of a run still runs.</summary>
    /// <param name="run">The run.</param>
    /// <returns>False if it has ended, or was killed.</returns>
    /// <exception cref="JournalException">The journal of the run can't be read.</exception>
    /// <exception cref="ArgumentNullException">The run is null.</exception>
    public bool IsRunning(JournalSummary run)
    {
        ArgumentNullException.ThrowIfNull(run);
        try
        {
            return EventsFile.IsBeingWritten(DirectoryOf(run.Id));
        }
        catch (Exception failure) when (SystemMessage.IsFileFailure(failure))
        {
            throw new JournalException($"{DirectoryOf(run.Id)}: {SystemMessage.Of(failure)}", failure);
        }
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
            Drop([run]);
        }
        catch (Exception failure) when (SystemMessage.IsFileFailure(failure))
        {
            throw new JournalException($"{DirectoryOf(run.Id)}: {SystemMessage.Of(failure)}", failure);
        }
    }

    /// <summary>Records the end of a run, and removes the oldest runs beyond the limits.</summary>
    internal void End(JournalSummary summary)
    {
        using var held = Lock();
        Append(summary);
        // Reading the list takes longer than all else at the end of a run. A large run is checked at once.
        if (summary.Number % Limits.CheckInterval == 0 || summary.Bytes > Limits.Bytes / 100)
            Prune(summary.Id);
    }

    private void Prune(RunId current)
    {
        var runs = IndexFile.Read(File.ReadAllBytes(In(IndexFile.Name)));
        var oldest = _time.GetUtcNow() - Limits.Age;
        var bytes = runs.Sum(run => run.Bytes);
        var kept = runs.Count;
        var dropped = new List<JournalSummary>();
        foreach (var run in runs)
        {
            if (kept <= Limits.Runs && bytes <= Limits.Bytes && run.StartedAt >= oldest)
                break;
            if (run.Id == current || EventsFile.IsBeingWritten(DirectoryOf(run.Id)))
                continue;
            dropped.Add(run);
            kept--;
            bytes -= run.Bytes;
        }

        if (dropped.Count > 0)
            Drop(dropped);
    }

    /// <summary>Removes runs from the disk and from the list. Requires the lock.</summary>
    private void Drop(IReadOnlyCollection<JournalSummary> runs)
    {
        foreach (var run in runs.Select(run => DirectoryOf(run.Id)).Where(Directory.Exists))
            Directory.Delete(run, recursive: true);
        var ids = runs.Select(run => run.Id).ToHashSet();
        var rest = IndexFile.Read(File.ReadAllBytes(In(IndexFile.Name))).Where(run => !ids.Contains(run.Id));
        var temporary = In($"{IndexFile.Name}.new");
        File.Delete(temporary);
        WriteNew(temporary, [.. rest.SelectMany(IndexFile.Line)]);
        File.Move(temporary, In(IndexFile.Name), overwrite: true);
    }

    private void Append(JournalSummary summary)
    {
        using var file = new FileStream(In(IndexFile.Name), Options(FileMode.Append));
        file.Write(IndexFile.Line(summary));
    }

    private int ReadNumber()
    {
        var text = File.Exists(In(NumberFile)) ? File.ReadAllText(In(NumberFile)) : "";
        var stored = int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
        // A full disk may have emptied the file.
        return stored > 0 ? stored : List() is [.., var last] ? last.Number : 0;
    }

    private static void WriteNew(string path, byte[] content)
    {
        using var file = new FileStream(path, Options(FileMode.CreateNew));
        file.Write(content);
    }

    internal static FileStreamOptions Options(FileMode mode) => new()
    {
        Mode = mode,
        Access = FileAccess.Write,
        Share = FileShare.ReadWrite | FileShare.Delete,
        BufferSize = 0,
        UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
    };

    private LockedFile Lock() => LockedFile.Open(In(LockFile));

    private string In(string name) => System.IO.Path.Combine(_path, name);

    private string DirectoryOf(RunId id) => System.IO.Path.Combine(_path, id.ToString());
}
