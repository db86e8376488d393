using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Volley.Ssh.Text;

namespace Volley.Ssh.Files;

/// <summary>
/// Files whose names may hold bytes that are not UTF-8 (<see cref="SystemText"/>), which the base library can't name: those are
/// opened by the system's own calls. All other names go to the base library. Failures are the same exceptions in both cases.
/// </summary>
public static partial class SystemFile
{
    private const int NoEntry = 2; // ENOENT
    private const int PermissionDenied = 13; // EACCES
    private const int AlreadyExists = 17; // EEXIST
    private const int OpenPath = 0x200000 | CloseOnExec; // O_PATH
    private const int CloseOnExec = 0x80000;
    private const int NewFileMode = 0x1b6; // 0666, less the umask

    private const UnixFileMode NewDirectory = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    private const int LongestLink = 4096; // PATH_MAX

    private static readonly ConcurrentDictionary<string, string> Reached = new();

    /// <summary>Opens a file.</summary>
    /// <exception cref="IOException">It can't be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be opened.</exception>
    public static SafeFileHandle Open(string path, FileMode mode = FileMode.Open, FileAccess access = FileAccess.Read)
    {
        if (!SystemText.HasBytes(path))
            return File.OpenHandle(path, mode, access, FileShare.ReadWrite | FileShare.Delete);
        var file = Open(path, Flags(mode, access), NewFileMode);
        if (!file.IsInvalid)
            return DirectoryExists(path) ? throw Failure(path, PermissionDenied) : file;
        file.Dispose();
        throw Failure(path, Marshal.GetLastPInvokeError());
    }

    /// <summary>Opens a file as a stream without a buffer.</summary>
    /// <exception cref="IOException">It can't be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be opened.</exception>
    public static FileStream OpenStream(string path, FileMode mode = FileMode.Open, FileAccess access = FileAccess.Read) =>
        SystemText.HasBytes(path)
            ? new(Open(path, mode, access), access, bufferSize: 0)
            : new(path, mode, access, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);

