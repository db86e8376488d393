using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Volley.Ssh.Text;

namespace Volley.Ssh.Files;

/// <summary>
/// Opens files that several processes share. The base library takes a lock of its own on whatever it opens, by the same
/// flock(2) that the others write under, and fails where one of them has it.
/// </summary>
internal static partial class PosixFile
{
    private const int CloseOnExec = 0x80000;     // O_CLOEXEC, with O_RDONLY
    private const int ReadWriteCreate = 0x80042; // O_RDWR, O_CREAT, O_CLOEXEC
    private const int Mode = 0x180;              // 0600, as ssh makes it
    private const int NoEntry = 2;               // ENOENT
    private const int NoFolder = 20;             // ENOTDIR

    /// <summary>Opens a file for reading; null if there is none.</summary>
    /// <exception cref="IOException">It can't be opened.</exception>
    public static SafeFileHandle? TryOpenToRead(string path)
    {
        if (OperatingSystem.IsLinux())
            return Open(path, CloseOnExec, isNeeded: false);
        return File.Exists(path) ? File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete) : null;
    }

    /// <summary>Opens a file for reading and writing, and makes it if it is not there.</summary>
    /// <exception cref="IOException">It can't be opened.</exception>
    public static SafeFileHandle OpenToWrite(string path) => OperatingSystem.IsLinux()
        ? Open(path, ReadWriteCreate, isNeeded: true)!
        : File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);

    private static SafeFileHandle? Open(string path, int flags, bool isNeeded)
    {
        var file = Open(path, flags, Mode);
        if (!file.IsInvalid)
            return file;
        var error = Marshal.GetLastPInvokeError();
        file.Dispose();
        return isNeeded || error is not (NoEntry or NoFolder) ? throw new IOException(Marshal.GetPInvokeErrorMessage(error)) : null;
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(SystemTextMarshaller))]
    private static partial SafeFileHandle Open(string path, int flags, int mode);
}
