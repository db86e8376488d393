using System.IO.Enumeration;
using Volley.Interop;
using Volley.Interop.Files;

namespace Volley.Rollout.Journal;

/// <summary>
/// All runs of a journal. The index is only a faster form of what is in the directories of the runs: what is missing or damaged in it is read from
/// there, and the end of a run whose program could not record it is added.
/// </summary>
internal sealed class RunList
{
    private readonly string _path;
    private readonly Dictionary<RunId, JournalSummary> _found;

    private RunList(string path, Dictionary<RunId, JournalSummary> found) => (_path, _found) = (path, found);

    /// <summary>The runs, the oldest first.</summary>
    public List<JournalSummary> Runs { get; } = [];

    /// <summary>Directories of runs that can't be read.</summary>
    public List<RunId> Unreadable { get; } = [];

    /// <summary>Whether the index lacks something, and has to be rewritten.</summary>
    public bool IsIndexStale { get; private set; }

    /// <summary>Reads the list.</summary>
    /// <param name="path">The directory of the journal.</param>
    /// <param name="before">A list that was read before, whose findings in directories are used again; null for none.</param>
    /// <exception cref="IOException">The index or the directory can't be read.</exception>
    public static RunList Read(string path, RunList? before = null)
    {
        var list = new RunList(path, before?._found ?? []);
        // The index comes first: a run that begins meanwhile is then found by its directory.
        var listed = IndexFile.Read(ReadIndex(path), out var isDamaged);
        var ids = FindDirectories(path);
        list.IsIndexStale = isDamaged;
        foreach (var id in ids)
            list.Add(id, listed.GetValueOrDefault(id));
        list.IsIndexStale |= list.Runs.Count < listed.Count;
        // The numbers of an old list may begin at 1 again, but ids sort by time.
        list.Runs.Sort((one, other) => one.Number != other.Number ? one.Number.CompareTo(other.Number) : Compare(one.Id, other.Id));
        return list;
    }

    /// <summary>Rewrites the index. Requires the lock of the journal.</summary>
    /// <exception cref="IOException">It can't be written.</exception>
    public void WriteIndex() => PrivateFile.Replace(Path.Combine(_path, IndexFile.Name), [.. Runs.SelectMany(IndexFile.Line)]);

    /// <summary>Orders identities by the times of the starts.</summary>
    public static int Compare(RunId one, RunId other) => string.CompareOrdinal(one.ToString(), other.ToString());

    private void Add(RunId id, JournalSummary? run)
    {
        var directory = Path.Combine(_path, id.ToString());
        if (run is { State: not JournalState.Running } || (run is not null && EventsFile.IsBeingWritten(directory)))
        {
            Runs.Add(run);
            return;
        }

        if (!_found.TryGetValue(id, out var found))
        {
            found = SummaryReader.TryRead(directory, id);
            if (found is null)
            {
                Unreadable.Add(id);
                return;
            }

            // The end of a run that still runs is yet to come.
            if (found.State != JournalState.Running)
                _found[id] = found;
        }

        Runs.Add(found);
        IsIndexStale |= run is null || found.State != JournalState.Running;
    }

    private static byte[] ReadIndex(string path)
    {
        try
        {
            return PrivateFile.TryRead(Path.Combine(path, IndexFile.Name)) ?? [];
        }
        catch (UnsuitableFileException)
        {
            // It will be replaced.
            return "unsuitable"u8.ToArray();
        }
    }

    private static List<RunId> FindDirectories(string path)
    {
        try
        {
            var names = new FileSystemEnumerable<string>(path, static (ref FileSystemEntry entry) => entry.FileName.ToString())
            {
                ShouldIncludePredicate = static (ref FileSystemEntry entry) => entry.FileName.Length == RunId.Length && entry.IsDirectory,
            };
            return [.. names.Select(name => RunId.TryParse(name, out var id) ? id : default).Where(id => id != default)];
        }
        catch (DirectoryNotFoundException)
        {
            return FileStatus.Of(path) is null ? [] : throw Errno.Failure(Errno.NotDirectory);
        }
    }
}
