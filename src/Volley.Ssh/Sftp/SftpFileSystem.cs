using Volley.Ssh.Wire;

namespace Volley.Ssh;

/// <summary>The file system of a remote path, as statvfs(3) describes it.</summary>
/// <param name="TotalBytes">The size of the file system, in bytes.</param>
/// <param name="FreeBytes">The number of free bytes.</param>
/// <param name="AvailableBytes">The number of bytes that the user may still use.</param>
/// <param name="AvailableFiles">The number of files that the user may still create.</param>
/// <param name="IsReadOnly">Whether the file system is mounted read-only.</param>
/// <param name="MaxNameLength">The longest name of a file, in bytes.</param>
public sealed record SftpFileSystem(
    ulong TotalBytes, ulong FreeBytes, ulong AvailableBytes, ulong AvailableFiles, bool IsReadOnly, ulong MaxNameLength)
{
    private const ulong ReadOnlyFlag = 1;

    /// <summary>Reads the reply of statvfs@openssh.com: eleven numbers in the order of struct statvfs.</summary>
    internal static SftpFileSystem Read(ref SshReader reader)
    {
        _ = reader.ReadUInt64();
        var fragmentSize = reader.ReadUInt64();
        var blocks = reader.ReadUInt64();
        var free = reader.ReadUInt64();
        var available = reader.ReadUInt64();
        _ = reader.ReadUInt64();
        _ = reader.ReadUInt64();
        var availableFiles = reader.ReadUInt64();
        _ = reader.ReadUInt64();
        var flags = reader.ReadUInt64();
        var maxName = reader.ReadUInt64();
        return new(Multiply(blocks), Multiply(free), Multiply(available), availableFiles, (flags & ReadOnlyFlag) != 0, maxName);

        ulong Multiply(ulong count) => (ulong)UInt128.Min((UInt128)count * fragmentSize, ulong.MaxValue);
    }
}
