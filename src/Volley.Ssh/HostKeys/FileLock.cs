using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Volley.Ssh.HostKeys;

/// <summary>Files that only one process at a time writes to, and that the others wait for.</summary>
internal static partial class FileLock
{
    private const int Exclusive = 2;             // LOCK_EX
    private const int ReadWriteCreate = 0x80042; // O_RDWR, O_CREAT, O_CLOEXEC
    private const int Mode = 0x180;              // 0600, as ssh makes it
    private const int Interrupted = 4;           // EINTR

    /// <summary>Opens a file for reading and writing, makes it if it is not there, and waits for its lock (flock(2)), which ends with the handle.</summary>
    /// <exception cref="IOException">It can't be opened.</exception>
    public static SafeFileHandle OpenLocked(string path)
    {
        if (!OperatingSystem.IsLinux())
            return File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
        // The base library takes a lock of its own on whatever it opens for writing, and fails where another has one.
        var file = Open(path, ReadWriteCreate, Mode);
        if (file.IsInvalid)
        {
            var reason = Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError());
            file.Dispose();
            throw new IOException(reason);
        }

        while (Wait(file, Exclusive) != 0 && Marshal.GetLastPInvokeError() == Interrupted)
        {
        }

        return file;
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle Open(string path, int flags, int mode);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    private static partial int Wait(SafeFileHandle file, int operation);
}