    /// <summary>Reads a whole file.</summary>
    /// <exception cref="IOException">It can't be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static byte[] ReadAllBytes(string path)
    {
        if (!SystemText.HasBytes(path))
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

    /// <summary>Returns whether there is such a file that is no directory.</summary>
    public static bool Exists(string path) => SystemText.HasBytes(path) ? Is(path, File.Exists) : File.Exists(path);

    /// <summary>Returns whether there is such a directory.</summary>
    public static bool DirectoryExists(string path) =>
        SystemText.HasBytes(path) ? Is(path, Directory.Exists) : Directory.Exists(path);

    /// <summary>Returns the permissions of a file.</summary>
    /// <exception cref="IOException">There is no such file.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be reached.</exception>
    public static UnixFileMode GetUnixFileMode(string path)
    {
        if (OperatingSystem.IsWindows())
            return UnixFileMode.None;
        if (!SystemText.HasBytes(path))
            return File.GetUnixFileMode(path);
        using var file = Open(path, OpenPath, 0);
        return file.IsInvalid ? throw Failure(path, Marshal.GetLastPInvokeError()) : File.GetUnixFileMode(file);
    }

    /// <summary>Returns the length and the time of the last change of a file; null if there is none.</summary>
    public static (long Length, DateTime ChangedAt)? Status(string path)
    {
        if (!SystemText.HasBytes(path))
            return new FileInfo(path) is { Exists: true } info ? (info.Length, info.LastWriteTimeUtc) : null;
        if (!Exists(path))
            return null;
        using var file = Open(path);
        return (RandomAccess.GetLength(file), File.GetLastWriteTimeUtc(file));
    }

    /// <summary>Makes a directory and those that it lies in, where they are missing.</summary>
    /// <exception cref="IOException">It can't be made.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be made.</exception>
    public static void CreateDirectory(string path, UnixFileMode mode = NewDirectory)
    {
        if (!SystemText.HasBytes(path))
        {
            _ = OperatingSystem.IsWindows() ? Directory.CreateDirectory(path) : Directory.CreateDirectory(path, mode);
            return;
        }

        if (path.TrimEnd('/') is { Length: > 0 } name && Path.GetDirectoryName(name) is { Length: > 0 } parent && !DirectoryExists(parent))
            CreateDirectory(parent, mode);
        if (MakeDirectory(path, (int)mode) == 0)
            return;
        var error = Marshal.GetLastPInvokeError();
        if (error != AlreadyExists || !DirectoryExists(path))
            throw Failure(path, error);
    }

    /// <summary>Renames a file; one that has the new name already is replaced.</summary>
    /// <exception cref="IOException">It can't be renamed.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be renamed.</exception>
    public static void Move(string from, string to)
    {
        if (!SystemText.HasBytes(from) && !SystemText.HasBytes(to))
            File.Move(from, to, overwrite: true);
        else if (Rename(from, to) != 0)
            throw Failure(to, Marshal.GetLastPInvokeError());
    }

    /// <summary>Removes a file, if it is there.</summary>
    /// <exception cref="IOException">It can't be removed.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be removed.</exception>
    public static void Delete(string path)
    {
        if (!SystemText.HasBytes(path))
            File.Delete(path);
        else if (Unlink(path) != 0 && Marshal.GetLastPInvokeError() is not NoEntry and var error)
            throw Failure(path, error);
    }

    /// <summary>Returns an absolute path. The working directory's own name may hold bytes that are not UTF-8, too.</summary>
    public static string FullPath(string path)
    {
        var full = Path.GetFullPath(path);
        return SystemText.MayLack(full) && !Path.IsPathRooted(path) && ReadLink("/proc/self/cwd") is { } directory
            ? Path.GetFullPath(path, directory)
            : full;
    }

    /// <summary>Returns the target of a symbolic link; null if it is none.</summary>
    public static unsafe string? ReadLink(string path)
    {
        var target = stackalloc byte[LongestLink];
        var length = (int)ReadLink(path, target, LongestLink);
        return length < 0 ? null : SystemText.Decode(new ReadOnlySpan<byte>(target, length));
    }

    /// <summary>Returns the names in a directory, without <c>.</c> and <c>..</c>.</summary>
    /// <exception cref="IOException">It can't be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static List<string> Names(string directory)
    {
        if (!SystemText.HasBytes(directory))
        {
            List<string> names = [.. Directory.EnumerateFileSystemEntries(directory).Select(entry => Path.GetFileName(entry))];
            if (!OperatingSystem.IsLinux() || !names.Exists(SystemText.MayLack))
                return names;
        }

        return ReadDirectory(directory);
    }

    /// <summary>Returns a name without such bytes for a directory or a socket, by which the base library reaches it, for as long as this process lives.</summary>
    /// <exception cref="IOException">There is no such directory or socket.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be reached.</exception>
    public static string Reach(string path)
    {
        if (!SystemText.HasBytes(path))
            return path;
        return Reached.GetOrAdd(path, static path =>
        {
            var descriptor = OpenDescriptor(path, OpenPath, 0);
            return descriptor >= 0 ? $"/proc/self/fd/{descriptor}" : throw Failure(path, Marshal.GetLastPInvokeError());
        });
    }

    /// <summary>Asks about a file by a name that the base library can express.</summary>
    private static bool Is(string path, Func<string, bool> ask)
    {
        using var file = Open(path, OpenPath, 0);
        return !file.IsInvalid && ask($"/proc/self/fd/{file.DangerousGetHandle()}");
    }

    private static unsafe List<string> ReadDirectory(string path)
    {
        const int LengthAt = 16, NameAt = 19; // d_reclen and d_name of struct dirent64
        var names = new List<string>();
        var stream = OpenDirectoryStream(path);
        if (stream == 0)
            throw Failure(path, Marshal.GetLastPInvokeError());
        while (NextEntry(stream) is not 0 and var entry)
        {
            var bytes = new ReadOnlySpan<byte>((byte*)entry + NameAt, *(ushort*)((byte*)entry + LengthAt) - NameAt);
            if (SystemText.Decode(bytes[..bytes.IndexOf((byte)0)]) is not ("." or "..") and var name)
                names.Add(name);
        }

        _ = CloseDirectoryStream(stream);
        return names;
    }

    private static int Flags(FileMode mode, FileAccess access)
    {
        const int Create = 0x40, Exclusive = 0x80, Truncate = 0x200, Append = 0x400; // O_CREAT, O_EXCL, O_TRUNC, O_APPEND
        return CloseOnExec | (int)(access switch { FileAccess.Read => 0, FileAccess.Write => 1, _ => 2 }) | mode switch
        {
            FileMode.CreateNew => Create | Exclusive,
            FileMode.Create => Create | Truncate,
            FileMode.OpenOrCreate => Create,
            FileMode.Truncate => Truncate,
            FileMode.Append => Create | Append,
            _ => 0,
        };
    }

    private static Exception Failure(string path, int error)
    {
        var message = Marshal.GetPInvokeErrorMessage(error);
        return error switch
        {
            NoEntry => new FileNotFoundException(message, path),
            PermissionDenied => new UnauthorizedAccessException(message),
            _ => new IOException(message, error),
        };
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(SystemTextMarshaller))]
    private static partial SafeFileHandle Open(string path, int flags, int mode);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(SystemTextMarshaller))]
    private static partial int OpenDescriptor(string path, int flags, int mode);

    [LibraryImport("libc", EntryPoint = "mkdir", SetLastError = true, StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(SystemTextMarshaller))]
    private static partial int MakeDirectory(string path, int mode);

    [LibraryImport("libc", EntryPoint = "rename", SetLastError = true, StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(SystemTextMarshaller))]
    private static partial int Rename(string from, string to);

    [LibraryImport("libc", EntryPoint = "unlink", SetLastError = true, StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(SystemTextMarshaller))]
    private static partial int Unlink(string path);

    [LibraryImport("libc", EntryPoint = "readlink", StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(SystemTextMarshaller))]
    private static unsafe partial nint ReadLink(string path, byte* target, nuint size);

    [LibraryImport("libc", EntryPoint = "opendir", SetLastError = true, StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(SystemTextMarshaller))]
    private static partial nint OpenDirectoryStream(string path);

    [LibraryImport("libc", EntryPoint = "readdir")]
    private static partial nint NextEntry(nint stream);

    [LibraryImport("libc", EntryPoint = "closedir")]
    private static partial int CloseDirectoryStream(nint stream);
}
