using Volley.Ssh.Files;

namespace Volley.Ssh.Config;

/// <summary>OpenSSH's binary form of revoked keys (PROTOCOL.krl), which is recognized here and not read.</summary>
internal static class KeyRevocationList
{
    private static ReadOnlySpan<byte> Magic => "SSHKRL\n\0"u8;

    /// <summary>Whether a file holds one; false where it can't be read, which whoever needs its keys will find, too.</summary>
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

    /// <summary>Whether bytes are the beginning of one.</summary>
    public static bool IsIn(ReadOnlySpan<byte> bytes) => bytes.StartsWith(Magic);
}
