using Volley.Interop.Text;
using Volley.Transfers.Sources;

namespace Volley.Transfers.Syncing;

/// <summary>What differs between a source and its destination at one target.</summary>
internal sealed class TreeDifference
{
    private readonly HashSet<string> _touched = [];

    /// <summary>Entries that the target does not have, or that have another content: files, links and directories.</summary>
    public HashSet<LocalEntry> Copied { get; } = [];

    /// <summary>The entries of <see cref="Copied"/> in whose place the target has nothing.</summary>
    public HashSet<LocalEntry> New { get; } = [];

    /// <summary>The lengths of large files that are replaced.</summary>
    public Dictionary<LocalEntry, long> OldLengths { get; } = [];

    /// <summary>Files and directories of which only the attributes differ.</summary>
    public HashSet<LocalEntry> Changed { get; } = [];

    /// <summary>Relative paths that the source does not have, with whether they are directories, in order.</summary>
    public List<(string Path, bool IsDirectory)> Deleted { get; } = [];

    /// <summary>Relative paths of another kind than what the source has under their name, with what is below them, in order: they are deleted first.</summary>
    public List<(string Path, bool IsDirectory)> Replaced { get; } = [];

    /// <summary>The failure if more is deleted than is allowed; null if not. Nothing may be changed then.</summary>
    public TransferException? Excess { get; set; }

    /// <summary>Completes the difference.</summary>
    public void Complete()
    {
        Deleted.Sort((one, other) => string.CompareOrdinal(one.Path, other.Path));
        Replaced.Sort((one, other) => string.CompareOrdinal(one.Path, other.Path));
        foreach (var path in Copied.Select(entry => entry.RelativeName).Concat(Deleted.Select(deleted => deleted.Path)))
        {
            if (path.Length > 0)
                _touched.Add(RemotePath.GetDirectory(path));
        }
    }

    /// <summary>Returns whether the attributes of a directory must be set: it is new, they differ, or its content changes its time.</summary>
    public bool MustComplete(LocalEntry directory) =>
        Copied.Contains(directory) || Changed.Contains(directory) || _touched.Contains(directory.RelativeName);

    /// <summary>Returns the changes, a line for each, in their order: what is replaced, the source, and the deletions.</summary>
    public byte[] GetLines(LocalTree tree)
    {
        using var text = new MemoryStream();
        foreach (var (path, isDirectory) in Replaced)
            Add("delete", path, isDirectory);
        foreach (var entry in tree.Entries)
        {
            if (New.Contains(entry))
                Add("create", entry.RelativeName, entry.Kind == LocalEntryKind.Directory);
            else if (Copied.Contains(entry))
                Add("update", entry.RelativeName, false);
            else if (Changed.Contains(entry))
                Add("attributes", entry.RelativeName, entry.Kind == LocalEntryKind.Directory);
        }

        foreach (var (path, isDirectory) in Deleted)
            Add("delete", path, isDirectory);
        return text.ToArray();

        void Add(string change, string path, bool isDirectory)
        {
            // One line for each change, whatever the name.
            var name = (path.Length == 0 ? tree.Root.Kind == LocalEntryKind.Directory ? "." : RemotePath.GetName(tree.Path) : path)
                .Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal).Replace("\r", "\\r", StringComparison.Ordinal);
            text.Write(SystemText.Encode($"{change,-10} {name}{(isDirectory ? "/" : "")}\n"));
        }
    }
}
