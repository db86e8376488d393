using Volley.Interop;
using Volley.Interop.Text;

namespace Volley.Transfers.Sources;

/// <summary>What a source operand names: one file, or a directory with everything below it. It is read once, before any host is contacted.</summary>
internal sealed class LocalTree
{
    private readonly List<LocalEntry> _entries = [];
    private readonly List<string> _skipped = [];
    private readonly Func<string, bool, bool> _isExcluded;

    private LocalTree(string path, string name, LocalEntry root, Func<string, bool, bool> isExcluded)
    {
        Path = path;
        Name = name;
        Root = root;
        _isExcluded = isExcluded;
        _entries.Add(root);
    }

    /// <summary>The path of the operand.</summary>
    public string Path { get; }

    /// <summary>The name in the destination directory; empty if the content goes directly into it (<c>.</c> and <c>..</c>).</summary>
    public string Name { get; }

    /// <summary>The operand itself.</summary>
    public LocalEntry Root { get; }

    /// <summary>The entries: the operand first, each directory before its content, names in the order of their code units.</summary>
    public IReadOnlyList<LocalEntry> Entries => _entries;

    /// <summary>Sockets, pipes and devices, which are not copied.</summary>
    public IReadOnlyList<string> Skipped => _skipped;

    /// <summary>Reads a source.</summary>
    /// <param name="path">The path. A symbolic link is followed; those below a directory are not.</param>
    /// <param name="isExcluded">Returns whether a path below the source, which is a directory if the second value is true, is left out.</param>
    /// <exception cref="IOException">The source or a part of it can't be read, or it is a socket, a pipe or a device.</exception>
    public static LocalTree Read(string path, Func<string, bool, bool> isExcluded)
    {
        var status = FileStatus.Of(path) ?? throw new IOException($"{path}: {Errno.Text(Reason(path))}");
        if (!status.IsRegular && !status.IsDirectory)
            throw new IOException($"{path}: a socket, a pipe or a device can't be copied");
        Check(path, status);
        var tree = new LocalTree(path, GetName(path), Describe(null, path, path, status), isExcluded);
        if (status.IsDirectory)
            tree.AddContent("");
        return tree;
    }

    private static string GetName(string path)
    {
        var name = path.TrimEnd('/');
        name = name[(name.LastIndexOf('/') + 1)..];
        // The content of the root directory has no other name either.
        return name is "." or ".." ? "" : name;
    }

    private void AddContent(string directory)
    {
        var path = directory.Length == 0 ? Path : Join(Path, directory);
        var names = FileCalls.Names(FileCalls.CurrentDirectory, path, out var error) ?? throw new IOException($"{path}: {Errno.Text(error)}");
        names.Sort(StringComparer.Ordinal);
        foreach (var name in names)
            Add(directory.Length == 0 ? name : $"{directory}/{name}");
    }

    private void Add(string name)
    {
        var path = Join(Path, name);
        // A file that was deleted since the directory was read.
        if (FileStatus.OfName(path) is not { } status || _isExcluded(name, status.IsDirectory))
            return;
        if (!status.IsRegular && !status.IsDirectory && !status.IsLink)
        {
            _skipped.Add(path);
            return;
        }

        if (!status.IsLink)
            Check(path, status);
        _entries.Add(Describe(Path, name, path, status));
        if (status.IsDirectory)
            AddContent(name);
    }

    private static LocalEntry Describe(string? root, string name, string path, FileStatus status) => new(root, name)
    {
        Kind = status.IsDirectory ? LocalEntryKind.Directory : status.IsLink ? LocalEntryKind.Link : LocalEntryKind.File,
        Permissions = status.Permissions,
        Length = status.IsRegular ? status.Length : 0,
        DataLength = status.IsRegular ? Math.Min(status.Length, status.AllocatedLength) : 0,
        WriteTime = status.WriteTime,
        Number = status.Number,
        LinkTarget = status.IsLink ? SystemFile.ReadLink(path) ?? throw new IOException($"{path}: {Errno.Text(Errno.NoEntry)}") : null,
    };

    private static void Check(string path, FileStatus status)
    {
        if (!FileCalls.CanRead(path, status.IsDirectory))
            throw new IOException($"{path}: {Errno.Text(Errno.NoAccess)}");
    }

    /// <summary>Returns the error for a path without a status: statx does not tell whether it is missing or out of reach.</summary>
    private static int Reason(string path)
    {
        using var file = FileCalls.TryOpen(FileCalls.CurrentDirectory, path, FileCalls.OnlyPath, out var error);
        return error == 0 ? Errno.NoEntry : error;
    }

    private static string Join(string directory, string name) => directory.EndsWith('/') ? $"{directory}{name}" : $"{directory}/{name}";
}
