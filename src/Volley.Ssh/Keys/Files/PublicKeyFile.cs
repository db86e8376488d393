using System.Buffers.Text;
using Volley.Interop.Text;
using Volley.Ssh.Wire;

namespace Volley.Ssh.Keys.Files;

/// <summary>Reads files with one public key or certificate, such as those beside private keys.</summary>
internal static class PublicKeyFile
{
    private const int MaxFileLength = 64 * 1024;

    /// <summary>Reads the key. Returns null if the file does not exist, can't be read or has no key.</summary>
    public static byte[]? TryRead(string path)
    {
        try
        {
            if (SystemFile.Status(path) is not { Length: <= MaxFileLength } || IsPem(path))
                return null;
            return SystemFile.ReadAllLines(path).Select(Parse).FirstOrDefault(blob => blob is not null);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Returns whether a file is PEM. The lines of a private key must not become strings, which can't be zeroed.</summary>
    private static bool IsPem(string path)
    {
        Span<byte> beginning = stackalloc byte[5];
        using var file = SystemFile.Open(path);
        return beginning[..RandomAccess.Read(file, beginning, 0)].SequenceEqual("-----"u8);
    }

    /// <summary>Parses a line: a type, the blob in base64, and an optional comment.</summary>
    public static byte[]? Parse(string line)
    {
        var words = line.Split((char[])[' ', '\t'], 3, StringSplitOptions.RemoveEmptyEntries);
        return words.Length >= 2 && words[0][0] != '#' ? ParseBlob(words[0], words[1]) : null;
    }

    /// <summary>Decodes a blob. Returns null if it is invalid, or not of the type that the line names.</summary>
    public static byte[]? ParseBlob(ReadOnlySpan<char> type, ReadOnlySpan<char> base64)
    {
        if (!Base64.IsValid(base64, out var length))
            return null;
        var blob = new byte[length];
        if (!Convert.TryFromBase64Chars(base64, blob, out var written) || written != length)
            return null;
        try
        {
            return type.SequenceEqual(new SshReader(blob, "the key").ReadName()) ? blob : null;
        }
        catch (SshException)
        {
            return null;
        }
    }
}
