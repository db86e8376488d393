using System.Security.Cryptography;
using Volley.Ssh.Wire;

namespace Volley.Ssh.Keys;

/// <summary>
/// A public key that verifies signatures: ssh-ed25519, ecdsa-sha2-nistp256, -nistp384 and -nistp521, or ssh-rsa with 2048 to 16384 bits.
/// </summary>
internal abstract class PublicKey : IDisposable
{
    /// <summary>The name of the key in messages.</summary>
    private const string What = "the public key";

    private protected PublicKey(string type, ReadOnlyMemory<byte> blob)
    {
        (Type, Blob) = (type, blob);
        SignatureAlgorithms = KeyTypes.SignatureAlgorithms(type);
    }

    /// <summary>The type in the blob: ssh-ed25519, ssh-rsa, ecdsa-sha2-nistp256, …</summary>
    public string Type { get; }

    /// <summary>A copy of the key in SSH's encoding (RFC 4253 section 6.6).</summary>
    public ReadOnlyMemory<byte> Blob { get; }

    /// <summary>The signature algorithms that it can verify: rsa-sha2-512 and rsa-sha2-256 for ssh-rsa, else the type.</summary>
    public IReadOnlyList<string> SignatureAlgorithms { get; }

    /// <summary>
    /// Parses a public key. Only the canonical encoding is accepted, because keys are compared byte by byte: a revoked key must not pass with an
    /// additional leading zero.
    /// </summary>
    /// <param name="blob">The key in SSH's encoding, without further bytes.</param>
    /// <exception cref="SshException">
    /// The key is invalid, of an unsupported type, or too weak: <see cref="SshFailure.UnusableKey"/>.
    /// </exception>
    public static PublicKey Parse(ReadOnlySpan<byte> blob)
    {
        var fields = new SshReader(blob, What);
        var key = Read(fields.ReadName(), ref fields);
        if (blob.SequenceEqual(key.Blob.Span))
            return key;
        key.Dispose();
        throw fields.Invalid();
    }

    /// <summary>Parses a public key, or the certified key of an OpenSSH certificate. The rest of the certificate is not checked.</summary>
    /// <inheritdoc cref="Parse"/>
    public static PublicKey ParseCertified(ReadOnlySpan<byte> blob)
    {
        var fields = new SshReader(blob, What);
        var type = fields.ReadName();
        if (!KeyTypes.IsCertificate(type))
            return Parse(blob);
        // A nonce, followed by the fields of the key itself (OpenSSH's PROTOCOL.certkeys).
        fields.ReadString();
        var start = fields.Position;
        var key = Read(KeyTypes.Plain(type), ref fields);
        if (key.Blob.Span.EndsWith(blob[start..fields.Position]))
            return key;
        key.Dispose();
        throw fields.Invalid();
    }

    /// <summary>Verifies a signature. Returns false for any kind of invalid signature.</summary>
    /// <param name="signatureAlgorithm">
    /// The required algorithm, from <see cref="SignatureAlgorithms"/>. It is never ssh-rsa, which means SHA-1.
    /// </param>
    /// <param name="data">The signed data.</param>
    /// <param name="signatureBlob">The signature in SSH's encoding: its algorithm and its bytes.</param>
    public bool Verify(string signatureAlgorithm, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signatureBlob)
    {
        ArgumentNullException.ThrowIfNull(signatureAlgorithm);
        if (!SignatureAlgorithms.Contains(signatureAlgorithm))
            return false;
        try
        {
            var fields = new SshReader(signatureBlob, "the signature");
            var algorithm = fields.ReadName();
            var signature = fields.ReadString();
            fields.CheckEnd();
            return algorithm == signatureAlgorithm && VerifySignature(signatureAlgorithm, data, signature);
        }
        catch (Exception damaged) when (damaged is SshException or CryptographicException)
        {
            return false;
        }
    }

    /// <summary>Releases the platform resources.</summary>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Returns whether the key's type matches a host key algorithm. The name of the algorithm is the type, except for RSA.</summary>
    /// <exception cref="SshException">The blob is not a key: <see cref="SshFailure.UnusableKey"/>.</exception>
    internal static bool IsOfAlgorithm(ReadOnlySpan<byte> blob, string algorithm) =>
        new SshReader(blob, What).ReadName() == KeyTypes.EncodedType(algorithm);

    /// <summary>Verifies the bytes of a signature.</summary>
    /// <exception cref="SshException">The signature is malformed.</exception>
    /// <exception cref="CryptographicException">The signature is malformed, as reported by the platform.</exception>
    private protected abstract bool VerifySignature(string algorithm, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature);

    /// <summary>Releases the platform resources.</summary>
    /// <param name="disposing">True, because there are no finalizers.</param>
    protected virtual void Dispose(bool disposing)
    {
    }

    internal static SshException Unusable(string what, Exception? inner = null) =>
        new(SshFailure.UnusableKey, $"not a usable public key: {what}", inner);

    private static PublicKey Read(string type, ref SshReader fields) => KeyAlgorithm.FindByKeyType(type) switch
    {
        { Family: KeyFamily.Ed25519 } => Ed25519PublicKey.Read(ref fields),
        { Family: KeyFamily.Rsa } => RsaPublicKey.Read(ref fields),
        { Curve: { } curve } => EcdsaPublicKey.Read(type, curve, ref fields),
        _ => throw Unusable(type),
    };
}
