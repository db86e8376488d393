using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Volley.Interop.Blocking;

namespace Volley.Interop;

/// <summary>An open file with an exclusive lock (flock(2)), which is held until the object is disposed.</summary>
internal sealed partial class LockedFile : IDisposable
{
    private const int Shared = 1;                // LOCK_SH
    private const int Exclusive = 2;             // LOCK_EX
    private const int AtOnce = 4;                // LOCK_NB
    private const int Unlocked = 8;              // LOCK_UN

    private readonly SafeFileHandle _file;
    private FileStream? _content;

    private LockedFile(SafeFileHandle file) => _file = file;

    /// <summary>The content of the file.</summary>
    public FileStream Content => _content ??= new(_file, FileAccess.ReadWrite, bufferSize: 0);

    /// <summary>Opens a file, which is created if it does not exist, and waits for its lock.</summary>
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

    /// <summary>Opens a file, which is created if it does not exist, and waits for its lock for a limited time.</summary>
    /// <returns>The file; null if another process still holds the lock.</returns>
    /// <exception cref="IOException">It can't be opened.</exception>
    public static LockedFile? TryOpen(string path, TimeSpan limit)
    {
        var file = PosixFile.OpenToWrite(path);
        if (TryTake(file) is { } free)
            return free;
        if (limit > TimeSpan.Zero)
            return new Waiter(file).Wait(limit);
        file.Dispose();
        return null;
    }

    /// <summary>
    /// Takes the lock of an open file, and ownership of the file. Returns null if another process holds the lock; the caller then keeps the file.
    /// </summary>
    public static LockedFile? TryTake(SafeFileHandle file) => TryLock(file) ? new(file) : null;

    /// <summary>Waits for the lock of an open file, and takes ownership of the file.</summary>
    public static LockedFile Wait(SafeFileHandle file)
    {
        while (!TryLock(file, Exclusive))
        {
        }

        return new(file);
    }

    /// <summary>Takes the lock of an open file until the file is closed. Returns false if another process holds the lock.</summary>
    public static bool TryLock(SafeFileHandle file) => TryLock(file, Exclusive | AtOnce);

    /// <summary>Whether another process holds the lock of an open file.</summary>
    public static bool IsLocked(SafeFileHandle file)
    {
        if (!TryLock(file, Shared | AtOnce))
            return true;
        if (OperatingSystem.IsLinux())
            _ = Lock(file, Unlocked);
        return false;
    }

    /// <summary>Releases the lock and closes the file.</summary>
    public void Dispose()
    {
        // Closing alone is not enough: a child that is being started shares the open file until it executes its program.
        if (OperatingSystem.IsLinux())
            _ = Lock(_file, Unlocked);
        _content?.Dispose();
        _file.Dispose();
    }

    /// <summary>Returns false if another process holds the lock, or a signal arrived. A file system without locks counts as success.</summary>
    private static bool TryLock(SafeFileHandle file, int operation) =>
        !OperatingSystem.IsLinux() || Lock(file, operation) == 0 || Errno.Last is not (Errno.Interrupted or Errno.TryAgain);

    /// <summary>
    /// Waits for a lock on another thread, because flock(2) has no time limit. After the limit that thread releases the lock as soon as it gets it.
    /// </summary>
    private sealed class Waiter(SafeFileHandle file)
    {
        private readonly object _gate = new();
        private LockedFile? _taken;
        private bool _isAbandoned;

        public LockedFile? Wait(TimeSpan limit)
        {
            _ = BlockingWork.Files.Start(Take);
            lock (_gate)
            {
                if (_taken is null)
                    Monitor.Wait(_gate, limit);
                _isAbandoned = _taken is null;
                return _taken;
            }
        }

        private bool Take()
        {
            var taken = LockedFile.Wait(file);
            lock (_gate)
            {
                if (!_isAbandoned)
                {
                    _taken = taken;
                    Monitor.Pulse(_gate);
                    return true;
                }
            }

            taken.Dispose();
            return false;
        }
    }

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    private static partial int Lock(SafeFileHandle file, int operation);
}
