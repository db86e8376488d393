using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Volley.Ssh.Keys;
using Volley.Ssh.Signatures;
using Volley.Ssh.Wire;

namespace Volley.Ssh;

/// <summary>
/// A detached signature of a message by an SSH key, in the form of <c>ssh-keygen -Y sign</c> (OpenSSH's PROTOCOL.sshsig). It proves nothing before
/// <see cref="AllowedSigners.Verify"/> has accepted it.
/// </summary>
public sealed class SshSignature
{
    private const string First = "-----BEGIN SSH SIGNATURE-----";
    private const string Last = "-----END SSH SIGNATURE-----";

    // The width that ssh-keygen writes.
    private const int LineLength = 70;

    private readonly SignatureFields _fields;

    private SshSignature(SignatureFields fields) => _fields = fields;

    /// <summary>The purpose that the signature was made for. One for another purpose is refused.</summary>
    public string Namespace => _fields.Namespace;

    /// <summary>The fingerprint of the key or certificate that signed, as ssh shows it.</summary>
    public string Fingerprint => KeyTypes.Fingerprint(_fields.PublicKey.Span);

    internal ReadOnlyMemory<byte> PublicKey => _fields.PublicKey;

    /// <summary>Parses the text that <c>ssh-keygen -Y sign</c> writes.</summary>
    /// <param name="text">The text, from its first line with dashes to the last one.</param>
    /// <returns>The signature, which is not verified.</returns>
    /// <exception cref="ArgumentNullException">The text is null.</exception>
    /// <exception cref="SshException">The text is no signature (<see cref="SshFailure.UnusableKey"/>).</exception>
    public static SshSignature Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var trimmed = text.AsSpan().Trim();
        if (!trimmed.StartsWith(First, StringComparison.Ordinal)
            || !trimmed.EndsWith(Last, StringComparison.Ordinal) || trimmed.Length < First.Length + Last.Length)
            throw new SshException(SshFailure.UnusableKey, "not an SSH signature");
        var body = trimmed[First.Length..^Last.Length];
        var blob = new byte[Base64.GetMaxDecodedFromUtf8Length(body.Length)];
        if (!Convert.TryFromBase64Chars(body, blob, out var length))
            throw new SshException(SshFailure.UnusableKey, "the SSH signature is damaged");
        return new(SignatureFields.Parse(blob.AsSpan(0, length)));
    }

    /// <summary>Returns the text that <c>ssh-keygen -Y verify</c> reads.</summary>
    /// <returns>Lines in ASCII, from the first one with dashes to the last one.</returns>
    public override string ToString()
    {
        var encoded = Convert.ToBase64String(_fields.ToArray());
        var text = new StringBuilder(First).Append('\n');
        for (var i = 0; i < encoded.Length; i += LineLength)
            text.Append(encoded.AsSpan(i, Math.Min(LineLength, encoded.Length - i))).Append('\n');
        return text.Append(Last).Append('\n').ToString();
    }

    /// <summary>Signs a message.</summary>
    internal static async ValueTask<SshSignature> CreateAsync(UserKey key, ReadOnlyMemory<byte> message, string purpose, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(purpose);
        var unsigned = new SignatureFields(key.PublicBlob, purpose, "sha512", default);
        // The first algorithm of a key is its best one, and never SHA-1.
        var signature = await key.SignAsync(key.SignatureAlgorithms[0], unsigned.Covered(SHA512.HashData(message.Span)), null, cancellationToken)
            .ConfigureAwait(false);
        return new(unsigned with { Signature = signature });
    }

    /// <summary>Returns whether the key of the signature has signed the message. Whether that key is trusted is another question.</summary>
    internal bool IsOf(ReadOnlySpan<byte> message)
    {
        try
        {
            using var key = Keys.PublicKey.ParseCertified(_fields.PublicKey.Span);
            var covered = _fields.Covered(_fields.Hash == "sha256" ? SHA256.HashData(message) : SHA512.HashData(message));
            var algorithm = new SshReader(_fields.Signature.Span, "the signature").ReadName();
            return key.Verify(algorithm, covered, _fields.Signature.Span);
        }
        catch (SshException)
        {
            return false;
        }
    }
}
