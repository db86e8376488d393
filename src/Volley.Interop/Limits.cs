using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace Volley.Interop;

/// <summary>The limits of this process (getrlimit(2)).</summary>
internal static unsafe partial class Limits
{
    private const int OpenFilesResource = 7;     // RLIMIT_NOFILE
    private const int AddressSpaceResource = 9;  // RLIMIT_AS
    private const ulong UsualOpenFiles = 1024;

    /// <summary>Returns the limit of open files, and the value to which it can be raised; 1,024 if the system does not report them.</summary>
    public static (ulong Soft, ulong Hard) OpenFiles() =>
        OperatingSystem.IsLinux() && Get(OpenFilesResource) is { } limits ? limits : (UsualOpenFiles, UsualOpenFiles);

    /// <summary>Sets the limit of open files. A failure is ignored.</summary>
    [SupportedOSPlatform("linux")]
    public static void SetOpenFiles(ulong soft, ulong hard)
    {
        var limits = stackalloc ulong[] { soft, hard };
        _ = SetLimit(OpenFilesResource, limits);
    }

    /// <summary>Returns the limit of the address space in bytes (ulimit -v); the largest number if there is none.</summary>
    [SupportedOSPlatform("linux")]
    public static ulong AddressSpace() => Get(AddressSpaceResource)?.Soft ?? ulong.MaxValue;

    private static (ulong Soft, ulong Hard)? Get(int resource)
    {
        // struct rlimit: the limit in force, and how far it can be raised.
        var limits = stackalloc ulong[2];
        return GetLimit(resource, limits) == 0 ? (limits[0], limits[1]) : null;
    }

    [LibraryImport("libc", EntryPoint = "getrlimit")]
    private static partial int GetLimit(int resource, ulong* limits);

    [LibraryImport("libc", EntryPoint = "setrlimit")]
    private static partial int SetLimit(int resource, ulong* limits);
}
