using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;
using Volley.Interop.Text;

namespace Volley.Interop.Files;

/// <summary>
/// A directory held open by its descriptor. Files are accessed through the descriptor, never through a link, and are created only if the
/// name does not exist. Hence neither other users with write access to the directory nor names from a server can redirect a write.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed class OpenDirectory : IDisposable
{
    private const int PrivateMode = 0x1c0;       // 0700
    private const int PrivateFileMode = 0x180;   // 0600
    private const int DefaultMode = 0x1ff;       // 0777, less the umask

    private readonly SafeFileHandle _directory;

    private OpenDirectory(SafeFileHandle directory) => _directory = directory;

    private int Descriptor => (int)_directory.DangerousGetHandle();

    /// <summary>Opens a directory, and creates it and its parents if they do not exist.</summary>
    /// <exception cref="IOException">The directory can't be created or opened, or the path is a link of another user.</exception>
    /// <exception cref="UnauthorizedAccessException">The directory can't be created for lack of permission.</exception>
    public static OpenDirectory Make(string path)
    {
        // The kernel applies this rule to sticky directories (fs.protected_symlinks); it applies to all directories here.
        if (FileStatus.OfName(Path.TrimEndingDirectorySeparator(path)) is { IsLink: true, IsTrusted: false })
            throw new IOException("it is a symbolic link of another user; name the directory itself");
        SystemFile.CreateDirectory(path);
        return Open(path);
    }

    /// <summary>Opens an existing directory.</summary>
    /// <exception cref="IOException">The directory can't be opened.</exception>
    public static OpenDirectory Open(string path) =>
        new(FileCalls.Open(FileCalls.CurrentDirectory, path, FileCalls.ReadOnly | FileCalls.OnlyDirectory));

    /// <summary>Returns whether a text can be the name of a file in a directory: not empty, without a slash or NUL, and neither <c>.</c> nor <c>..</c>.</summary>
    public static bool IsName(string name) => name is not ("" or "." or "..") && name.AsSpan().IndexOfAny('/', '\0') < 0;

    /// <summary>Opens a directory in this one.</summary>
    /// <exception cref="IOException">The directory can't be opened, or the name is a link.</exception>
    public OpenDirectory OpenChild(string name) => new(FileCalls.Open(
        Descriptor, Checked(name), FileCalls.ReadOnly | FileCalls.OnlyDirectory | FileCalls.NoFollow));

    /// <summary>
    /// Opens a directory in this one, and creates it if it does not exist, with permissions less the umask and those of this user added. A link is replaced by a directory, and its target stays
    /// unchanged.
    /// </summary>
    /// <exception cref="IOException">The directory can't be created or opened.</exception>
    public OpenDirectory MakeChild(string name, UnixFileMode permissions) => MakeChild(name, (int)permissions | PrivateMode, replacesLink: true);

    /// <summary>Opens a directory in this one, and creates it with the default permissions if it does not exist.</summary>
    /// <exception cref="IOException">The directory can't be created or opened, or the name is a link.</exception>
    public OpenDirectory OpenOrMakeChild(string name) => MakeChild(name, DefaultMode, replacesLink: false);
    /// <summary>Locks the directory for this process until it is disposed. Returns false if another process holds the lock.</summary>
    public bool TryLock() => LockedFile.TryLock(_directory);

    /// <summary>Returns the status of a name; null if it does not exist.</summary>
    public FileStatus? GetStatus(string name) => FileStatus.OfName(Descriptor, name);

    /// <summary>Returns the names in the directory.</summary>
    /// <exception cref="IOException">The directory can't be read.</exception>
    public List<string> GetNames() => FileCalls.Names(Descriptor, ".", out var error) ?? throw Errno.Failure(error);

    /// <summary>Returns the target of a symbolic link; null if the name is not a link.</summary>
    public string? ReadLink(string name) => FileCalls.ReadLink(Descriptor, Checked(name));

    /// <summary>Creates a file that only this user can read and write.</summary>
    /// <exception cref="IOException">The name exists, or the file can't be created.</exception>
    public SafeFileHandle CreatePrivate(string name) => FileCalls.TryOpen(
        Descriptor, Checked(name), FileCalls.ReadWrite | FileCalls.Create | FileCalls.Exclusive | FileCalls.NoFollow, out var error, PrivateFileMode)
        ?? throw Errno.Failure(error);

    /// <summary>Opens an existing regular file of this user for reading and writing; null if the name is anything else.</summary>
    public SafeFileHandle? TryOpenOwn(string name)
    {
        var flags = FileCalls.ReadWrite | FileCalls.NoFollow | FileCalls.NonBlocking;
        var file = FileCalls.TryOpen(Descriptor, Checked(name), flags, out _);
        if (file is null || FileStatus.Of(file) is { IsRegular: true, IsOwn: true })
            return file;
        file.Dispose();
        return null;
    }

    /// <summary>Creates a symbolic link.</summary>
    /// <exception cref="IOException">The name exists, or the link can't be created.</exception>
    public void CreateLink(string name, string target) => Errno.Check(FileCalls.MakeLink(target, Descriptor, Checked(name)));

    /// <summary>Sets the times of a file or link.</summary>
    /// <exception cref="IOException">They can't be set.</exception>
    public void SetTimes(string name, DateTimeOffset accessed, DateTimeOffset modified) =>
        Errno.Check(FileCalls.SetTimes(Descriptor, name, accessed, modified));

    /// <summary>Sets the times of the directory itself.</summary>
    /// <exception cref="IOException">They can't be set.</exception>
    public void SetTimes(DateTimeOffset accessed, DateTimeOffset modified) => SetTimes(".", accessed, modified);

    /// <summary>Sets the permissions of the directory itself.</summary>
    /// <exception cref="IOException">They can't be set.</exception>
    /// <exception cref="UnauthorizedAccessException">The directory belongs to another user.</exception>
    public void SetMode(UnixFileMode mode) => File.SetUnixFileMode(_directory, mode);

    /// <summary>Creates a file for appending.</summary>
    /// <exception cref="IOException">The name exists, or the file can't be created.</exception>
    public SafeFileHandle Create(string name) => FileCalls.Open(
        Descriptor, name, FileCalls.WriteOnly | FileCalls.Append | FileCalls.Create | FileCalls.Exclusive | FileCalls.NoFollow);

    /// <summary>Creates a file, and replaces an existing one. A link is replaced, and its target stays unchanged.</summary>
    /// <exception cref="IOException">The existing file can't be removed, or the new one can't be created.</exception>
    public SafeFileHandle Replace(string name)
    {
        Delete(name);
        return Create(name);
    }

    /// <summary>Opens a file for appending that this process has created.</summary>
    /// <param name="name">The name of the file.</param>
    /// <param name="number">The inode number of the file at its creation.</param>
    /// <exception cref="IOException">The file can't be opened, or is another file.</exception>
    public SafeFileHandle Reopen(string name, ulong number)
    {
        // The file is opened without blocking, since it can have been replaced by a named pipe.
        var file = FileCalls.Open(Descriptor, name, FileCalls.WriteOnly | FileCalls.Append | FileCalls.NoFollow | FileCalls.NonBlocking);
        if (FileStatus.Of(file) is { IsRegular: true } status && status.Number == number)
            return file;
        file.Dispose();
        throw new IOException("it was replaced by another file during the run");
    }

    /// <summary>Removes a file, if it exists.</summary>
    /// <exception cref="IOException">The file can't be removed.</exception>
    public void Delete(string name)
    {
        if (FileCalls.Unlink(Descriptor, name) is not (0 or Errno.NoEntry) and var error)
            throw Errno.Failure(error);
    }

    /// <summary>Renames a file, and replaces an existing file with the new name.</summary>
    /// <exception cref="IOException">The file can't be renamed.</exception>
    public void Rename(string from, string to) => Errno.Check(FileCalls.Rename(Descriptor, from, to));

    public void Dispose() => _directory.Dispose();

    private OpenDirectory MakeChild(string name, int mode, bool replacesLink)
    {
        var error = FileCalls.MakeDirectory(Descriptor, Checked(name), mode);
        if (replacesLink && error == Errno.Exists && GetStatus(name) is { IsLink: true })
        {
            Delete(name);
            error = FileCalls.MakeDirectory(Descriptor, name, mode);
        }

        if (error is not (0 or Errno.Exists))
            throw Errno.Failure(error);
        var child = OpenChild(name);
        // Files must be created in a directory that is read-only at its origin, too. Its own mode is set at the end.
        if (error == Errno.Exists && FileStatus.Of(child._directory) is { IsOwn: true } status
            && ((int)status.Permissions & PrivateMode) != PrivateMode)
            child.SetMode(status.Permissions | (UnixFileMode)PrivateMode);
        return child;
    }

    private static string Checked(string name) =>
        IsName(name) ? name : throw new IOException($"invalid file name '{name.Replace("\0", "\\0", StringComparison.Ordinal)}'");
}
