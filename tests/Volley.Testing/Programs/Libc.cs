using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Volley.Testing;

/// <summary>The calls of the C library that the harness needs, with Linux's numbers.</summary>
internal static partial class Libc
{
    public const int ReadWrite = 2;
    public const int NoControllingTerminal = 0x100;
    public const int CloseOnExec = 0x80000;
    public const int WriteOnly = 1;
    public const int NonBlocking = 0x800;
    public const short PollIn = 1;

    private const int Interrupted = 4;
    private const string Library = "libc";

    [StructLayout(LayoutKind.Sequential)]
    public struct PollEntry
    {
        public int Descriptor;
        public short Wanted;
        public short Got;
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct WindowSize
    {
        public ushort Rows;
        public ushort Columns;
        public ushort PixelWidth;
        public ushort PixelHeight;
    }

    [LibraryImport(Library, EntryPoint = "close", SetLastError = true)]
    public static partial int Close(int descriptor);

    [LibraryImport(Library, EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Open(string path, int flags);

    [LibraryImport(Library, EntryPoint = "kill", SetLastError = true)]
    public static partial int Kill(int process, int signal);

    [LibraryImport(Library, EntryPoint = "getpgid", SetLastError = true)]
    public static partial int GetGroup(int process);

    [LibraryImport(Library, EntryPoint = "getsid", SetLastError = true)]
    public static partial int GetSession(int process);

    [LibraryImport(Library, EntryPoint = "posix_openpt", SetLastError = true)]
    public static partial int OpenTerminal(int flags);

    [LibraryImport(Library, EntryPoint = "grantpt", SetLastError = true)]
    public static partial int GrantTerminal(int master);

    [LibraryImport(Library, EntryPoint = "unlockpt", SetLastError = true)]
    public static partial int UnlockTerminal(int master);

    [LibraryImport(Library, EntryPoint = "ptsname_r", SetLastError = true)]
    public static unsafe partial int TerminalName(int master, byte* buffer, nuint length);

    [LibraryImport(Library, EntryPoint = "ioctl", SetLastError = true)]
    public static partial int SetWindowSize(int descriptor, nuint request, in WindowSize size);

    /// <summary>pidfd_open by its number: the C library has had a name for it only since glibc 2.36.</summary>
    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true)]
    public static partial nint SystemCall(nint number, nint process, nint flags);

    [LibraryImport(Library, EntryPoint = "pipe2", SetLastError = true)]
    private static unsafe partial int Pipe(int* ends, int flags);

    [LibraryImport(Library, EntryPoint = "read", SetLastError = true)]
    private static unsafe partial nint Read(int descriptor, byte* buffer, nuint count);

    [LibraryImport(Library, EntryPoint = "write", SetLastError = true)]
    private static unsafe partial nint Write(int descriptor, byte* buffer, nuint count);

    [LibraryImport(Library, EntryPoint = "poll", SetLastError = true)]
    private static unsafe partial int Poll(PollEntry* entries, nuint count, int milliseconds);

    [LibraryImport(Library, EntryPoint = "waitpid", SetLastError = true)]
    private static unsafe partial int WaitProcess(int process, int* status, int options);

    /// <summary>Both ends close on exec: a program that is started meanwhile must not hold them open.</summary>
    public static unsafe (int Read, int Write) Pipe()
    {
        var ends = stackalloc int[2];
        Check(Pipe(ends, CloseOnExec));
        return (ends[0], ends[1]);
    }

    /// <summary>Reads what there is: 0 at the end, and -1 for a failure, such as EIO on a terminal whose other side is gone.</summary>
    public static unsafe int Read(int descriptor, Span<byte> buffer)
    {
        fixed (byte* start = buffer)
        {
            nint count;
            do
                count = Read(descriptor, start, (nuint)buffer.Length);
            while (count < 0 && Marshal.GetLastPInvokeError() == Interrupted);
            return (int)count;
        }
    }

    /// <summary>Writes all of it; false when the reader is gone.</summary>
    public static unsafe bool Write(int descriptor, ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            nint count;
            fixed (byte* start = bytes)
                count = Write(descriptor, start, (nuint)bytes.Length);
            if (count >= 0)
                bytes = bytes[(int)count..];
            else if (Marshal.GetLastPInvokeError() != Interrupted)
                return false;
        }
        return true;
    }

    /// <summary>Waits until one of the entries is ready; false when the time is over first (-1 = no limit).</summary>
    public static unsafe bool Poll(Span<PollEntry> entries, int milliseconds)
    {
        fixed (PollEntry* first = entries)
        {
            int ready;
            do
                ready = Poll(first, (nuint)entries.Length, milliseconds);
            while (ready < 0 && Marshal.GetLastPInvokeError() == Interrupted);
            return Check(ready) > 0;
        }
    }

    /// <summary>Blocks until a child has ended; returns its raw wait status.</summary>
    public static unsafe int WaitForChild(int process)
    {
        int status;
        while (WaitProcess(process, &status, 0) < 0)
        {
            if (Marshal.GetLastPInvokeError() != Interrupted)
                throw LastError();
        }
        return status;
    }

    public static int Check(int result) => result >= 0 ? result : throw LastError();

    private static Win32Exception LastError() => new(Marshal.GetLastPInvokeError());
}
