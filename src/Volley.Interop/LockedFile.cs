using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Volley.Interop;

/// <summary>An open file whose lock (flock(2)) this process has until it is disposed: of those who take it, only one at a time.</summary>
internal sealed partial class LockedFile : IDisposable
{
    private const int Exclusive = 2;             // LOCK_EX
    private const int AtOnce = 4;                // LOCK_NB
    private const int Unlocked = 8;              // LOCK_UN

    private readonly SafeFileHandle _file;
    private FileStream? _content;

    private LockedFile(SafeFileHandle file) => _file = file;

    /// <summary>The content of the file.</summary>
    public FileStream Content => _content ??= new(_file, FileAccess.ReadWrite, bufferSize: 0);

    /// <summary>Opens the file, creates it if it is not there, and waits for its lock.</summary>
    /// <exception cref="IOException">It can't be opened.</exception>
    public static LockedFile Open(string path)
    {
        try
        {
            return Wait(PosixFile.OpenToWrite(path));
        }
        catch (IOException failure)
        {
            throw new IOException($"can't open {path}: {failure.Message}", failure);
        }
    }

    /// <summary>Takes the lock of an open file, and owns the file then; returns null, and the file is the caller's as before, if another process has it.</summary>
    public static LockedFile? TryTake(SafeFileHandle file) => TryLock(file) ? new(file) : null;

    /// <summary>Waits for the lock of an open file, and owns the file.</summary>
    public static LockedFile Wait(SafeFileHandle file)
    {
        while (!TryLock(file, Exclusive))
        {
        }

        return new(file);
    }

    /// <summary>Takes the lock of an open file until that is closed; false if another process has it.</summary>
    public static bool TryLock(SafeFileHandle file) => TryLock(file, Exclusive | AtOnce);

    /// <summary>Releases the lock and closes the file.</summary>
    public void Dispose()
    {
        // Closing would do, but for a child that is being started at this moment, which has the open file until it executes its program.
        if (OperatingSystem.IsLinux())
            _ = Lock(_file, Unlocked);
        _content?.Dispose();
        _file.Dispose();
    }

    /// <summary>False if another process has it, or a signal came. A file system that has no locks has none to wait for.</summary>
    private static bool TryLock(SafeFileHandle file, int operation) =>
        !OperatingSystem.IsLinux() || Lock(file, operation) == 0 || Errno.Last is not (Errno.Interrupted or Errno.TryAgain);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    private static partial int Lock(SafeFileHandle file, int operation);
}
