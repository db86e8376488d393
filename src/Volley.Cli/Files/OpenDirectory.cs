using Microsoft.Win32.SafeHandles;
using Volley.Ssh.Files;

namespace Volley.Cli.Files;

/// <summary>
/// A directory that is held open. Its files are reached by its descriptor and never through a link, and are created only
/// where there was none: other users who may write to the directory can't lead a write to another place.
/// </summary>
internal sealed class OpenDirectory : IDisposable
{
    private readonly SafeFileHandle _directory;

    private OpenDirectory(SafeFileHandle directory) => _directory = directory;

    private int Descriptor => (int)_directory.DangerousGetHandle();

    /// <summary>Opens a directory, and makes it and those above it if they are not there.</summary>
    /// <exception cref="IOException">It can't be made or opened, or the path is a link that another user made.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be made.</exception>
    public static OpenDirectory Make(string path)
    {
        // As the kernel does it in sticky directories (fs.protected_symlinks), but in all of them.
        if (FileCalls.Status(FileCalls.CurrentDirectory, Path.TrimEndingDirectorySeparator(path)) is { IsLink: true, IsTrusted: false })
            throw new IOException("it is a symbolic link that another user made; name the directory itself");
        SystemFile.CreateDirectory(path);
        return Open(path);
    }

    /// <summary>Opens a directory that is there.</summary>
    /// <exception cref="IOException">It can't be opened.</exception>
    public static OpenDirectory Open(string path) =>
        new(FileCalls.Open(FileCalls.CurrentDirectory, path, FileCalls.ReadOnly | FileCalls.OnlyDirectory));

    /// <summary>Takes the directory for this process until it is disposed; false if another process has it.</summary>
    public bool TryLock() => FileCalls.TryLock(_directory);

    /// <summary>What a name stands for; null if there is nothing of that name.</summary>
    public FileStatus? StatusOf(string name) => FileCalls.Status(Descriptor, name);

    /// <summary>Creates a file, to append to.</summary>
    /// <exception cref="IOException">There is one of that name, or it can't be created.</exception>
    public SafeFileHandle Create(string name) => FileCalls.Open(
        Descriptor, name, FileCalls.WriteOnly | FileCalls.Append | FileCalls.Create | FileCalls.Exclusive | FileCalls.NoFollow);

    /// <summary>Creates a file in place of what has the name. A link is replaced, and what it leads to stays as it is.</summary>
    /// <exception cref="IOException">What is there can't be removed, or the file not be created.</exception>
    public SafeFileHandle Replace(string name)
    {
        Delete(name);
        return Create(name);
    }

    /// <summary>Opens a file that this process has created, to append to.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="number">The inode number that it had.</param>
    /// <exception cref="IOException">It can't be opened, or is another file.</exception>
    public SafeFileHandle Reopen(string name, ulong number)
    {
        // Without blocking: what lies there now might be a pipe.
        var file = FileCalls.Open(Descriptor, name, FileCalls.WriteOnly | FileCalls.Append | FileCalls.NoFollow | FileCalls.NonBlocking);
        if (FileCalls.Status(file) is { IsRegular: true } status && status.Number == number)
            return file;
        file.Dispose();
        throw new IOException("it was replaced by another file meanwhile");
    }

    /// <summary>Removes a file, if it is there.</summary>
    /// <exception cref="IOException">It can't be removed.</exception>
    public void Delete(string name) => FileCalls.Unlink(Descriptor, name);

    /// <summary>Renames a file; what has the new name is replaced.</summary>
    /// <exception cref="IOException">It can't be renamed.</exception>
    public void Rename(string from, string to) => FileCalls.Rename(Descriptor, from, to);

    public void Dispose() => _directory.Dispose();
}
