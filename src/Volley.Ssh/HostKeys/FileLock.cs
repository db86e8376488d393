using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Volley.Ssh.HostKeys;

/// <summary>
/// A file that only one process at a time writes to, and that the others wait for. The wait can be given up, which
/// flock(2) itself can't: a thread waits, one for the file, and whoever asks next takes over what it waits for.
/// </summary>
/// <param name="path">The file.</param>
internal sealed partial class FileLock(string path)
{
    private const int Exclusive = 2;             // LOCK_EX
    private const int AtOnce = 4;                // LOCK_NB
    private const int Interrupted = 4;           // EINTR
    private const int WouldBlock = 11;           // EWOULDBLOCK

    private readonly Lock _lock = new();
    private TaskCompletionSource<SafeFileHandle>? _waiting;
    private bool _isWanted;

    /// <summary>
    /// Opens the file for reading and writing, makes it if it is not there, and waits for its lock (flock(2)), which ends
    /// with the handle. One caller at a time.
    /// </summary>
    /// <exception cref="IOException">It can't be opened.</exception>
    /// <exception cref="OperationCanceledException">The token fired.</exception>
    public async ValueTask<SafeFileHandle> OpenLockedAsync(CancellationToken cancellationToken)
    {
        if (!OperatingSystem.IsLinux())
            return PosixFile.OpenToWrite(path);
        if (Join() is not { } waiting)
        {
            var file = PosixFile.OpenToWrite(path);
            if (TryLock(file, Exclusive | AtOnce))
                return file;
            waiting = Wait(file);
        }

        try
        {
            var file = await waiting.WaitAsync(cancellationToken).ConfigureAwait(false);
            Leave();
            return file;
        }
        catch (OperationCanceledException)
        {
            // One that came just too late is nobody's.
            Leave()?.Dispose();
            throw;
        }
    }

    private Task<SafeFileHandle>? Join()
    {
        lock (_lock)
        {
            _isWanted = true;
            return _waiting?.Task;
        }
    }

    private Task<SafeFileHandle> Wait(SafeFileHandle file)
    {
        var waiting = new TaskCompletionSource<SafeFileHandle>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
            _waiting = waiting;
        new Thread(() => TakeTurn(file, waiting)) { IsBackground = true, Name = "known_hosts lock" }.Start();
        return waiting.Task;
    }

    private void TakeTurn(SafeFileHandle file, TaskCompletionSource<SafeFileHandle> waiting)
    {
        while (!TryLock(file, Exclusive))
        {
        }

        lock (_lock)
        {
            if (_isWanted)
            {
                waiting.SetResult(file);
                return;
            }

            _waiting = null;
        }

        file.Dispose();
    }

    /// <summary>Nobody waits any more. Returns the locked file, if it is there.</summary>
    private SafeFileHandle? Leave()
    {
        lock (_lock)
        {
            _isWanted = false;
            if (_waiting is not { Task.IsCompletedSuccessfully: true } done)
                return null;
            _waiting = null;
            return done.Task.Result;
        }
    }

    /// <summary>False if another has it, or a signal came. A file system that has no locks has none to wait for.</summary>
    private static bool TryLock(SafeFileHandle file, int operation) =>
        Lock(file, operation) == 0 || Marshal.GetLastPInvokeError() is not (Interrupted or WouldBlock);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    private static partial int Lock(SafeFileHandle file, int operation);
}
