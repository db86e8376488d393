using Volley.Interop;
using Volley.Interop.Text;

namespace Volley.Transfers.Sources;

/// <summary>What a source operand names: one file, or a directory with everything below it. It is read once, before any host is contacted.</summary>
internal sealed class LocalTree
{
    private readonly List<LocalEntry> _entries = [];
    private readonly List<string> _skipped = [];
    private readonly Func<string, bool, bool> _isExcluded;
    private readonly bool _followsLinks;
    // The directories that contain the current one, by device and inode: a link may lead back to one of them.
    private readonly HashSet<(ulong FileSystem, ulong Number)> _open = [];

    private LocalTree(string path, string name, LocalEntry root, Func<string, bool, bool> isExcluded, bool followsLinks = false)
    {
        Path = path;
        Name = name;
        Root = root;
        _isExcluded = isExcluded;
        _followsLinks = followsLinks;
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
    /// <param name="path">The path. A symbolic link is followed.</param>
    /// <param name="isExcluded">Returns whether a path below the source, which is a directory if the second value is true, is left out.</param>
    /// <param name="followsLinks">Whether symbolic links below a directory are followed.</param>
    /// <exception cref="IOException">The source or a part of it can't be read, or it is a socket, a pipe or a device.</exception>
    public static LocalTree Read(string path, Func<string, bool, bool> isExcluded, bool followsLinks = false)
    {
        var status = FileStatus.Of(path) ?? throw new IOException($"{path}: {Errno.Text(Reason(path))}");
        if (!status.IsRegular && !status.IsDirectory)
            throw new IOException($"{path}: a socket, a pipe or a device can't be copied");
        Check(path, status);
        var tree = new LocalTree(path, GetName(path), Describe(null, path, path, status), isExcluded, followsLinks);
        if (status.IsDirectory)
            tree.AddContent("", status);
        return tree;
    }

    private static string GetName(string path)
    {
        var name = path.TrimEnd('/');
        name = name[(name.LastIndexOf('/') + 1)..];
        // The content of the root directory has no other name either.
        return name is "." or ".." ? "" : name;
    }

    private void AddContent(string directory, FileStatus status)
    {
        var path = directory.Length == 0 ? Path : Join(Path, directory);
        if (_followsLinks && !_open.Add((status.FileSystem, status.Number)))
            throw new IOException($"{path}: a symbolic link leads to a directory that contains it");
        var names = FileCalls.Names(FileCalls.CurrentDirectory, path, out var error) ?? throw new IOException($"{path}: {Errno.Text(error)}");
        names.Sort(StringComparer.Ordinal);
        foreach (var name in names)
            Add(directory.Length == 0 ? name : $"{directory}/{name}");
        _open.Remove((status.FileSystem, status.Number));
    }

    private void Add(string name)
    {
        var path = Join(Path, name);
        // A file that was deleted since the directory was read.
        if (FileStatus.OfName(path) is not { } status || _isExcluded(name, status.IsDirectory))
            return;
        var isFollowed = _followsLinks && status.IsLink;
        if (isFollowed)
            status = FileStatus.Of(path) ?? throw new IOException($"{path}: {Errno.Text(Reason(path))}");
        if (!status.IsRegular && !status.IsDirectory && !status.IsLink)
        {
            _skipped.Add(path);
            return;
        }

        if (!status.IsLink)
            Check(path, status);
        _entries.Add(Describe(Path, name, path, status, isFollowed));
        if (status.IsDirectory)
            AddContent(name, status);
    }

    private static LocalEntry Describe(string? root, string name, string path, FileStatus status, bool isFollowed = false)
    {
        var content = UnstatedContent.Find(path, status);
        return Describe(root, name, path, status, content, isFollowed);
    }

    private static LocalEntry Describe(string? root, string name, string path, FileStatus status, byte[]? content, bool isFollowed) => new(root, name)
    {
        Kind = status.IsDirectory ? LocalEntryKind.Directory : status.IsLink ? LocalEntryKind.Link : LocalEntryKind.File,
        Permissions = status.Permissions,
        IsFollowed = isFollowed,
        Length = content?.Length ?? (status.IsRegular ? status.Length : 0),
        DataLength = content?.Length ?? (status.IsRegular ? Math.Min(status.Length, status.AllocatedLength) : 0),
        Content = content,
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
