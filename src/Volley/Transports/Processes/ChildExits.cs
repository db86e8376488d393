using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Volley.Interop;

namespace Volley.Transports.Processes;

/// <summary>
/// Learns of our children's ends by SIGCHLD. Only our own children are looked at, one by one, so that a program that
/// starts processes by other means keeps theirs; and they are left as zombies, so that their process ids, which name their
/// groups, can't be given to anybody else.
/// </summary>
internal static class ChildExits
{
    private static readonly Lock Gate = new();
    private static readonly Dictionary<int, TaskCompletionSource<WaitStatus>> Children = [];
    private static PosixSignalRegistration? _registration;

    /// <summary>Completes when the child has ended.</summary>
    [SupportedOSPlatform("linux")]
    public static Task<WaitStatus> Watch(int pid)
    {
        var exited = new TaskCompletionSource<WaitStatus>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (Gate)
        {
            _registration ??= PosixSignalRegistration.Create(PosixSignal.SIGCHLD, static _ => Check());
            Children[pid] = exited;
            // It may have ended before it was watched.
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

/// <summary>How a child ended: exit code 137 and a death by SIGKILL are two things.</summary>
/// <param name="Code">Its exit code, or null if a signal ended it.</param>
/// <param name="Signal">The signal's number, or null if it exited.</param>
/// <param name="NoticedAt">A moment after its end, as a timestamp of <see cref="Stopwatch"/>.</param>
internal readonly record struct WaitStatus(int? Code, int? Signal, long NoticedAt);
