using System.Runtime.InteropServices;

namespace Volley.Cli.Terminal;

/// <summary>The system calls that write to the terminal. System.Console is not used: it swallows a closed pipe.</summary>
internal static unsafe partial class Posix
{
    public const int InterruptedError = 4;   // EINTR
    public const int InputOutputError = 5;   // EIO
    public const int TryAgainError = 11;     // EAGAIN
    public const int BrokenPipeError = 32;   // EPIPE

    private const int BrokenPipeSignal = 13; // SIGPIPE
    private const nint Ignore = 1;           // SIG_IGN
    private const int GetDescriptorFlags = 1; // F_GETFD
    private const int CloseOnExecute = 1;    // FD_CLOEXEC
    private const int OpenReadWrite = 2;     // O_RDWR
    private const short PollOut = 4;         // POLLOUT
    private const nuint GetWindowSize = 0x5413; // TIOCGWINSZ on Linux

    /// <summary>Makes a write to a closed pipe an error that is seen, instead of the end of the program.</summary>
    public static void IgnoreBrokenPipes() => _ = SetSignal(BrokenPipeSignal, Ignore);

    /// <summary>Opens /dev/null on each of the three standard descriptors that is closed, so that nothing else gets its number.</summary>
    public static void OpenStandardDescriptors()
    {
        for (var descriptor = 0; descriptor <= 2; descriptor++)
        {
            // The lowest free number is the one that was closed.
            if (Control(descriptor, GetDescriptorFlags, 0) < 0)
                _ = Open("/dev/null", OpenReadWrite, 0);
        }
    }

    /// <summary>
    /// Whether a descriptor came from the one who started us. If it was closed, its number belongs to the first file that the
    /// runtime opened before us, /dev/urandom for one; such a file is marked to be closed by exec, which an inherited one
    /// can't be.
    /// </summary>
    public static bool IsInherited(int descriptor) =>
        Control(descriptor, GetDescriptorFlags, 0) is >= 0 and var flags && (flags & CloseOnExecute) == 0;

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

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    public static partial nint Write(int descriptor, byte* data, nuint count);

    [LibraryImport("libc", EntryPoint = "isatty")]
    [return: MarshalAs(UnmanagedType.Bool)]
    public static partial bool IsTerminal(int descriptor);

    [LibraryImport("libc", EntryPoint = "signal")]
    private static partial nint SetSignal(int signal, nint handler);

    [LibraryImport("libc", EntryPoint = "fcntl")]
    private static partial int Control(int descriptor, int command, int argument);

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags, int mode);

    [LibraryImport("libc", EntryPoint = "ioctl")]
    private static partial int DeviceControl(int descriptor, nuint request, void* argument);

    [LibraryImport("libc", EntryPoint = "poll")]
    private static partial int Poll(int* requests, nuint count, int timeout);
}
