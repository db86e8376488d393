using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace Volley.Interop;

/// <summary>Checks for the end of child processes (waitid(2)).</summary>
internal static unsafe partial class ChildWait
{
    private const int ByProcess = 1;             // P_PID
    private const int NoHang = 1;                // WNOHANG
    private const int Ended = 4;                 // WEXITED
    private const int LeaveZombie = 0x01000000;  // WNOWAIT
    private const int HasExited = 1;             // CLD_EXITED

    // siginfo_t on 64-bit Linux.
    private const int Size = 128;
    private const int CodeAt = 8, ProcessAt = 16, StatusAt = 24;

    /// <summary>Returns how a child ended, and leaves it as a zombie.</summary>
    /// <returns>The exit code, or the number of the signal that ended it; null while it runs.</returns>
    [SupportedOSPlatform("linux")]
    public static (int? Code, int? Signal)? Look(int process)
    {
        var fields = stackalloc byte[Size];
        var info = new Span<byte>(fields, Size);
        info.Clear();
        if (WaitId(ByProcess, process, fields, Ended | NoHang | LeaveZombie) != 0 || Field(info, ProcessAt) == 0)
            return null;
        var status = Field(info, StatusAt);
        return Field(info, CodeAt) == HasExited ? (status, null) : (null, status);
    }

    /// <summary>Reaps a child that has ended.</summary>
    public static void Reap(int process)
    {
        var fields = stackalloc byte[Size];
        while (WaitId(ByProcess, process, fields, Ended) != 0 && Errno.Last == Errno.Interrupted)
        {
        }
    }

    private static int Field(ReadOnlySpan<byte> info, int at) => BinaryPrimitives.ReadInt32LittleEndian(info[at..]);

    [LibraryImport("libc", EntryPoint = "waitid", SetLastError = true)]
    private static partial int WaitId(int kind, int process, byte* info, int options);
}
