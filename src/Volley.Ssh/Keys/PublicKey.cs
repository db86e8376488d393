using System.Security.Cryptography;

namespace Volley.Ssh.Keys;

/// <summary>
/// A public key that can check signatures: ssh-ed25519, ecdsa-sha2-nistp256, -nistp384 and -nistp521, and ssh-rsa of 2048
/// to 16384 bits.
/// </summary>
public abstract class PublicKey : IDisposable
{
    /// <summary>What messages call it.</summary>
    private const string What = "the public key";

    private protected PublicKey(string type, ReadOnlyMemory<byte> blob) => (Type, Blob) = (type, blob);

    /// <summary>The type, as it stands in the blob: ssh-ed25519, ssh-rsa, ecdsa-sha2-nistp256, …</summary>
    public string Type { get; }

    /// <summary>The key in SSH's form (RFC 4253 section 6.6), a copy of its own.</summary>
    public ReadOnlyMemory<byte> Blob { get; }

    /// <summary>The algorithms whose signatures it can check: rsa-sha2-512 and rsa-sha2-256 for ssh-rsa, else the type.</summary>
    public abstract IReadOnlyList<string> SignatureAlgorithms { get; }

    /// <summary>
    /// Reads a public key. There is one form of each key only, as keys are compared byte by byte: one that is revoked must
    /// not come back with a zero before its numbers.
    /// </summary>
    /// <param name="blob">In SSH's form, with nothing behind it.</param>
    /// <exception cref="SshException">
    /// It is no public key, or of a kind that is not served, or too weak: <see cref="SshFailure.UnusableKey"/>.
    /// </exception>
    public static PublicKey Parse(ReadOnlySpan<byte> blob)
    {
        var fields = new KeyFields(blob, What);
        var key = Read(fields.Name(), ref fields);
        if (blob.SequenceEqual(key.Blob.Span))
            return key;
        key.Dispose();
        throw fields.Damaged();
    }

    /// <summary>Reads a public key, or out of an OpenSSH certificate the key that it certifies. Nothing else of the certificate is checked.</summary>
    /// <inheritdoc cref="Parse"/>
    public static PublicKey ParseCertified(ReadOnlySpan<byte> blob)
    {
        var fields = new KeyFields(blob, What);
        var type = fields.Name();
        if (!KeyTypes.IsCertificate(type))
            return Parse(blob);
        // A nonce, then the fields of the key as if it stood alone (OpenSSH's PROTOCOL.certkeys).
        fields.Bytes();
        var start = fields.Position;
        var key = Read(KeyTypes.Plain(type), ref fields);
        if (key.Blob.Span.EndsWith(blob[start..fields.Position]))
            return key;
        key.Dispose();
        throw fields.Damaged();
    }

    /// <summary>Checks a signature. Whatever is wrong with it, the answer is false.</summary>
    /// <param name="signatureAlgorithm">The one algorithm that it must be of; one of <see cref="SignatureAlgorithms"/>, never ssh-rsa, which means SHA-1.</param>
    /// <param name="data">What was signed.</param>
    /// <param name="signatureBlob">The signature in SSH's form: its algorithm and its bytes.</param>
    public bool Verify(string signatureAlgorithm, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signatureBlob)
    {
        ArgumentNullException.ThrowIfNull(signatureAlgorithm);
        if (!SignatureAlgorithms.Contains(signatureAlgorithm))
            return false;
        try
        {
            var fields = new KeyFields(signatureBlob, "the signature");
            var algorithm = fields.Name();
            var signature = fields.Bytes();
            fields.End();
            return algorithm == signatureAlgorithm && VerifySignature(signatureAlgorithm, data, signature);
        }
        catch (Exception damaged) when (damaged is SshException or CryptographicException)
        {
            return false;
        }
    }

    /// <summary>Releases what the platform holds for it.</summary>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Whether the key can have been meant by a host key algorithm, whose name says the blob's type, but for RSA's.</summary>
    /// <exception cref="SshException">It is no key: <see cref="SshFailure.UnusableKey"/>.</exception>
    internal static bool IsOfAlgorithm(ReadOnlySpan<byte> blob, string algorithm)
    {
        return new KeyFields(blob, What).Name() == algorithm switch
        {
            "rsa-sha2-256" or "rsa-sha2-512" => RsaPublicKey.TypeName,
            "rsa-sha2-256-cert-v01@openssh.com" or "rsa-sha2-512-cert-v01@openssh.com" => KeyTypes.Certificate(RsaPublicKey.TypeName),
            _ => algorithm,
        };
    }

    /// <exception cref="SshException">What should be a signature is none.</exception>
    /// <exception cref="CryptographicException">The same, as the platform says it.</exception>
    private protected abstract bool VerifySignature(string algorithm, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature);

    /// <summary>Releases what the platform holds for it.</summary>
    /// <param name="disposing">True: there are no finalizers.</param>
    protected virtual void Dispose(bool disposing)
    {
    }

    internal static SshException Unusable(string what, Exception? inner = null) =>
        new(SshFailure.UnusableKey, $"not a usable public key: {what}", inner);

    private static PublicKey Read(string type, ref KeyFields fields) => type switch
    {
        Ed25519PublicKey.TypeName => Ed25519PublicKey.Read(ref fields),
        RsaPublicKey.TypeName => RsaPublicKey.Read(ref fields),
        _ => EcdsaPublicKey.Read(type, ref fields),
    };
}
