using System.Runtime.Versioning;

namespace Volley.Interop.Files;

/// <summary>The permissions that new files of this process don't get: its umask.</summary>
[SupportedOSPlatform("linux")]
internal static class CreationMask
{
    private const string Field = "Umask:";
    private const UnixFileMode Usual = UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;

    /// <summary>The mask. umask(2) only tells it while it changes it for all threads; proc(5) has it since Linux 4.7.</summary>
    public static UnixFileMode Current { get; } = Read();

    private static UnixFileMode Read()
    {
        try
        {
            return File.ReadLines("/proc/self/status").FirstOrDefault(line => line.StartsWith(Field, StringComparison.Ordinal)) is { } line
                ? (UnixFileMode)Convert.ToInt32(line[Field.Length..].Trim(), 8)
                : Usual;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return Usual;
        }
    }
}
