using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using Volley.Ssh.Text;

namespace Volley.Ssh.Files;

/// <summary>What tells two states of a file apart without reading it.</summary>
internal static unsafe partial class FileStamp
{
    private const int CurrentDirectory = -100;  // AT_FDCWD
    private const uint BasicFields = 0x7ff;     // STATX_BASIC_STATS

    /// <summary>Returns the file's path, number, size and times; null if there is no such file.</summary>
    public static string? Of(string path)
    {
        if (!OperatingSystem.IsLinux())
        {
            var file = new FileInfo(path);
            return file.Exists ? string.Create(CultureInfo.InvariantCulture, $"{path} {file.Length} {file.LastWriteTimeUtc.Ticks}") : null;
        }

        var fields = stackalloc byte[256];
        if (StatX(CurrentDirectory, path, 0, BasicFields, fields) != 0)
            return null;
        // struct statx is the same on every architecture: stx_ino at 32, stx_size at 40, stx_ctime at 96, stx_mtime at 112. The
        // time of the last change can't be set, unlike that of the last write.
        var bytes = new ReadOnlySpan<byte>(fields, 256);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{path} {Number(bytes[32..])} {Number(bytes[40..])} {Number(bytes[96..])}.{Part(bytes[104..])} {Number(bytes[112..])}.{Part(bytes[120..])}");
    }

    private static ulong Number(ReadOnlySpan<byte> field) => BinaryPrimitives.ReadUInt64LittleEndian(field);

    private static uint Part(ReadOnlySpan<byte> field) => BinaryPrimitives.ReadUInt32LittleEndian(field);

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(SystemTextMarshaller))]
    private static partial int StatX(int directory, string path, int flags, uint mask, byte* fields);
}
