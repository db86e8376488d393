using System.Buffers;
using System.Buffers.Text;
using System.Text;
using Volley.Ssh.Primitives;

namespace Volley.Ssh.Keys.Files;

/// <summary>The first PEM block of a file: its label, its headers and its body, which is zeroed on disposal.</summary>
internal sealed class PemText : IDisposable
{
    private PemText(string label, Dictionary<string, string> headers, SecretBytes body) => (Label, Headers, Body) = (label, headers, body);

    /// <summary>The label after BEGIN.</summary>
    public string Label { get; }

    /// <summary>The headers Proc-Type and DEK-Info of a file with RFC 1421 encryption; else empty.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; }

    /// <summary>The decoded body.</summary>
    public SecretBytes Body { get; }

    /// <summary>Parses the block. Returns null if there is none.</summary>
    public static PemText? Parse(ReadOnlySpan<byte> file)
    {
        ReadOnlySpan<byte> begin = "-----BEGIN "u8, dashes = "-----"u8;
        var start = file.IndexOf(begin);
        if (start < 0)
            return null;
        var rest = file[(start + begin.Length)..];
        var labelEnd = rest.IndexOf(dashes);
        if (labelEnd is < 1 or > 64)
            return null;
        var label = Encoding.ASCII.GetString(rest[..labelEnd]);
        rest = rest[(labelEnd + dashes.Length)..];
        var end = rest.IndexOf(Encoding.ASCII.GetBytes($"-----END {label}-----"));
        if (end < 0)
            return null;
        rest = rest[..end];
        var headers = ReadHeaders(ref rest);
        using var decoded = new SecretBytes(Base64.GetMaxDecodedFromUtf8Length(rest.Length));
        return Base64.DecodeFromUtf8(rest, decoded.Span, out _, out var length) == OperationStatus.Done
            ? new(label, headers, new SecretBytes(decoded.Span[..length]))
            : null;
    }

    public void Dispose() => Body.Dispose();

    private static Dictionary<string, string> ReadHeaders(ref ReadOnlySpan<byte> rest)
    {
        var headers = new Dictionary<string, string>();
        rest = rest.TrimStart("\r\n"u8);
        while (rest.IndexOf((byte)'\n') is > 0 and var lineEnd && rest[..lineEnd].IndexOf((byte)':') is > 0 and var colon)
        {
            headers[Encoding.ASCII.GetString(rest[..colon]).Trim()] = Encoding.ASCII.GetString(rest[(colon + 1)..lineEnd]).Trim();
            rest = rest[(lineEnd + 1)..];
        }

        return headers;
    }
}
