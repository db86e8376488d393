using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Volley.Cli.Tests;

/// <summary>Calls of the C library that .NET has no name for.</summary>
internal static partial class StopCalls
{
    private const int ReadWrite = 2;
    private const int CloseOnExec = 0x80000;
    private const int NoControllingTerminal = 0x100;

    /// <summary>Makes a named pipe that all users can open, since a fleet may run as another user.</summary>
    public static void MakePipe(string path)
    {
        Check(MakeFifo(path, 0));
        // After it, because the umask has no say here.
        Check(ChangeMode(path, 0b110_110_110));
    }

    /// <summary>Makes a directory accessible to all users, since a fleet may run as another user.</summary>
    public static void OpenToAll(string folder) => Check(ChangeMode(folder, 0b111_101_101));

    /// <summary>Opens a new terminal; closing the handle hangs it up.</summary>
    public static unsafe SafeHandle OpenTerminal(out string name)
    {
        var master = OpenMaster(ReadWrite | CloseOnExec | NoControllingTerminal);
        Check(master);
        var handle = new Microsoft.Win32.SafeHandles.SafeFileHandle(master, ownsHandle: true);
        Check(Unlock(master));
        var buffer = stackalloc byte[128];
        Check(NameOf(master, buffer, 128));
        name = Marshal.PtrToStringUTF8((nint)buffer)!;
        return handle;
    }

    /// <summary>Signals a process that is no child of ours, if it is there.</summary>
    public static void Send(int process, int signal) => _ = SendSignal(process, signal);

    private static void Check(int result)
    {
        if (result < 0)
            throw new Win32Exception();
    }

    [LibraryImport("libc", EntryPoint = "mkfifo", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MakeFifo(string path, uint mode);

    [LibraryImport("libc", EntryPoint = "chmod", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int ChangeMode(string path, uint mode);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int SendSignal(int process, int signal);

    [LibraryImport("libc", EntryPoint = "posix_openpt", SetLastError = true)]
    private static partial int OpenMaster(int flags);

    [LibraryImport("libc", EntryPoint = "unlockpt", SetLastError = true)]
    private static partial int Unlock(int master);

    [LibraryImport("libc", EntryPoint = "ptsname_r", SetLastError = true)]
    private static unsafe partial int NameOf(int master, byte* buffer, nuint length);
}
