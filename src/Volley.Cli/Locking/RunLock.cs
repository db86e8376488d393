using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Volley.Interop;
using Volley.Interop.Files;

namespace Volley.Cli.Locking;

/// <summary>
/// A lock that one run of this user on this machine holds at a time: a file of the name, with a lock of the kernel, which ends with the process. The file
/// stays, because a run that waits for it has it open.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed class RunLock : IDisposable
{
    private const int MaxDescription = 4096;

    private readonly LockedFile _file;

    private RunLock(LockedFile file, string command)
    {
        _file = file;
        _file.Content.SetLength(0);
        _file.Content.Write(new LockHolder(Environment.ProcessId, TimeProvider.System.GetLocalNow(), command).Format());
    }

    /// <summary>Takes a lock, and waits for it if another run holds it.</summary>
    /// <param name="name">The name of the lock.</param>
    /// <param name="command">What this run does, for others that wait.</param>
    /// <param name="limit">How long to wait; infinite for no limit.</param>
    /// <param name="report">Receives the line that names the holder, before the wait.</param>
    /// <exception cref="LockException">Another run held the lock for too long, or a signal ended the wait.</exception>
    /// <exception cref="IOException">The file can't be opened.</exception>
    public static async ValueTask<RunLock> TakeAsync(string name, string command, TimeSpan limit, Action<string> report)
    {
        var path = GetPath(name);
        if (TryTake(path) is { } free)
            return new RunLock(free, command);
        if (limit == TimeSpan.Zero)
            throw new LockException($"the lock '{name}' is held by {DescribeHolder(path)}", ExitCodes.Failure);
        return new RunLock(await WaitAsync(name, path, limit, report), command);
    }

    /// <summary>Releases the lock.</summary>
    public void Dispose()
    {
        _file.Content.SetLength(0);
        _file.Dispose();
    }

    private static async Task<LockedFile> WaitAsync(string name, string path, TimeSpan limit, Action<string> report)
    {
        var stopped = new TaskCompletionSource<StopReason>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var interrupt = Watch(PosixSignal.SIGINT, StopReason.Interrupt);
        using var terminate = Watch(PosixSignal.SIGTERM, StopReason.Terminate);
        using var hangUp = Watch(PosixSignal.SIGHUP, StopReason.HangUp);
        using var quit = Watch(PosixSignal.SIGQUIT, StopReason.Quit);
        report($"volley: waiting for the lock '{name}', held by {DescribeHolder(path)}");
        // The kernel wakes the thread. If it is not needed any more, the program ends, and the thread with it.
        var taking = Task.Factory.StartNew(() => Take(path), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        try
        {
            if (await Task.WhenAny(taking, stopped.Task).WaitAsync(limit) == taking)
                return await taking;
        }
        catch (TimeoutException)
        {
            throw new LockException($"the lock '{name}' is still held by {DescribeHolder(path)}", ExitCodes.Failure);
        }

        throw new LockException($"stopped while waiting for the lock '{name}'", ExitCodes.ForStop(await stopped.Task)!.Value);

        PosixSignalRegistration Watch(PosixSignal signal, StopReason reason) => PosixSignalRegistration.Create(signal, context =>
        {
            context.Cancel = true;
            stopped.TrySetResult(reason);
        });
    }

    /// <summary>Waits for the lock of the file that has the name. A file that was removed while this run waited is not the one that others lock.</summary>
    private static LockedFile Take(string path)
    {
        while (true)
        {
            var file = LockedFile.Wait(PosixFile.OpenToWrite(path));
            if (IsNamed(file.Content.SafeFileHandle, path))
                return file;
            file.Dispose();
        }
    }

    private static LockedFile? TryTake(string path)
    {
        while (true)
        {
            var file = PosixFile.OpenToWrite(path);
            if (LockedFile.TryTake(file) is not { } taken)
            {
                file.Dispose();
                return null;
            }

            if (IsNamed(file, path))
                return taken;
            taken.Dispose();
        }
    }

    private static bool IsNamed(Microsoft.Win32.SafeHandles.SafeFileHandle file, string path) =>
        FileStatus.Of(file) is { Number: var number } && FileStatus.OfName(path) is { Number: var named } && number == named;

    private static string DescribeHolder(string path)
    {
        try
        {
            using var file = PosixFile.TryOpenToRead(path);
            var content = new byte[MaxDescription];
            return file is not null && LockHolder.Parse(content.AsSpan(0, RandomAccess.Read(file, content, 0))) is { } holder
                ? holder.ToString()
                : "another process";
        }
        catch (IOException)
        {
            return "another process";
        }
    }

    private static string GetPath(string name)
    {
        // Not in XDG_RUNTIME_DIR, which a run by cron does not have.
        PrivateDirectory.Create(PrivateDirectory.Temporary, "ask its owner to remove it");
        var directory = Path.Combine(PrivateDirectory.Temporary, "locks");
        PrivateDirectory.Create(directory, "remove it");
        return Path.Combine(directory, name);
    }
}
