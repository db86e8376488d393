using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Volley.Ssh.Text;

namespace Volley.Ssh.Config;

/// <summary>Who owns a file: the runtime does not say.</summary>
internal static partial class FileOwner
{
    // statx(2): AT_FDCWD, STATX_UID, and stx_uid at byte 20 of 256.
    private const int CurrentFolder = -100;
    private const uint OwnerOnly = 0x8;
    private const int LinuxOwnerOffset = 20;

    // struct stat with 64-bit inodes: dev, mode, nlink, ino, then uid at byte 16 of 144.
    private const int AppleOwnerOffset = 16;

    /// <summary>Returns the owner's number; null where it can't be told (Windows, a C library without statx).</summary>
    public static unsafe int? Of(string path)
    {
        byte* status = stackalloc byte[256];
        try
        {
            if (OperatingSystem.IsLinux() && StatX(CurrentFolder, path, 0, OwnerOnly, status) == 0)
                return BinaryPrimitives.ReadInt32LittleEndian(new(status + LinuxOwnerOffset, 4));
            if (OperatingSystem.IsMacOS() && AppleStat(path, status) == 0)
                return BinaryPrimitives.ReadInt32LittleEndian(new(status + AppleOwnerOffset, 4));
        }
        catch (EntryPointNotFoundException)
        {
            // An old C library.
        }
        return null;
    }

    private static unsafe int AppleStat(string path, byte* status) => RuntimeInformation.ProcessArchitecture == Architecture.X64
        ? StatInode64(path, status)
        : Stat(path, status);

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(SystemTextMarshaller))]
    private static unsafe partial int StatX(int folder, string path, int flags, uint mask, byte* status);

    [LibraryImport("libc", EntryPoint = "stat$INODE64", StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(SystemTextMarshaller))]
    private static unsafe partial int StatInode64(string path, byte* status);

    [LibraryImport("libc", EntryPoint = "stat", StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(SystemTextMarshaller))]
    private static unsafe partial int Stat(string path, byte* status);
}
