using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace Volley.Interop;

/// <summary>Sends signals and sets the signal handling of this process (signal.h).</summary>
internal static unsafe partial class SignalCalls
{
    public const int Kill = 9;                   // SIGKILL
    public const int Terminate = 15;             // SIGTERM
    public const int Stop = 19;                  // SIGSTOP
    public const int TerminalStop = 20;          // SIGTSTP

    /// <summary>The size of sigset_t in bytes.</summary>
    public const int SetSize = 128;

    private const int BrokenPipe = 13;           // SIGPIPE
    private const int Child = 17;                // SIGCHLD
    private const int FileSize = 25;             // SIGXFSZ
    private const nint Default = 0;              // SIG_DFL
    private const nint Ignore = 1;               // SIG_IGN
    private const int SetMask = 2;               // SIG_SETMASK

    /// <summary>Makes a write to a closed pipe, or beyond the limit of the file size (ulimit -f), fail with an error instead of ending the process.</summary>
    [SupportedOSPlatform("linux")]
    public static void IgnoreBrokenPipes()
    {
        _ = SetAction(BrokenPipe, Ignore);
        _ = SetAction(FileSize, Ignore);
    }

    /// <summary>
    /// Undoes settings that exec preserves from the parent: if SIGCHLD is ignored, the kernel drops the exit codes of children (wait(2)), and a
    /// blocked signal never arrives. INT and HUP stay ignored if they are, as nohup requires.
    /// </summary>
    [SupportedOSPlatform("linux")]
    public static void Reset()
    {
        _ = SetAction(Child, Default);
        var none = stackalloc byte[SetSize];
        _ = Empty(none);
        _ = SetThreadMask(SetMask, none, null);
    }

    /// <summary>Sends a signal to a process, to a process group by its negated number, or to the own group by 0.</summary>
    /// <returns>0, or -1 if there is no such process, or it belongs to another user.</returns>
    [LibraryImport("libc", EntryPoint = "kill")]
    public static partial int Send(int process, int signal);

    /// <summary>Puts all signals into a set.</summary>
    [LibraryImport("libc", EntryPoint = "sigfillset")]
    public static partial int Fill(byte* set);

    /// <summary>Removes all signals from a set.</summary>
    [LibraryImport("libc", EntryPoint = "sigemptyset")]
    public static partial int Empty(byte* set);

    [LibraryImport("libc", EntryPoint = "signal")]
    private static partial nint SetAction(int signal, nint handler);

    [LibraryImport("libc", EntryPoint = "pthread_sigmask")]
    private static partial int SetThreadMask(int how, byte* signals, byte* before);
}
