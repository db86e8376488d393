using Volley.Interop.Text;

namespace Volley.Ssh.Config.Keywords;

/// <summary>OpenSSH's binary format of revoked keys (PROTOCOL.krl). It is detected, but not supported.</summary>
internal static class KeyRevocationList
{
    private static ReadOnlySpan<byte> Magic => "SSHKRL\n\0"u8;

    /// <summary>Returns whether a file is in this format; false if it can't be read, which is reported where its keys are needed.</summary>
    public static bool IsAt(string path)
    {
        Span<byte> beginning = stackalloc byte[Magic.Length];
        try
        {
            using var file = SystemFile.Open(path);
            return IsIn(beginning[..RandomAccess.Read(file, beginning, 0)]);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
        {
            return false;
        }
    }

    /// <summary>Returns whether data begins with the magic bytes of the format.</summary>
    public static bool IsIn(ReadOnlySpan<byte> bytes) => bytes.StartsWith(Magic);
}
