using System.Collections.Concurrent;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace Volley.Interop.Text;

/// <summary>
/// File operations on names with bytes that are not UTF-8 (<see cref="SystemText"/>), which the base library can't express. They use system calls for
/// such names, and the base library for all others. Both throw the same exceptions.
/// </summary>
internal static class SystemFile
{
    private const UnixFileMode NewDirectory = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    private static readonly ConcurrentDictionary<string, SafeFileHandle> Reached = new();

    private static readonly Lazy<bool> WorkingDirectoryHasBytes = new(() => ReadLink("/proc/self/cwd") is { } directory && SystemText.HasBytes(directory));

    /// <summary>Opens a file.</summary>
    /// <exception cref="IOException">It can't be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be opened.</exception>
    public static SafeFileHandle Open(string path, FileMode mode = FileMode.Open, FileAccess access = FileAccess.Read)
    {
        if (!NeedsCalls(path))
            return File.OpenHandle(path, mode, access, FileShare.ReadWrite | FileShare.Delete);
        var file = FileCalls.TryOpen(FileCalls.CurrentDirectory, path, Flags(mode, access), out var error) ?? throw Errno.Failure(error, path);
        if (FileStatus.Of(file) is not { IsDirectory: true })
            return file;
        file.Dispose();
        throw Errno.Failure(Errno.NoAccess, path);
    }

    /// <summary>Opens a file as a stream without a buffer.</summary>
    /// <exception cref="IOException">It can't be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be opened.</exception>
    public static FileStream OpenStream(string path, FileMode mode = FileMode.Open, FileAccess access = FileAccess.Read) =>
        NeedsCalls(path)
            ? new(Open(path, mode, access), access, bufferSize: 0)
            : new(path, mode, access, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);

    /// <summary>Reads a whole file.</summary>
    /// <exception cref="IOException">It can't be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static byte[] ReadAllBytes(string path)
    {
        if (!NeedsCalls(path))
            return File.ReadAllBytes(path);
        using var content = new MemoryStream();
        using var file = OpenStream(path);
        file.CopyTo(content);
        return content.ToArray();
    }

    /// <summary>Returns the lines of a file, as text of the system.</summary>
    /// <exception cref="IOException">It can't be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static string[] ReadAllLines(string path)
    {
        var lines = SystemText.Decode(ReadAllBytes(path)).Split('\n');
        return lines[^1].Length == 0 ? lines[..^1] : lines;
    }

    /// <summary>Returns whether a file exists and is not a directory.</summary>
    public static bool Exists(string path) => NeedsCalls(path) ? FileStatus.Of(path) is { IsDirectory: false } : File.Exists(path);

    /// <summary>Returns whether a directory exists.</summary>
    public static bool DirectoryExists(string path) => FileStatus.IsDirectoryAt(path);

    /// <summary>Returns the permissions of a file; none on Windows.</summary>
    /// <exception cref="IOException">There is no such file.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be reached.</exception>
    public static UnixFileMode GetUnixFileMode(string path)
    {
        if (OperatingSystem.IsWindows())
            return UnixFileMode.None;
        if (!NeedsCalls(path))
            return File.GetUnixFileMode(path);
        using var file = OpenPath(path);
        return File.GetUnixFileMode(file);
    }

    /// <summary>Returns the length in bytes and the time (UTC) of the last change of a file; null if it does not exist.</summary>
    public static (long Length, DateTime ChangedAt)? Status(string path)
    {
        if (!NeedsCalls(path))
            return new FileInfo(path) is { Exists: true } info ? (info.Length, info.LastWriteTimeUtc) : null;
        if (!Exists(path))
            return null;
        using var file = Open(path);
        return (RandomAccess.GetLength(file), File.GetLastWriteTimeUtc(file));
    }

    /// <summary>Creates a directory, and its parents if they are missing.</summary>
    /// <exception cref="IOException">It can't be made.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be made.</exception>
    public static void CreateDirectory(string path, UnixFileMode mode = NewDirectory)
    {
        if (!NeedsCalls(path))
        {
            _ = OperatingSystem.IsWindows() ? Directory.CreateDirectory(path) : Directory.CreateDirectory(path, mode);
            return;
        }

        if (path.TrimEnd('/') is { Length: > 0 } name && Path.GetDirectoryName(name) is { Length: > 0 } parent && !DirectoryExists(parent))
            CreateDirectory(parent, mode);
        var error = FileCalls.MakeDirectory(FileCalls.CurrentDirectory, path, (int)mode);
        if (error != 0 && (error != Errno.Exists || !DirectoryExists(path)))
            throw Errno.Failure(error, path);
    }

