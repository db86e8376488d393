using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace Volley.Interop;

/// <summary>Queries about terminals (isatty(3), ioctl_tty(2)).</summary>
[SupportedOSPlatform("linux")]
internal static unsafe partial class TerminalCalls
{
    private const nuint GetWindowSize = 0x5413;  // TIOCGWINSZ

    /// <summary>Returns the width of a terminal in columns; null if it has no size.</summary>
    public static int? Columns(int descriptor) => Size(descriptor).Columns is > 0 and var columns ? columns : null;

    /// <summary>Returns the height of a terminal in lines; null if it has no size.</summary>
    public static int? Lines(int descriptor) => Size(descriptor).Lines is > 0 and var lines ? lines : null;

    /// <summary>Opens the controlling terminal of this process, independently of the standard descriptors; returns null if there is none.</summary>
    public static SafeFileHandle? OpenControlling() =>
        FileCalls.TryOpen(FileCalls.CurrentDirectory, "/dev/tty", FileCalls.ReadWrite, out _);

    /// <summary>Returns whether a descriptor is a terminal.</summary>
    [LibraryImport("libc", EntryPoint = "isatty")]
    [return: MarshalAs(UnmanagedType.Bool)]
    public static partial bool IsTerminal(int descriptor);

    private static (int Columns, int Lines) Size(int descriptor)
    {
        // struct winsize: rows, columns, and two unused fields.
        var size = stackalloc ushort[4];
        return Control(descriptor, GetWindowSize, size) == 0 ? (size[1], size[0]) : (0, 0);
    }

    [LibraryImport("libc", EntryPoint = "ioctl")]
    private static partial int Control(int descriptor, nuint request, void* argument);
}
