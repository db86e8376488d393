using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Volley.Cli.Terminal;

/// <summary>System calls for terminals, descriptors, signals and limits. System.Console is not used, since it ignores a closed pipe.</summary>
internal static unsafe partial class Posix
{
    public const int InterruptedError = 4;   // EINTR
    public const int InputOutputError = 5;   // EIO
    public const int BadDescriptorError = 9; // EBADF
    public const int TryAgainError = 11;     // EAGAIN
    public const int BrokenPipeError = 32;   // EPIPE

    public const int SeekCurrent = 1;        // SEEK_CUR

    private const int BrokenPipeSignal = 13; // SIGPIPE
    private const int ChildSignal = 17;      // SIGCHLD
    private const int FileSizeSignal = 25;   // SIGXFSZ
    private const int StopSignal = 19;       // SIGSTOP
    private const int TerminalStopSignal = 20; // SIGTSTP
    private const nint Ignore = 1;           // SIG_IGN
    private const nint Default = 0;          // SIG_DFL
    private const int SetMask = 2;           // SIG_SETMASK
    private const int SignalSetWords = 16;   // sigset_t has 128 bytes
    private const int GetDescriptorFlags = 1; // F_GETFD
    private const int GetStatusFlags = 3;    // F_GETFL
    private const int AccessMode = 3;        // O_ACCMODE
    private const int CloseOnExecute = 1;    // FD_CLOEXEC
    private const int OpenReadOnly = 0;      // O_RDONLY
    private const int OpenReadWrite = 2;     // O_RDWR
    private const int OpenCloseOnExecute = 0x80000; // O_CLOEXEC
    private const int DrainOutput = 1;       // TCSADRAIN
    private const int FlushInput = 2;        // TCSAFLUSH
    private const int DescriptorResource = 7; // RLIMIT_NOFILE
    private const int AddressSpaceResource = 9; // RLIMIT_AS
    private const short PollOut = 4;         // POLLOUT
    private const nuint GetWindowSize = 0x5413; // TIOCGWINSZ on Linux

    /// <summary>
    /// Ignores SIGPIPE and SIGXFSZ, so that a write to a closed pipe or beyond the file size limit (ulimit -f) fails instead of ending the
    /// program.
    /// </summary>
    public static void IgnoreBrokenPipes()
    {
        _ = SetSignal(BrokenPipeSignal, Ignore);
        _ = SetSignal(FileSizeSignal, Ignore);
    }

    /// <summary>
    /// Resets signal settings inherited from the parent through exec. If SIGCHLD is ignored, the kernel discards the exit codes of children
    /// (wait(2)), and a blocked signal never arrives. An ignored INT or HUP stays ignored, as nohup requires.
    /// </summary>
    public static void ResetSignals()
    {
        _ = SetSignal(ChildSignal, Default);
        var none = stackalloc ulong[SignalSetWords];
        new Span<ulong>(none, SignalSetWords).Clear();
        _ = SetSignalMask(SetMask, none, null);
    }

    /// <summary>
    /// Opens /dev/null on each standard descriptor that is closed, so that no other file gets its number. For standard output it is opened
    /// read-only, so that writes fail instead of losing data silently.
    /// </summary>
    public static void OpenStandardDescriptors()
    {
        for (var descriptor = 0; descriptor <= 2; descriptor++)
        {
            // open(2) returns the lowest free number, which is the one that was closed.
            if (Control(descriptor, GetDescriptorFlags, 0) < 0)
                _ = Open("/dev/null", descriptor == 1 ? OpenReadOnly : OpenReadWrite, 0);
        }
    }

    /// <summary>
    /// Whether a descriptor was inherited. If it was closed at the start, its number belongs to the first file that the runtime opened, such as
    /// /dev/urandom. The runtime opens files with the close-on-exec flag, which an inherited descriptor can't have.
    /// </summary>
    public static bool IsInherited(int descriptor) =>
        Control(descriptor, GetDescriptorFlags, 0) is >= 0 and var flags && (flags & CloseOnExecute) == 0;

    /// <summary>Whether a descriptor was opened for writing.</summary>
    public static bool IsOpenForWriting(int descriptor) =>
        Control(descriptor, GetStatusFlags, 0) is >= 0 and var flags && (flags & AccessMode) != OpenReadOnly;

    /// <summary>Whether a descriptor can be read. A read of zero bytes fails like any other: read(2).</summary>
    public static bool IsReadable(int descriptor) => Read(descriptor, null, 0) >= 0;

    /// <summary>Returns the width of a terminal in columns; null if it does not report it.</summary>
    public static int? Columns(int descriptor)
    {
        var size = stackalloc ushort[4];
        return DeviceControl(descriptor, GetWindowSize, size) == 0 && size[1] > 0 ? size[1] : null;
    }

    /// <summary>Returns the height of a terminal in lines; null if it does not report it.</summary>
    public static int? Lines(int descriptor)
    {
        var size = stackalloc ushort[4];
        return DeviceControl(descriptor, GetWindowSize, size) == 0 && size[0] > 0 ? size[0] : null;
    }

    /// <summary>Waits until a non-blocking descriptor is writable.</summary>
    public static void WaitWritable(int descriptor)
    {
        // struct pollfd: int fd, short events, short revents.
        var request = stackalloc int[2];
        request[0] = descriptor;
        request[1] = PollOut;
        _ = Poll(request, 1, -1);
    }

