using System.Buffers.Binary;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Volley.Transports.Processes;

/// <summary>
/// Learns of our children's ends by SIGCHLD. Only our own children are looked at, one by one, so that a program that
/// starts processes by other means keeps theirs; and they are left as zombies, so that their process ids, which name their
/// groups, can't be given to anybody else.
/// </summary>
internal static unsafe class ChildExits
{
    private static readonly Lock Gate = new();
    private static readonly Dictionary<int, TaskCompletionSource<WaitStatus>> Children = [];
    private static PosixSignalRegistration? _registration;

    /// <summary>Completes when the child has ended.</summary>
    public static Task<WaitStatus> Watch(int pid)
    {
        var exited = new TaskCompletionSource<WaitStatus>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (Gate)
        {
            if (!OperatingSystem.IsLinux())
                throw new PlatformNotSupportedException("child processes are started on Linux only");
            _registration ??= PosixSignalRegistration.Create(PosixSignal.SIGCHLD, static _ => Check());
            Children[pid] = exited;
            // It may have ended before it was watched.
            Check(pid, exited);
        }

        return exited.Task;
    }

    /// <summary>Ends the zombie of a child that has ended.</summary>
    public static void Reap(int pid)
    {
        var signalInfo = stackalloc byte[128];
        while (Libc.WaitId(Libc.WaitForPid, pid, signalInfo, Libc.WaitExited) != 0
            && Marshal.GetLastPInvokeError() == Libc.ErrorInterrupted)
        {
        }
    }

    private static void Check()
    {
        lock (Gate)
        {
            foreach (var (pid, exited) in Children)
                Check(pid, exited);
        }
    }

    private static void Check(int pid, TaskCompletionSource<WaitStatus> exited)
    {
        // siginfo_t on 64-bit Linux: si_code at 8, si_pid at 16, si_status at 24.
        var signalInfo = stackalloc byte[128];
        new Span<byte>(signalInfo, 128).Clear();
        if (Libc.WaitId(Libc.WaitForPid, pid, signalInfo, Libc.WaitExited | Libc.WaitNoHang | Libc.WaitLeaveZombie) != 0)
            return;
        var info = new ReadOnlySpan<byte>(signalInfo, 128);
        if (BinaryPrimitives.ReadInt32LittleEndian(info[16..]) == 0)
            return;
        var value = BinaryPrimitives.ReadInt32LittleEndian(info[24..]);
        var hasExited = BinaryPrimitives.ReadInt32LittleEndian(info[8..]) == Libc.ChildExited;
        Children.Remove(pid);
        var noticedAt = Stopwatch.GetTimestamp();
        exited.TrySetResult(hasExited ? new WaitStatus(value, null, noticedAt) : new WaitStatus(null, value, noticedAt));
    }
}

/// <summary>How a child ended: exit code 137 and a death by SIGKILL are two things.</summary>
/// <param name="Code">Its exit code, or null if a signal ended it.</param>
/// <param name="Signal">The signal's number, or null if it exited.</param>
/// <param name="NoticedAt">A moment after its end, as a timestamp of <see cref="Stopwatch"/>.</param>
internal readonly record struct WaitStatus(int? Code, int? Signal, long NoticedAt);
