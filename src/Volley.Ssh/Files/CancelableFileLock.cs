using Microsoft.Win32.SafeHandles;

namespace Volley.Ssh.Files;

/// <summary>
/// A wait for a file's lock (<see cref="LockedFile"/>) that can be given up, which flock(2) itself can't: a thread waits,
/// one for the file, and whoever asks next takes over what it waits for.
/// </summary>
/// <param name="path">The file.</param>
internal sealed class CancelableFileLock(string path)
{
    private readonly Lock _lock = new();
    private TaskCompletionSource<LockedFile>? _waiting;
    private bool _isWanted;

    /// <summary>
    /// Opens the file for reading and writing, makes it if it is not there, and waits for its lock. One caller at a time.
    /// </summary>
    /// <exception cref="IOException">It can't be opened.</exception>
    /// <exception cref="OperationCanceledException">The token fired.</exception>
    public async ValueTask<LockedFile> OpenLockedAsync(CancellationToken cancellationToken)
    {
        if (Join() is not { } waiting)
        {
            var file = PosixFile.OpenToWrite(path);
            if (LockedFile.TryTake(file) is { } locked)
                return locked;
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

    private Task<LockedFile>? Join()
    {
        lock (_lock)
        {
            _isWanted = true;
            return _waiting?.Task;
        }
    }

    private Task<LockedFile> Wait(SafeFileHandle file)
    {
        var waiting = new TaskCompletionSource<LockedFile>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
            _waiting = waiting;
        new Thread(() => TakeTurn(file, waiting)) { IsBackground = true, Name = "file lock" }.Start();
        return waiting.Task;
    }

    private void TakeTurn(SafeFileHandle file, TaskCompletionSource<LockedFile> waiting)
    {
        var locked = LockedFile.Wait(file);
        lock (_lock)
        {
            if (_isWanted)
            {
                waiting.SetResult(locked);
                return;
            }

            _waiting = null;
        }

        locked.Dispose();
    }

    /// <summary>Nobody waits any more. Returns the locked file, if it is there.</summary>
    private LockedFile? Leave()
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
}