    /// <summary>A buffer size sufficient for struct termios.</summary>
    public const int TerminalStateSize = 256;

    /// <summary>Opens the controlling terminal, regardless of the standard descriptors. Returns null if there is none.</summary>
    public static SafeFileHandle? OpenTerminal() =>
        Open("/dev/tty", OpenReadWrite | OpenCloseOnExecute, 0) is >= 0 and var descriptor ? new SafeFileHandle(descriptor, ownsHandle: true) : null;

    /// <summary>Reads the state of a terminal. Returns false if the file is not a terminal.</summary>
    public static bool GetTerminalState(SafeFileHandle terminal, byte[] state)
    {
        fixed (byte* first = state)
            return GetAttributes(terminal, first) == 0;
    }

    /// <summary>Sets the state of a terminal, and discards pending input.</summary>
    public static void SetTerminalState(SafeFileHandle terminal, byte[] state)
    {
        fixed (byte* first = state)
            _ = SetAttributes(terminal, FlushInput, first);
    }

    /// <summary>Sets the state of a terminal, and keeps pending input.</summary>
    public static void KeepTypedAndSet(SafeFileHandle terminal, byte[] state)
    {
        fixed (byte* first = state)
            _ = SetAttributes(terminal, DrainOutput, first);
    }

    /// <summary>Reads available data, and blocks if there is none. Returns 0 at the end and on failure.</summary>
    public static int Read(SafeFileHandle file, Span<byte> buffer)
    {
        fixed (byte* first = buffer)
        {
            nint count;
            do
            {
                count = Read(file, first, (nuint)buffer.Length);
            }
            while (count < 0 && Marshal.GetLastPInvokeError() == InterruptedError);
            return (int)Math.Max(count, 0);
        }
    }

    /// <summary>Writes a short text to a terminal.</summary>
    public static void WriteAll(SafeFileHandle terminal, ReadOnlySpan<byte> text)
    {
        fixed (byte* first = text)
            _ = Write((int)terminal.DangerousGetHandle(), first, (nuint)text.Length);
    }

    /// <summary>Stops this process with SIGSTOP, which a handler of ^Z does not intercept, until it is continued.</summary>
    public static void Suspend() => _ = Kill(Environment.ProcessId, StopSignal);

    /// <summary>Stops this process with SIGTSTP, as ^Z does, until the shell continues it. No handler for the signal may be registered.</summary>
    public static void StopByKey() => _ = Kill(Environment.ProcessId, TerminalStopSignal);

    /// <summary>Stops the process group with SIGTSTP, as ^Z does.</summary>
    public static void StopGroup() => _ = Kill(0, TerminalStopSignal);

    /// <summary>Returns the soft and the hard limit on open files.</summary>
    public static (ulong Soft, ulong Hard) DescriptorLimits()
    {
        var limits = stackalloc ulong[2];
        return GetLimit(DescriptorResource, limits) == 0 ? (limits[0], limits[1]) : (1024, 1024);
    }

    /// <summary>Returns the limit on the address space in bytes (ulimit -v); the largest number if there is none.</summary>
    public static ulong AddressSpaceLimit()
    {
        var limits = stackalloc ulong[2];
        return GetLimit(AddressSpaceResource, limits) == 0 ? limits[0] : ulong.MaxValue;
    }

    /// <summary>Sets the limit on open files.</summary>
    public static void SetDescriptorLimit(ulong soft, ulong hard)
    {
        var limits = stackalloc ulong[] { soft, hard };
        _ = SetLimit(DescriptorResource, limits);
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);

    [LibraryImport("libc", EntryPoint = "getrlimit")]
    private static partial int GetLimit(int resource, ulong* limits);

    [LibraryImport("libc", EntryPoint = "setrlimit")]
    private static partial int SetLimit(int resource, ulong* limits);

    [LibraryImport("libc", EntryPoint = "tcgetattr")]
    private static partial int GetAttributes(SafeFileHandle terminal, byte* state);

    [LibraryImport("libc", EntryPoint = "tcsetattr")]
    private static partial int SetAttributes(SafeFileHandle terminal, int when, byte* state);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static partial nint Read(SafeFileHandle file, byte* buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "read")]
    private static partial nint Read(int descriptor, byte* buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    public static partial nint Write(int descriptor, byte* data, nuint count);

    [LibraryImport("libc", EntryPoint = "lseek")]
    public static partial long Seek(int descriptor, long offset, int from);

    [LibraryImport("libc", EntryPoint = "isatty")]
    [return: MarshalAs(UnmanagedType.Bool)]
    public static partial bool IsTerminal(int descriptor);

    [LibraryImport("libc", EntryPoint = "signal")]
    private static partial nint SetSignal(int signal, nint handler);

    [LibraryImport("libc", EntryPoint = "pthread_sigmask")]
    private static partial int SetSignalMask(int how, ulong* signals, ulong* before);

    [LibraryImport("libc", EntryPoint = "fcntl")]
    private static partial int Control(int descriptor, int command, int argument);

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags, int mode);

    [LibraryImport("libc", EntryPoint = "ioctl")]
    private static partial int DeviceControl(int descriptor, nuint request, void* argument);

    [LibraryImport("libc", EntryPoint = "poll")]
    private static partial int Poll(int* requests, nuint count, int timeout);
}
