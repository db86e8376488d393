using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Volley.Transports.Processes;

/// <summary>The system calls behind <see cref="ChildProcess"/>, with Linux's numbers.</summary>
internal static unsafe partial class Libc
{
    public const int SigKill = 9;
    public const int SigTerm = 15;

    public const int ErrorNotFound = 2;          // ENOENT
    public const int ErrorInterrupted = 4;       // EINTR
    public const int ErrorTryAgain = 11;         // EAGAIN
    public const int ErrorNoMemory = 12;         // ENOMEM
    public const int ErrorNotDirectory = 20;     // ENOTDIR

    public const int CloseOnExec = 0x80000;      // O_CLOEXEC
    public const int NonBlocking = 0x800;        // O_NONBLOCK
    public const int SetStatusFlags = 4;         // F_SETFL
    public const int GetStatusFlags = 3;         // F_GETFL

    public const short SpawnSetSignalMask = 0x08;
    public const short SpawnSetSignalDefault = 0x04;
    public const short SpawnSetSession = 0x80;

    /// <summary>Room for glibc's and musl's posix_spawn_file_actions_t and posix_spawnattr_t, of which the largest has 336 bytes.</summary>
    public const int SpawnStructSize = 1024;

    /// <summary>Size of sigset_t.</summary>
    public const int SignalSetSize = 128;

    public const int WaitForPid = 1;             // P_PID
    public const int WaitNoHang = 1;             // WNOHANG
    public const int WaitExited = 4;             // WEXITED
    public const int WaitLeaveZombie = 0x01000000; // WNOWAIT
    public const int ChildExited = 1;            // CLD_EXITED

    [LibraryImport("libc", EntryPoint = "posix_spawnp")]
    public static partial int Spawn(out int pid, byte* file, byte* fileActions, byte* attributes, byte** arguments, byte** environment);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_init")]
    public static partial int InitFileActions(byte* fileActions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_adddup2")]
    public static partial int AddDuplicate(byte* fileActions, int from, int to);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_addopen")]
    public static partial int AddOpen(byte* fileActions, int descriptor, byte* path, int flags, uint mode);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_destroy")]
    public static partial int DestroyFileActions(byte* fileActions);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_init")]
    public static partial int InitAttributes(byte* attributes);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setflags")]
    public static partial int SetFlags(byte* attributes, short flags);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setsigmask")]
    public static partial int SetSignalMask(byte* attributes, byte* signals);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setsigdefault")]
    public static partial int SetSignalDefault(byte* attributes, byte* signals);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_destroy")]
    public static partial int DestroyAttributes(byte* attributes);

    [LibraryImport("libc", EntryPoint = "sigfillset")]
    public static partial int FillSignals(byte* signals);

    [LibraryImport("libc", EntryPoint = "sigemptyset")]
    public static partial int EmptySignals(byte* signals);

    [LibraryImport("libc", EntryPoint = "pipe2", SetLastError = true)]
    public static partial int Pipe(int* ends, int flags);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    public static partial int Control(SafeFileHandle descriptor, int command, int argument);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    public static partial nint Read(SafeFileHandle descriptor, byte* buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    public static partial nint Write(SafeFileHandle descriptor, byte* buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    public static partial int Kill(int pid, int signal);

    [LibraryImport("libc", EntryPoint = "waitid", SetLastError = true)]
    public static partial int WaitId(int kind, int id, byte* signalInfo, int options);

    /// <summary>Makes a file in memory that has no name (memfd_create(2)).</summary>
    /// <exception cref="IOException">There can be none.</exception>
    public static SafeFileHandle MemoryFile(string label)
    {
        const uint CloseMemoryFileOnExec = 1;    // MFD_CLOEXEC
        var file = CreateMemoryFile(label, CloseMemoryFileOnExec);
        if (!file.IsInvalid)
            return file;
        var error = Marshal.GetLastPInvokeError();
        file.Dispose();
        throw new IOException($"can't make a file in memory: {Marshal.GetPInvokeErrorMessage(error)}");
    }

    /// <summary>How many files we may have open: RLIMIT_NOFILE (7), the first of the two numbers of struct rlimit.</summary>
    public static long DescriptorLimit()
    {
        var limits = stackalloc ulong[2];
        return GetLimit(7, limits) == 0 ? (long)Math.Min(limits[0], long.MaxValue) : 1024;
    }

    [LibraryImport("libc", EntryPoint = "memfd_create", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle CreateMemoryFile(string name, uint flags);

    [LibraryImport("libc", EntryPoint = "getrlimit")]
    private static partial int GetLimit(int resource, ulong* limits);
}
