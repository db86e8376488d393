using Microsoft.Win32.SafeHandles;
using Volley.Interop;
using Volley.Interop.Text;

namespace Volley.Cli.Output.Files;

/// <summary>
/// A directory held open by its descriptor. Files are accessed through the descriptor, never through a link, and are created only if the
/// name does not exist. Hence other users with write access to the directory can't redirect a write.
/// </summary>
internal sealed class OpenDirectory : IDisposable
{
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

    /// <summary>Locks the directory for this process until it is disposed. Returns false if another process holds the lock.</summary>
    public bool TryLock() => LockedFile.TryLock(_directory);

    /// <summary>Returns the status of a name; null if it does not exist.</summary>
    public FileStatus? GetStatus(string name) => FileStatus.OfName(Descriptor, name);

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
}
