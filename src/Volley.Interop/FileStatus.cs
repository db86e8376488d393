using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;
using Volley.Interop.Text;

namespace Volley.Interop;

/// <summary>Owner, type and inode of a file (statx(2)).</summary>
/// <param name="Owner">The id of its user.</param>
/// <param name="Mode">Its type and permissions.</param>
/// <param name="Number">Its inode number.</param>
internal readonly unsafe partial record struct FileStatus(uint Owner, ushort Mode, ulong Number)
{
    private const int FollowsLinks = 0;
    private const int NoFollow = 0x100;          // AT_SYMLINK_NOFOLLOW
    private const int EmptyPath = 0x1000;        // AT_EMPTY_PATH
    private const uint BasicFields = 0x7ff;      // STATX_BASIC_STATS
    private const int TypeMask = 0xf000;         // S_IFMT
    private const int OthersMask = 0x3f;         // S_IRWXG | S_IRWXO
    private const int OthersWriteMask = 0x12;    // S_IWGRP | S_IWOTH
    private const int StickyBit = 0x200;         // S_ISVTX

    // struct statx is the same on every architecture.
    private const int Size = 256;
    private const int OwnerAt = 20, ModeAt = 28, NumberAt = 32, LengthAt = 40, BlocksAt = 48, ChangeTimeAt = 96, WriteTimeAt = 112, DeviceAt = 128,
        FileSystemAt = 136;
    private const int BlockLength = 512;         // The unit of stx_blocks.
    private const int PermissionMask = 0xfff;

    /// <summary>The device of its file system.</summary>
    public ulong FileSystem { get; private init; }

    /// <summary>Its length in bytes.</summary>
    public long Length { get; private init; }

    /// <summary>The number of bytes that it uses on the disk: fewer than its length for a file with holes.</summary>
    public long AllocatedLength { get; private init; }

    /// <summary>The time of the last write, in seconds since 1970, and the nanoseconds after that.</summary>
    public (long Seconds, uint Nanoseconds) WriteTime { get; private init; }

    /// <summary>The numbers of the device that it stands for.</summary>
    public (uint Major, uint Minor) Device { get; private init; }

    /// <summary>Its permissions, with the set-user-ID, set-group-ID and sticky bits.</summary>
    public UnixFileMode Permissions => (UnixFileMode)(Mode & PermissionMask);

    public bool IsLink => (Mode & TypeMask) == 0xa000; // S_IFLNK

    public bool IsRegular => (Mode & TypeMask) == 0x8000; // S_IFREG

    public bool IsDirectory => (Mode & TypeMask) == 0x4000; // S_IFDIR

    public bool IsPipe => (Mode & TypeMask) == 0x1000; // S_IFIFO

    public bool IsSocket => (Mode & TypeMask) == 0xc000; // S_IFSOCK

    /// <summary>Whether it is /dev/null, under any name.</summary>
    public bool IsNullDevice => (Mode & TypeMask) == 0x2000 && Device == (1, 3); // S_IFCHR

    /// <summary>Its type, for messages.</summary>
    public string TypeName => (Mode & TypeMask) switch
    {
        0x1000 => "a named pipe", // S_IFIFO
        0xc000 => "a socket",     // S_IFSOCK
        0x4000 => "a directory",
        0x8000 => "a regular file",
        0xa000 => "a symbolic link",
        _ => "a device",
    };

    /// <summary>Whether the group or others have any permission.</summary>
    public bool IsOpenToOthers => (Mode & OthersMask) != 0;

    /// <summary>Whether the group or others can write to it.</summary>
    public bool IsWritableByOthers => (Mode & OthersWriteMask) != 0;

    /// <summary>Whether it is a directory in which only the owner of a file can replace the file, such as /tmp.</summary>
    public bool IsSticky => (Mode & StickyBit) != 0;

    /// <summary>Whether it belongs to the effective user of this process.</summary>
    public bool IsOwn => Owner == Accounts.EffectiveUserId();

    /// <summary>Whether it belongs to the effective user or to root.</summary>
    public bool IsTrusted => Owner == 0 || IsOwn;

    /// <summary>Returns the status of a file, following links; null if it does not exist.</summary>
    [SupportedOSPlatform("linux")]
    public static FileStatus? Of(string path) => Of(FileCalls.CurrentDirectory, path, FollowsLinks);

    /// <summary>Returns the status of a name without following links; null if it does not exist.</summary>
    [SupportedOSPlatform("linux")]
    public static FileStatus? OfName(string path) => OfName(FileCalls.CurrentDirectory, path);

    /// <summary>Returns the status of a name in a directory without following links; null if it does not exist.</summary>
    [SupportedOSPlatform("linux")]
    public static FileStatus? OfName(int directory, string name) => Of(directory, name, NoFollow);

    /// <summary>Returns the status of an open file.</summary>
    [SupportedOSPlatform("linux")]
    public static FileStatus? Of(SafeFileHandle file) => Of((int)file.DangerousGetHandle(), "", EmptyPath);

    /// <summary>Returns whether a directory exists.</summary>
    public static bool IsDirectoryAt(string path) =>
        OperatingSystem.IsLinux() ? Of(path) is { IsDirectory: true } : Directory.Exists(path);

    /// <summary>Returns the id of the user that owns a file; null if it is not available (Windows, a C library without statx).</summary>
    public static int? OwnerOf(string path)
    {
        try
        {
            if (OperatingSystem.IsLinux())
                return (int?)Of(path)?.Owner;
            // struct stat with 64-bit inodes: dev, mode, nlink, ino, then uid at byte 16 of 144.
            const int AppleOwnerAt = 16;
            var status = stackalloc byte[Size];
            if (OperatingSystem.IsMacOS() && AppleStat(path, status) == 0)
                return BinaryPrimitives.ReadInt32LittleEndian(new(status + AppleOwnerAt, sizeof(int)));
        }
        catch (EntryPointNotFoundException)
        {
            // The C library is older than statx.
        }

        return null;
    }

    /// <summary>
    /// Returns a text that changes whenever the file changes; null if the file does not exist. It consists of the path, inode number, size and times.
    /// Unlike the time of the last write, the time of the last status change can't be set. Other systems than Linux use only the path, the size and
    /// the time of the last write.
    /// </summary>
    public static string? Stamp(string path)
    {
        if (!OperatingSystem.IsLinux())
        {
            var file = new FileInfo(path);
            return file.Exists ? string.Create(CultureInfo.InvariantCulture, $"{path} {file.Length} {file.LastWriteTimeUtc.Ticks}") : null;
        }

        var fields = stackalloc byte[Size];
        if (Read(FileCalls.CurrentDirectory, path, FollowsLinks, BasicFields, fields) != 0)
            return null;
        var bytes = new ReadOnlySpan<byte>(fields, Size);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{path} {Long(bytes, NumberAt)} {Long(bytes, LengthAt)} {Long(bytes, ChangeTimeAt)}.{Nanoseconds(bytes, ChangeTimeAt)} "
            + $"{Long(bytes, WriteTimeAt)}.{Nanoseconds(bytes, WriteTimeAt)}");
    }

    [SupportedOSPlatform("linux")]
    private static FileStatus? Of(int directory, string name, int flags)
    {
        var fields = stackalloc byte[Size];
        if (Read(directory, name, flags, BasicFields, fields) != 0)
            return null;
        var bytes = new ReadOnlySpan<byte>(fields, Size);
        return new(BinaryPrimitives.ReadUInt32LittleEndian(bytes[OwnerAt..]), BinaryPrimitives.ReadUInt16LittleEndian(bytes[ModeAt..]), Long(bytes, NumberAt))
        {
            Length = (long)Long(bytes, LengthAt),
            AllocatedLength = (long)Long(bytes, BlocksAt) * BlockLength,
            WriteTime = ((long)Long(bytes, WriteTimeAt), Nanoseconds(bytes, WriteTimeAt)),
            Device = (BinaryPrimitives.ReadUInt32LittleEndian(bytes[DeviceAt..]), BinaryPrimitives.ReadUInt32LittleEndian(bytes[(DeviceAt + 4)..])),
            FileSystem = Long(bytes, FileSystemAt),
        };
    }

    private static ulong Long(ReadOnlySpan<byte> fields, int at) => BinaryPrimitives.ReadUInt64LittleEndian(fields[at..]);

    // struct statx_timestamp: seconds, then nanoseconds.
    private static uint Nanoseconds(ReadOnlySpan<byte> fields, int at) => BinaryPrimitives.ReadUInt32LittleEndian(fields[(at + sizeof(long))..]);

    private static int AppleStat(string path, byte* status) =>
        RuntimeInformation.ProcessArchitecture == Architecture.X64 ? ReadAppleX64(path, status) : ReadApple(path, status);

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(SystemTextMarshaller))]
    private static partial int Read(int directory, string name, int flags, uint mask, byte* fields);

    [LibraryImport("libc", EntryPoint = "stat$INODE64",
        StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(SystemTextMarshaller))]
    private static partial int ReadAppleX64(string path, byte* status);

    [LibraryImport("libc", EntryPoint = "stat", StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(SystemTextMarshaller))]
    private static partial int ReadApple(string path, byte* status);
}
