using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Volley.Transports.OpenSsh.Masters;

/// <summary>Whose a folder is, a file's time in one call: what the base library does not have.</summary>
internal static unsafe partial class FileSystem
{
    private const int CurrentFolder = -100;          // AT_FDCWD
    private const int NoFollow = 0x100;              // AT_SYMLINK_NOFOLLOW
    private const uint BasicFields = 0x7ff;          // STATX_BASIC_STATS
    private const int TypeMask = 0xf000;             // S_IFMT
    private const int Folder = 0x4000;               // S_IFDIR
    private const int OthersMask = 0x3f;             // rwx for group and others

    /// <summary>The number of the user that we act as.</summary>
    public static uint CurrentUser() => EffectiveUser();

    /// <summary>Whether a folder belongs to this user.</summary>
    public static bool IsOwn(string path) => Status(path) is var (owner, _) && owner == CurrentUser();

    /// <summary>Says why a path is not a folder of this user alone, and what to do; null if it is one. A link to one is none.</summary>
    public static string? WhyNotPrivate(string path)
    {
        if (Status(path) is not var (owner, mode) || (mode & TypeMask) != Folder)
            return $"{path} is not a directory; remove it";
        if (owner != CurrentUser())
            return string.Create(CultureInfo.InvariantCulture, $"{path} belongs to another user (number {owner}); set XDG_RUNTIME_DIR to a directory of your own");
        return (mode & OthersMask) == 0 ? null : $"other users may use {path}; run: chmod 700 {path}";
    }

    private static (uint Owner, int Mode)? Status(string path)
    {
        // struct statx is the same on every architecture: stx_uid at 20, stx_mode at 28.
        var fields = stackalloc byte[256];
        if (Statx(CurrentFolder, path, NoFollow, BasicFields, fields) != 0)
            return null;
        var bytes = new ReadOnlySpan<byte>(fields, 256);
        return (BinaryPrimitives.ReadUInt32LittleEndian(bytes[20..]), BinaryPrimitives.ReadUInt16LittleEndian(bytes[28..]));
    }

    /// <summary>Sets a file's times to now; false if it is not there.</summary>
    public static bool Touch(string path) => SetTimes(CurrentFolder, path, times: null, flags: 0) == 0;

    [LibraryImport("libc", EntryPoint = "utimensat", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetTimes(int folder, string path, void* times, int flags);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint EffectiveUser();

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Statx(int folder, string path, int flags, uint mask, byte* fields);
}