    /// <summary>Renames a file, and replaces a file of the new name.</summary>
    /// <exception cref="IOException">It can't be renamed.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be renamed.</exception>
    public static void Move(string from, string to)
    {
        if (!NeedsCalls(from) && !NeedsCalls(to))
            File.Move(from, to, overwrite: true);
        else if (FileCalls.Rename(FileCalls.CurrentDirectory, from, to) is not 0 and var error)
            throw Errno.Failure(error, to);
    }

    /// <summary>Deletes a file if it exists.</summary>
    /// <exception cref="IOException">It can't be removed.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be removed.</exception>
    public static void Delete(string path)
    {
        if (!NeedsCalls(path))
            File.Delete(path);
        else if (FileCalls.Unlink(FileCalls.CurrentDirectory, path) is not (0 or Errno.NoEntry) and var error)
            throw Errno.Failure(error, path);
    }

    /// <summary>Returns an absolute path, also if the name of the working directory has bytes that are not UTF-8.</summary>
    public static string FullPath(string path)
    {
        var full = Path.GetFullPath(path);
        return SystemText.MayLack(full) && !Path.IsPathRooted(path) && ReadLink("/proc/self/cwd") is { } directory
            ? Path.GetFullPath(path, directory)
            : full;
    }

    /// <summary>Returns the target of a symbolic link; null if the path is not a link.</summary>
    public static string? ReadLink(string path) => OperatingSystem.IsLinux()
        ? FileCalls.ReadLink(FileCalls.CurrentDirectory, path)
        : new FileInfo(path).LinkTarget;

    /// <summary>Returns the names in a directory, without <c>.</c> and <c>..</c>.</summary>
    /// <exception cref="IOException">It can't be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static List<string> Names(string directory)
    {
        if (!NeedsCalls(directory))
        {
            List<string> names = [.. Directory.EnumerateFileSystemEntries(directory).Select(entry => Path.GetFileName(entry))];
            if (!OperatingSystem.IsLinux() || !names.Exists(SystemText.MayLack))
                return names;
        }

        return FileCalls.Names(FileCalls.CurrentDirectory, directory, out var error) ?? throw Errno.Failure(error, directory);
    }

    /// <summary>
    /// Returns a name by which the base library can access a directory or a socket, valid until this process ends: the path itself, or if it has
    /// bytes that are not UTF-8, a name in /proc/self/fd.
    /// </summary>
    /// <exception cref="IOException">There is no such directory or socket.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be reached.</exception>
    public static string Reach(string path)
    {
        // The handles are never closed, so that the names stay valid.
        return NeedsCalls(path) ? $"/proc/self/fd/{Reached.GetOrAdd(path, OpenPath).DangerousGetHandle()}" : path;
    }

    /// <summary>
    /// Returns whether the base library can't express a name. It makes relative paths absolute, so the name of the working directory matters too.
    /// </summary>
    [SupportedOSPlatformGuard("linux")]
    private static bool NeedsCalls(string path) =>
        OperatingSystem.IsLinux() && (SystemText.HasBytes(path) || (!Path.IsPathRooted(path) && WorkingDirectoryHasBytes.Value));

    /// <summary>Opens a file of any type without access to its content.</summary>
    [SupportedOSPlatform("linux")]
    private static SafeFileHandle OpenPath(string path) =>
        FileCalls.TryOpen(FileCalls.CurrentDirectory, path, FileCalls.OnlyPath, out var error) ?? throw Errno.Failure(error, path);

    [SupportedOSPlatform("linux")]
    private static int Flags(FileMode mode, FileAccess access)
    {
        var flags = access switch { FileAccess.Read => FileCalls.ReadOnly, FileAccess.Write => FileCalls.WriteOnly, _ => FileCalls.ReadWrite };
        return flags | mode switch
        {
            FileMode.CreateNew => FileCalls.Create | FileCalls.Exclusive,
            FileMode.Create => FileCalls.Create | FileCalls.Truncate,
            FileMode.OpenOrCreate => FileCalls.Create,
            FileMode.Truncate => FileCalls.Truncate,
            FileMode.Append => FileCalls.Create | FileCalls.Append,
            _ => 0,
        };
    }
}
