using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace Volley.Interop;

/// <summary>Calls on open files of any kind (unistd.h, fcntl.h, poll.h).</summary>
internal static unsafe partial class Descriptor
{
    private const int GetDescriptorFlags = 1;    // F_GETFD
    private const int GetStatusFlags = 3;        // F_GETFL
    private const int SetStatusFlags = 4;        // F_SETFL
    private const int CloseOnExecute = 1;        // FD_CLOEXEC
    private const int AccessMode = 3;            // O_ACCMODE
    private const int SeekData = 3;              // SEEK_DATA
    private const int SeekHole = 4;              // SEEK_HOLE
    private const int SeekCurrent = 1;           // SEEK_CUR
    private const short PollIn = 1;              // POLLIN
    private const short PollOut = 4;             // POLLOUT

    /// <summary>Returns a standard descriptor, which stays open when the handle is disposed.</summary>
    public static SafeFileHandle Standard(int number) => new(number, ownsHandle: false);

    /// <summary>
    /// Opens /dev/null on each closed standard descriptor, so that no other file gets its number. As standard output it is opened for reading only,
    /// so that output fails instead of being lost silently.
    /// </summary>
    [SupportedOSPlatform("linux")]
    public static void OpenStandard()
    {
        for (var number = 0; number <= 2; number++)
        {
            // The lowest free number is the one that was closed.
            if (Control(Standard(number), GetDescriptorFlags, 0) < 0)
                FileCalls.OpenForGood("/dev/null", number == 1 ? FileCalls.ReadOnly : FileCalls.ReadWrite);
        }
    }

    /// <summary>
    /// Returns whether a standard descriptor came from the parent process. If it was closed, its number belongs to the first file that the runtime
    /// opened, such as /dev/urandom. Such a file has the close-on-exec flag, which an inherited one can't have.
    /// </summary>
    public static bool IsInherited(SafeFileHandle file) =>
        Control(file, GetDescriptorFlags, 0) is >= 0 and var flags && (flags & CloseOnExecute) == 0;

    /// <summary>Returns whether a descriptor was opened for writing.</summary>
    public static bool IsOpenForWriting(SafeFileHandle file) =>
        Control(file, GetStatusFlags, 0) is >= 0 and var flags && (flags & AccessMode) != 0; // O_RDONLY

    /// <summary>Returns whether a descriptor can be read. A read of 0 bytes reports errors as any other read does (read(2)).</summary>
    public static bool IsReadable(SafeFileHandle file) => Read(file, []) >= 0;

    /// <summary>Returns whether a file has a position. Pipes, sockets and terminals have none.</summary>
    public static bool CanSeek(SafeFileHandle file) => Seek(file, 0, SeekCurrent) >= 0;

    /// <summary>Returns the offset of the first data of a file at or after an offset, skipping a hole; null if only a hole follows.</summary>
    public static long? FindData(SafeFileHandle file, long offset) => Seek(file, offset, SeekData) is >= 0 and var found ? found : null;

    /// <summary>Returns the offset of the first hole of a file at or after an offset; the end of the file counts as one.</summary>
    public static long? FindHole(SafeFileHandle file, long offset) => Seek(file, offset, SeekHole) is >= 0 and var found ? found : null;

    /// <summary>Makes calls on a file return <see cref="Errno.TryAgain"/> instead of waiting.</summary>
    /// <exception cref="Win32Exception">The file can't do that.</exception>
    [SupportedOSPlatform("linux")]
    public static void SetNonBlocking(SafeFileHandle file)
    {
        var flags = Control(file, GetStatusFlags, 0);
        if (flags < 0 || Control(file, SetStatusFlags, flags | FileCalls.NonBlocking) < 0)
            throw new Win32Exception(Errno.Last);
    }

    /// <summary>Creates a pipe that children do not inherit.</summary>
    /// <exception cref="Win32Exception">There are too many open files, or no memory is left.</exception>
    [SupportedOSPlatform("linux")]
    public static (SafeFileHandle Reading, SafeFileHandle Writing) CreatePipe()
    {
        var ends = stackalloc int[2];
        if (Pipe(ends, FileCalls.CloseOnExecute) != 0)
            throw new Win32Exception(Errno.Last);
        return (new SafeFileHandle(ends[0], ownsHandle: true), new SafeFileHandle(ends[1], ownsHandle: true));
    }

    /// <summary>Reads available bytes; waits for some unless the file does not block.</summary>
    /// <returns>The number of bytes, 0 at the end, or the negated error number.</returns>
    public static int Read(SafeFileHandle file, Span<byte> buffer)
    {
        while (true)
        {
            nint count;
            fixed (byte* first = buffer)
                count = Read(file, first, (nuint)buffer.Length);
            if (count >= 0)
                return (int)count;
            if (Errno.Last is not Errno.Interrupted and var error)
                return -error;
        }
    }

    /// <summary>Writes some of the bytes.</summary>
    /// <returns>The number of bytes, or the negated error number.</returns>
    public static int Write(SafeFileHandle file, ReadOnlySpan<byte> data)
    {
        while (true)
        {
            nint count;
            fixed (byte* first = data)
                count = Write(file, first, (nuint)data.Length);
            if (count >= 0)
                return (int)count;
            if (Errno.Last is not Errno.Interrupted and var error)
                return -error;
        }
    }

    /// <summary>Writes some of the bytes, and waits for room even if the file does not block.</summary>
    /// <returns>The number of bytes, or the negated error number.</returns>
    public static int WriteSome(SafeFileHandle file, ReadOnlySpan<byte> data)
    {
        int count;
        while ((count = Write(file, data)) == -Errno.TryAgain)
            WaitWritable(file);
        return count;
    }

    /// <summary>Writes all bytes.</summary>
    /// <exception cref="IOException">The file takes no more; the HResult is the error number.</exception>
    public static void WriteAll(SafeFileHandle file, ReadOnlySpan<byte> data)
    {
        while (!data.IsEmpty)
        {
            var count = WriteSome(file, data);
            if (count < 0)
                throw Errno.Failure(-count);
            data = data[count..];
        }
    }

    /// <summary>Waits until one of two files can be read, or has ended.</summary>
    /// <returns>Whether it is the first; false if the second can be read too.</returns>
    public static bool WaitReadable(SafeFileHandle first, SafeFileHandle second)
    {
        // struct pollfd: int fd, short events, short revents.
        var requests = stackalloc int[4];
        do
        {
            (requests[0], requests[1]) = ((int)first.DangerousGetHandle(), PollIn);
            (requests[2], requests[3]) = ((int)second.DangerousGetHandle(), PollIn);
        }
        while (Poll(requests, 2, -1) <= 0);
        return requests[3] >> 16 == 0;
    }

    /// <summary>Waits until a file that does not block can be written to.</summary>
    private static void WaitWritable(SafeFileHandle file)
    {
        // struct pollfd: int fd, short events, short revents.
        var request = stackalloc int[2];
        request[0] = (int)file.DangerousGetHandle();
        request[1] = PollOut;
        _ = Poll(request, 1, -1);
    }

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int Control(SafeFileHandle file, int command, int argument);

    [LibraryImport("libc", EntryPoint = "pipe2", SetLastError = true)]
    private static partial int Pipe(int* ends, int flags);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static partial nint Read(SafeFileHandle file, byte* buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint Write(SafeFileHandle file, byte* data, nuint count);

    [LibraryImport("libc", EntryPoint = "lseek")]
    private static partial long Seek(SafeFileHandle file, long offset, int from);

    [LibraryImport("libc", EntryPoint = "poll")]
    private static partial int Poll(int* requests, nuint count, int timeout);
}
