using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;
using Volley.Interop.Text;

namespace Volley.Interop;

/// <summary>Calls on the names of files, relative to an open directory where the base library has no such call (fcntl.h, unistd.h, stdio.h).</summary>
[SupportedOSPlatform("linux")]
internal static unsafe partial class FileCalls
{
    public const int CurrentDirectory = -100;    // AT_FDCWD

    public const int ReadOnly = 0;               // O_RDONLY
    public const int WriteOnly = 1;              // O_WRONLY
    public const int ReadWrite = 2;              // O_RDWR
    public const int Create = 0x40;              // O_CREAT
    public const int Exclusive = 0x80;           // O_EXCL
    public const int Truncate = 0x200;           // O_TRUNC
    public const int Append = 0x400;             // O_APPEND
    public const int NonBlocking = 0x800;        // O_NONBLOCK
    public const int CloseOnExecute = 0x80000;   // O_CLOEXEC
    public const int OnlyPath = 0x200000;        // O_PATH

    private const int NoFollowTimes = 0x100;     // AT_SYMLINK_NOFOLLOW
    private const uint CloseMemoryFileOnExecute = 1; // MFD_CLOEXEC
    private const int ReadAccess = 4;            // R_OK
    private const int SearchAccess = 1;          // X_OK
    private const int EffectiveAccess = 0x200;   // AT_EACCESS
    private const int NewFileMode = 0x1b6;       // 0666, less the umask
    private const int LongestLink = 4096;        // PATH_MAX

    // These two differ by architecture: fcntl.h of Linux.
    private static readonly bool IsArm = RuntimeInformation.ProcessArchitecture is Architecture.Arm or Architecture.Arm64;

    public static readonly int OnlyDirectory = IsArm ? 0x4000 : 0x10000; // O_DIRECTORY
    public static readonly int NoFollow = IsArm ? 0x8000 : 0x20000;      // O_NOFOLLOW

    /// <summary>Opens a file, which children do not inherit.</summary>
    /// <exception cref="IOException">It can't be opened; the HResult is the error number.</exception>
    public static SafeFileHandle Open(int directory, string name, int flags) =>
        TryOpen(directory, name, flags, out var error) ?? throw Errno.Failure(error);

    /// <summary>Opens a file, which children do not inherit; returns null if it can't be opened.</summary>
    /// <param name="directory">The descriptor of the directory.</param>
    /// <param name="name">The name in the directory, or an absolute path.</param>
    /// <param name="flags">How to open it.</param>
    /// <param name="error">The error number; 0 for none.</param>
    /// <param name="mode">The permissions of a new file, less the umask.</param>
    public static SafeFileHandle? TryOpen(int directory, string name, int flags, out int error, int mode = NewFileMode)
    {
        var file = OpenAt(directory, name, flags | CloseOnExecute, mode);
        error = file.IsInvalid ? Errno.Last : 0;
        if (error == 0)
            return file;
        file.Dispose();
        return null;
    }

    /// <summary>Opens a file on the lowest free descriptor. It stays open, and children inherit it.</summary>
    public static void OpenForGood(string path, int flags)
    {
        // An invalid handle does not close the descriptor.
        using var file = OpenAt(CurrentDirectory, path, flags, 0);
        file.SetHandleAsInvalid();
    }

    /// <summary>Creates a file in memory that has no name (memfd_create(2)).</summary>
    /// <param name="label">The name of the file in /proc.</param>
    /// <exception cref="IOException">It can't be created.</exception>
    public static SafeFileHandle OpenMemory(string label)
    {
        var file = CreateMemoryFile(label, CloseMemoryFileOnExecute);
        if (!file.IsInvalid)
            return file;
        var error = Errno.Last;
        file.Dispose();
        throw new IOException($"can't make a file in memory: {Errno.Text(error)}");
    }

    /// <summary>Removes a name; returns 0, or an error number.</summary>
    public static int Unlink(int directory, string name) => Result(UnlinkAt(directory, name, 0));

    /// <summary>Renames a file within a directory, and replaces a file of the new name; returns 0, or an error number.</summary>
    public static int Rename(int directory, string from, string to) => Result(RenameAt(directory, from, directory, to));

    /// <summary>Makes a directory; returns 0, or an error number.</summary>
    public static int MakeDirectory(int directory, string name, int mode) => Result(MakeDirectoryAt(directory, name, mode));

    /// <summary>Makes a symbolic link; returns 0, or an error number.</summary>
    public static int MakeLink(string target, int directory, string name) => Result(MakeLinkAt(target, directory, name));

    /// <summary>Sets a file's times to now; returns 0, or an error number.</summary>
    public static int Touch(string path) => Result(SetTimes(CurrentDirectory, path, times: null, flags: 0));

