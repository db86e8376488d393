using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Volley.Interop;

namespace Volley.Transports.Processes;

/// <summary>
/// Detects the ends of child processes by SIGCHLD. Only watched children are checked, one by one, so that a program that starts processes by other
/// means keeps theirs. Children are left as zombies, so that their process ids, which are also the ids of their groups, are not reused.
/// </summary>
internal static class ChildExits
{
    private static readonly Lock Gate = new();
    private static readonly Dictionary<int, TaskCompletionSource<WaitStatus>> Children = [];
    private static PosixSignalRegistration? _registration;

    /// <summary>Returns a task that completes when the child has ended.</summary>
    [SupportedOSPlatform("linux")]
    public static Task<WaitStatus> Watch(int pid)
    {
        var exited = new TaskCompletionSource<WaitStatus>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (Gate)
        {
            _registration ??= PosixSignalRegistration.Create(PosixSignal.SIGCHLD, static _ => Check());
            Children[pid] = exited;
            // The child may have ended before the registration.
            Check(pid, exited);
        }

        return exited.Task;
    }

    [SupportedOSPlatform("linux")]
    private static void Check()
    {
        lock (Gate)
        {
            foreach (var (pid, exited) in Children)
                Check(pid, exited);
        }
    }

    [SupportedOSPlatform("linux")]
    private static void Check(int pid, TaskCompletionSource<WaitStatus> exited)
    {
        if (ChildWait.Look(pid) is not var (code, signal))
            return;
        Children.Remove(pid);
        exited.TrySetResult(new WaitStatus(code, signal, Stopwatch.GetTimestamp()));
    }
}

/// <summary>The end of a child. It distinguishes exit code 137 from a death by SIGKILL.</summary>
/// <param name="Code">The exit code; null if a signal ended it.</param>
/// <param name="Signal">The number of the signal that ended it; null if it exited.</param>
/// <param name="NoticedAt">The time of its detection, after its end, as a timestamp of <see cref="Stopwatch"/>.</param>
internal readonly record struct WaitStatus(int? Code, int? Signal, long NoticedAt);
