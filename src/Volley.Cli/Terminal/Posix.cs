using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Volley.Cli.Terminal;

/// <summary>The system calls that write to the terminal. System.Console is not used: it swallows a closed pipe.</summary>
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

    /// <summary>Makes a write to a closed pipe, or beyond the limit of a file's size (ulimit -f), an error that is seen, instead of the end of the program.</summary>
    public static void IgnoreBrokenPipes()
    {
        _ = SetSignal(BrokenPipeSignal, Ignore);
        _ = SetSignal(FileSizeSignal, Ignore);
    }

    /// <summary>
    /// Undoes what a parent can have left to us, for exec keeps it: where SIGCHLD is ignored, the kernel drops the exit codes of
    /// children (wait(2)), and a signal that is blocked never arrives. An INT or HUP that is ignored stays so, as nohup wants it.
    /// </summary>
    public static void ResetSignals()
    {
        _ = SetSignal(ChildSignal, Default);
        var none = stackalloc ulong[SignalSetWords];
        new Span<ulong>(none, SignalSetWords).Clear();
        _ = SetSignalMask(SetMask, none, null);
    }

    /// <summary>
    /// Opens /dev/null on each of the three standard descriptors that is closed, so that nothing else gets its number. As
    /// standard output it can't be written to: what is printed would be lost without a word.
    /// </summary>
    public static void OpenStandardDescriptors()
    {
        for (var descriptor = 0; descriptor <= 2; descriptor++)
        {
            // The lowest free number is the one that was closed.
            if (Control(descriptor, GetDescriptorFlags, 0) < 0)
                _ = Open("/dev/null", descriptor == 1 ? OpenReadOnly : OpenReadWrite, 0);
        }
    }

    /// <summary>
    /// Whether a descriptor came from the one who started us. If it was closed, its number belongs to the first file that the
    /// runtime opened before us, /dev/urandom for one; such a file is marked to be closed by exec, which an inherited one
    /// can't be.
    /// </summary>
    public static bool IsInherited(int descriptor) =>
        Control(descriptor, GetDescriptorFlags, 0) is >= 0 and var flags && (flags & CloseOnExecute) == 0;

    /// <summary>Whether a descriptor was opened for writing.</summary>
    public static bool IsOpenForWriting(int descriptor) =>
        Control(descriptor, GetStatusFlags, 0) is >= 0 and var flags && (flags & AccessMode) != OpenReadOnly;

    /// <summary>Whether reading can give something. A read of no bytes fails as any other does: read(2).</summary>
    public static bool IsReadable(int descriptor) => Read(descriptor, null, 0) >= 0;

    /// <summary>The width of a terminal in columns, or null if it tells none.</summary>
    public static int? Columns(int descriptor)
    {
        var size = stackalloc ushort[4];
        return DeviceControl(descriptor, GetWindowSize, size) == 0 && size[1] > 0 ? size[1] : null;
    }

    /// <summary>The height of a terminal in lines, or null if it tells none.</summary>
    public static int? Lines(int descriptor)
    {
        var size = stackalloc ushort[4];
        return DeviceControl(descriptor, GetWindowSize, size) == 0 && size[0] > 0 ? size[0] : null;
    }

    /// <summary>Waits until a descriptor that does not block can be written to.</summary>
    public static void WaitWritable(int descriptor)
    {
        // struct pollfd: int fd, short events, short revents.
        var request = stackalloc int[2];
        request[0] = descriptor;
        request[1] = PollOut;
        _ = Poll(request, 1, -1);
    }

    /// <summary>Room for struct termios.</summary>
    public const int TerminalStateSize = 256;

    /// <summary>Opens the terminal that controls this process, whatever the standard descriptors are; null if there is none.</summary>
    public static SafeFileHandle? OpenTerminal() =>
        Open("/dev/tty", OpenReadWrite | OpenCloseOnExecute, 0) is >= 0 and var descriptor ? new SafeFileHandle(descriptor, ownsHandle: true) : null;

    /// <summary>Reads how a terminal is set; false if it is none.</summary>
    public static bool GetTerminalState(SafeFileHandle terminal, byte[] state)
    {
        fixed (byte* first = state)
            return GetAttributes(terminal, first) == 0;
    }

    /// <summary>Sets a terminal, and drops what was typed before.</summary>
    public static void SetTerminalState(SafeFileHandle terminal, byte[] state)
    {
        fixed (byte* first = state)
            _ = SetAttributes(terminal, FlushInput, first);
    }

    /// <summary>Sets a terminal, and keeps what was typed before.</summary>
    public static void KeepTypedAndSet(SafeFileHandle terminal, byte[] state)
    {
        fixed (byte* first = state)
            _ = SetAttributes(terminal, DrainOutput, first);
    }

    /// <summary>Reads what is there, and waits for something; 0 at the end and after a failure.</summary>
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

    /// <summary>Writes a few words to a terminal.</summary>
    public static void WriteAll(SafeFileHandle terminal, ReadOnlySpan<byte> text)
    {
        fixed (byte* first = text)
            _ = Write((int)terminal.DangerousGetHandle(), first, (nuint)text.Length);
    }

    /// <summary>Suspends this process, as ^Z does where nobody handles it, until it is told to go on.</summary>
    public static void Suspend() => _ = Kill(Environment.ProcessId, StopSignal);

    /// <summary>Stops this process by the signal of Ctrl+Z, until the shell continues it. No handler of the signal may be registered.</summary>
    public static void StopByKey() => _ = Kill(Environment.ProcessId, TerminalStopSignal);

    /// <summary>Stops our process group as the key Ctrl+Z does it.</summary>
    public static void StopGroup() => _ = Kill(0, TerminalStopSignal);

    /// <summary>How many files may be open, and how many at most that could be.</summary>
    public static (ulong Soft, ulong Hard) DescriptorLimits()
    {
        var limits = stackalloc ulong[2];
        return GetLimit(DescriptorResource, limits) == 0 ? (limits[0], limits[1]) : (1024, 1024);
    }

    /// <summary>How many bytes of address space the process may have (ulimit -v); the largest number for no limit.</summary>
    public static ulong AddressSpaceLimit()
    {
        var limits = stackalloc ulong[2];
        return GetLimit(AddressSpaceResource, limits) == 0 ? limits[0] : ulong.MaxValue;
    }

    /// <summary>Sets how many files may be open.</summary>
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