    /// <summary>Returns whether this process may read a file; for a directory, whether it may list it and reach its entries.</summary>
    public static bool CanRead(string path, bool isDirectory) =>
        AccessAt(CurrentDirectory, path, isDirectory ? ReadAccess | SearchAccess : ReadAccess, EffectiveAccess) == 0;

    /// <summary>Sets the times of a name, without following a link; returns 0, or an error number.</summary>
    public static int SetTimes(int directory, string name, DateTimeOffset accessed, DateTimeOffset modified)
    {
        // struct timespec: seconds, then nanoseconds.
        var times = stackalloc long[4];
        (times[0], times[1]) = Split(accessed);
        (times[2], times[3]) = Split(modified);
        return Result(SetTimes(directory, name, times, NoFollowTimes));

        static (long Seconds, long Nanoseconds) Split(DateTimeOffset time) =>
            (time.ToUnixTimeSeconds(), time.UtcTicks % TimeSpan.TicksPerSecond * TimeSpan.NanosecondsPerTick);
    }

    /// <summary>Returns the target of a symbolic link; null if the name is not a link.</summary>
    public static string? ReadLink(int directory, string name)
    {
        var target = stackalloc byte[LongestLink];
        var length = (int)ReadLinkAt(directory, name, target, LongestLink);
        return length < 0 ? null : SystemText.Decode(new ReadOnlySpan<byte>(target, length));
    }

    /// <summary>Returns the names in a directory, without <c>.</c> and <c>..</c>; null if it can't be read.</summary>
    /// <param name="directory">The descriptor of the directory that <paramref name="path"/> is relative to.</param>
    /// <param name="path">The directory.</param>
    /// <param name="error">The error number; 0 for none.</param>
    public static List<string>? Names(int directory, string path, out int error)
    {
        const int LengthAt = 16, NameAt = 19; // d_reclen and d_name of struct dirent64
        using var file = TryOpen(directory, path, ReadOnly | OnlyDirectory, out error);
        if (file is null)
            return null;
        var stream = OpenDirectoryStream(file);
        error = stream == 0 ? Errno.Last : 0;
        if (error != 0)
            return null;
        // The stream owns the descriptor from here on.
        file.SetHandleAsInvalid();
        var names = new List<string>();
        while (NextEntry(stream) is not 0 and var entry)
        {
            var bytes = new ReadOnlySpan<byte>((byte*)entry + NameAt, *(ushort*)((byte*)entry + LengthAt) - NameAt);
            if (SystemText.Decode(bytes[..bytes.IndexOf((byte)0)]) is not ("." or "..") and var name)
                names.Add(name);
        }

        _ = CloseDirectoryStream(stream);
        return names;
    }

    private static int Result(int returned) => returned == 0 ? 0 : Errno.Last;

    [LibraryImport("libc", EntryPoint = "openat", SetLastError = true,
        StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(SystemTextMarshaller))]
    private static partial SafeFileHandle OpenAt(int directory, string name, int flags, int mode);

    [LibraryImport("libc", EntryPoint = "faccessat",
        StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(SystemTextMarshaller))]
    private static partial int AccessAt(int directory, string path, int mode, int flags);

    [LibraryImport("libc", EntryPoint = "memfd_create", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle CreateMemoryFile(string name, uint flags);

    [LibraryImport("libc", EntryPoint = "unlinkat", SetLastError = true,
        StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(SystemTextMarshaller))]
    private static partial int UnlinkAt(int directory, string name, int flags);

    [LibraryImport("libc", EntryPoint = "renameat", SetLastError = true,
        StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(SystemTextMarshaller))]
    private static partial int RenameAt(int fromDirectory, string from, int toDirectory, string to);

    [LibraryImport("libc", EntryPoint = "mkdirat", SetLastError = true,
        StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(SystemTextMarshaller))]
    private static partial int MakeDirectoryAt(int directory, string name, int mode);

    [LibraryImport("libc", EntryPoint = "utimensat", SetLastError = true,
        StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(SystemTextMarshaller))]
    private static partial int SetTimes(int directory, string name, void* times, int flags);

    [LibraryImport("libc", EntryPoint = "readlinkat", StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(SystemTextMarshaller))]
    private static partial nint ReadLinkAt(int directory, string name, byte* target, nuint size);

    [LibraryImport("libc", EntryPoint = "symlinkat", SetLastError = true,
        StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(SystemTextMarshaller))]
    private static partial int MakeLinkAt(string target, int directory, string name);

    [LibraryImport("libc", EntryPoint = "fdopendir", SetLastError = true)]
    private static partial nint OpenDirectoryStream(SafeFileHandle directory);

    [LibraryImport("libc", EntryPoint = "readdir")]
    private static partial nint NextEntry(nint stream);

    [LibraryImport("libc", EntryPoint = "closedir")]
    private static partial int CloseDirectoryStream(nint stream);
}
