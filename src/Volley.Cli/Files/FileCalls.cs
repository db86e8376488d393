using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Volley.Ssh.Files;
using Volley.Ssh.Text;

namespace Volley.Cli.Files;

/// <summary>System calls for files relative to an open directory, which the base class library lacks.</summary>
internal static unsafe partial class FileCalls
{
    public const int CurrentDirectory = -100;    // AT_FDCWD
    public const int ReadOnly = 0;               // O_RDONLY
    public const int WriteOnly = 1;              // O_WRONLY
    public const int Create = 0x40;              // O_CREAT
    public const int Exclusive = 0x80;           // O_EXCL
    public const int Append = 0x400;             // O_APPEND
    public const int NonBlocking = 0x800;        // O_NONBLOCK
    public const int CloseOnExecute = 0x80000;   // O_CLOEXEC

    private const int NoFollowAt = 0x100;        // AT_SYMLINK_NOFOLLOW
    private const int EmptyPath = 0x1000;        // AT_EMPTY_PATH
    private const uint BasicFields = 0x7ff;      // STATX_BASIC_STATS
    private const int LockExclusiveAtOnce = 6;   // LOCK_EX | LOCK_NB
    private const int NoEntry = 2;               // ENOENT
    private const int Interrupted = 4;           // EINTR
    private const int WouldBlock = 11;           // EWOULDBLOCK

    // These two differ by architecture: see fcntl.h of Linux.
    private static readonly bool IsArm = RuntimeInformation.ProcessArchitecture is Architecture.Arm or Architecture.Arm64;

    public static readonly int OnlyDirectory = IsArm ? 0x4000 : 0x10000; // O_DIRECTORY
    public static readonly int NoFollow = IsArm ? 0x8000 : 0x20000;      // O_NOFOLLOW

    /// <summary>Opens a file.</summary>
    /// <exception cref="IOException">The file can't be opened.</exception>
    public static SafeFileHandle Open(int directory, string name, int flags)
    {
        const int Mode = 0x1b6; // 0666, less the umask
        var file = OpenAt(directory, name, flags | CloseOnExecute, Mode);
        if (!file.IsInvalid)
            return file;
        var error = Marshal.GetLastPInvokeError();
        file.Dispose();
        throw SystemMessage.Failure(error);
    }

    /// <summary>Removes a name, if it exists.</summary>
    /// <exception cref="IOException">The name can't be removed.</exception>
    public static void Unlink(int directory, string name)
    {
        if (UnlinkAt(directory, name, 0) != 0 && Marshal.GetLastPInvokeError() is not NoEntry and var error)
            throw SystemMessage.Failure(error);
    }

    /// <summary>Renames a file within a directory, and replaces an existing file with the new name.</summary>
    /// <exception cref="IOException">The file can't be renamed.</exception>
    public static void Rename(int directory, string from, string to)
    {
        if (RenameAt(directory, from, directory, to) != 0)
            throw SystemMessage.Failure(Marshal.GetLastPInvokeError());
    }

    /// <summary>Writes all of the data.</summary>
    /// <exception cref="IOException">The file can't be written.</exception>
    public static void Write(SafeFileHandle file, ReadOnlySpan<byte> data)
    {
        while (!data.IsEmpty)
        {
            nint count;
            fixed (byte* first = data)
                count = Write(file, first, (nuint)data.Length);
            if (count >= 0)
                data = data[(int)count..];
            else if (Marshal.GetLastPInvokeError() is not Interrupted and var error)
                throw SystemMessage.Failure(error);
        }
    }

    /// <summary>
    /// Locks an open file with flock(2). Returns false if another process holds the lock. Succeeds on a file system without locks.
    /// </summary>
    public static bool TryLock(SafeFileHandle file) => Lock(file, LockExclusiveAtOnce) == 0 || Marshal.GetLastPInvokeError() != WouldBlock;

    /// <summary>Returns the status of a name, without following links; null if the name does not exist.</summary>
    public static FileStatus? Status(int directory, string name) => Status(directory, name, NoFollowAt);

    /// <summary>Returns the status of an open file.</summary>
    public static FileStatus? Status(SafeFileHandle file) => Status((int)file.DangerousGetHandle(), "", EmptyPath);

    /// <summary>Returns the effective user ID.</summary>
    [LibraryImport("libc", EntryPoint = "geteuid")]
    public static partial uint CurrentUser();

    private static FileStatus? Status(int directory, string name, int flags)
    {
        // struct statx is the same on every architecture: stx_uid at 20, stx_mode at 28, stx_ino at 32.
        var fields = stackalloc byte[256];
        if (Statx(directory, name, flags, BasicFields, fields) != 0)
            return null;
        var bytes = new ReadOnlySpan<byte>(fields, 256);
        return new FileStatus(
            BinaryPrimitives.ReadUInt32LittleEndian(bytes[20..]), BinaryPrimitives.ReadUInt16LittleEndian(bytes[28..]), BinaryPrimitives.ReadUInt64LittleEndian(bytes[32..]));
    }

    [LibraryImport("libc", EntryPoint = "openat", SetLastError = true, StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(SystemTextMarshaller))]
    private static partial SafeFileHandle OpenAt(int directory, string name, int flags, int mode);

    [LibraryImport("libc", EntryPoint = "unlinkat", SetLastError = true, StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(SystemTextMarshaller))]
    private static partial int UnlinkAt(int directory, string name, int flags);

    [LibraryImport("libc", EntryPoint = "renameat", SetLastError = true, StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(SystemTextMarshaller))]
    private static partial int RenameAt(int fromDirectory, string from, int toDirectory, string to);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint Write(SafeFileHandle file, byte* data, nuint count);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    private static partial int Lock(SafeFileHandle file, int operation);

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(SystemTextMarshaller))]
    private static partial int Statx(int directory, string name, int flags, uint mask, byte* fields);
}

/// <summary>The owner, type and inode of a file.</summary>
/// <param name="Owner">The user ID of the owner.</param>
/// <param name="Mode">The type and the permissions.</param>
/// <param name="Number">The inode number.</param>
internal readonly record struct FileStatus(uint Owner, ushort Mode, ulong Number)
{
    private const int TypeMask = 0xf000; // S_IFMT

    public bool IsLink => (Mode & TypeMask) == 0xa000; // S_IFLNK

    public bool IsRegular => (Mode & TypeMask) == 0x8000; // S_IFREG

    public bool IsDirectory => (Mode & TypeMask) == 0x4000; // S_IFDIR

    /// <summary>Whether the owner is the current user or root.</summary>
    public bool IsTrusted => Owner == 0 || Owner == FileCalls.CurrentUser();
}
