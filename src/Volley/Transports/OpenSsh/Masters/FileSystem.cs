using System.Buffers.Binary;
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

    /// <summary>Whether it is a folder, not a link to one, that belongs to this user and that nobody else may use.</summary>
    public static bool IsPrivateFolder(string path)
    {
        // struct statx is the same on every architecture: stx_uid at 20, stx_mode at 28.
        var fields = stackalloc byte[256];
        if (Statx(CurrentFolder, path, NoFollow, BasicFields, fields) != 0)
            return false;
        var bytes = new ReadOnlySpan<byte>(fields, 256);
        var owner = BinaryPrimitives.ReadUInt32LittleEndian(bytes[20..]);
        var mode = BinaryPrimitives.ReadUInt16LittleEndian(bytes[28..]);
        return owner == CurrentUser() && (mode & TypeMask) == Folder && (mode & OthersMask) == 0;
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
