using Volley.Interop.Text;

namespace Volley.Interop.Files;

/// <summary>
/// Reads files that are found by their names, and may be anything. A pipe or a device in the place of a file would block the reader, or never end.
/// The null device counts as an empty file, and a pipe may be named by its descriptor in this process, as the shell's <c>&lt;(command)</c> is.
/// </summary>
internal static class RegularFile
{
    /// <summary>The largest length of a file, in bytes.</summary>
    public const int MaxLength = 128 * 1024 * 1024;

    /// <summary>Opens a file as a stream without a buffer.</summary>
    /// <exception cref="UnsuitableFileException">It is no regular file, or too long.</exception>
    /// <exception cref="IOException">It can't be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be opened.</exception>
    public static FileStream OpenStream(string path)
    {
        if (!OperatingSystem.IsLinux())
            return SystemFile.OpenStream(path);
        // Opening a device can have effects, so the type is checked before; and afterwards, because the name may mean another file by then.
        Check(path);
        var flags = IsOwnDescriptor(path) ? FileCalls.ReadOnly : FileCalls.ReadOnly | FileCalls.NonBlocking;
        var file = FileCalls.TryOpen(FileCalls.CurrentDirectory, path, flags, out var error)
            ?? throw Errno.Failure(error, path);
        try
        {
            if (FileStatus.Of(file) is { } status)
                Check(status, path);
            return new(file, FileAccess.Read, bufferSize: 0);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Reads a whole file.</summary>
    /// <exception cref="UnsuitableFileException">It is no regular file, or too long.</exception>
    /// <exception cref="IOException">It can't be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static byte[] ReadAllBytes(string path)
    {
        using var file = OpenStream(path);
        // The end is found by reading: the files of /proc state no length.
        var content = new byte[(file.CanSeek ? file.Length : 0) + 1];
        var length = 0;
        while (file.Read(content, length, content.Length - length) is > 0 and var count)
        {
            length += count;
            if (length > MaxLength)
                throw UnsuitableFileException.TooLong();
            if (length == content.Length)
                Array.Resize(ref content, Math.Max(4096, 2 * length));
        }

        Array.Resize(ref content, length);
        return content;
    }

    /// <summary>Checks that a name does not mean a pipe, a device or a socket. It may mean nothing.</summary>
    /// <exception cref="UnsuitableFileException">It does, or the file is too long.</exception>
    /// <exception cref="IOException">It is a directory.</exception>
    public static void Check(string path)
    {
        if (OperatingSystem.IsLinux() && FileStatus.Of(path) is { } status)
            Check(status, path);
    }

    private static void Check(FileStatus status, string path)
    {
        if (status.IsDirectory)
            throw Errno.Failure(Errno.IsDirectory, path);
        if (!status.IsRegular && !status.IsNullDevice && !(status.IsPipe && IsOwnDescriptor(path)))
            throw new UnsuitableFileException($"it is {status.TypeName}; a regular file was expected");
        if (status.Length > MaxLength)
            throw UnsuitableFileException.TooLong();
    }

    /// <summary>Returns whether a path names a descriptor of this process. Opening a pipe by it does not wait for a writer.</summary>
    private static bool IsOwnDescriptor(string path) =>
        path is "/dev/stdin" || path.StartsWith("/dev/fd/", StringComparison.Ordinal) || path.StartsWith("/proc/self/fd/", StringComparison.Ordinal);
}

/// <summary>The exception for a file that is not read, although it may be readable: it is no regular file, or too long.</summary>
internal sealed class UnsuitableFileException(string message) : IOException(message)
{
    public static UnsuitableFileException TooLong() => new($"it is longer than {RegularFile.MaxLength / 1024 / 1024} MiB; a shorter file was expected");
}
