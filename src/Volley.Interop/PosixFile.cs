using Microsoft.Win32.SafeHandles;

namespace Volley.Interop;

/// <summary>
/// Opens files that several processes share. The base library takes its own lock on every file that it opens, by the same flock(2) as other programs,
/// and fails if one of them holds it.
/// </summary>
internal static class PosixFile
{
    private const int Mode = 0x180;              // 0600, as ssh makes it

    /// <summary>Opens a file for reading; returns null if it does not exist.</summary>
    /// <exception cref="IOException">It can't be opened.</exception>
    public static SafeFileHandle? TryOpenToRead(string path)
    {
        if (!OperatingSystem.IsLinux())
            return File.Exists(path) ? File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete) : null;
        var file = FileCalls.TryOpen(FileCalls.CurrentDirectory, path, FileCalls.ReadOnly, out var error);
        return error is 0 or Errno.NoEntry or Errno.NotDirectory ? file : throw Errno.Failure(error);
    }

    /// <summary>Opens a file for reading and writing, and creates it if it does not exist.</summary>
    /// <exception cref="IOException">It can't be opened.</exception>
    public static SafeFileHandle OpenToWrite(string path) => OperatingSystem.IsLinux()
        ? FileCalls.TryOpen(FileCalls.CurrentDirectory, path, FileCalls.ReadWrite | FileCalls.Create, out var error, Mode) ?? throw Errno.Failure(error)
        : File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
}
