namespace Volley.Ssh.Keys;

/// <summary>
/// A public key that can check signatures: ssh-ed25519, ecdsa-sha2-nistp256, -nistp384 and -nistp521, and ssh-rsa of 2048
/// to 16384 bits. Safe for use from several threads.
/// </summary>
public abstract class PublicKey : IDisposable
{
    private protected PublicKey(string type, ReadOnlyMemory<byte> blob) => (Type, Blob) = (type, blob);

    /// <summary>The type, as it stands in the blob: ssh-ed25519, ssh-rsa, ecdsa-sha2-nistp256, …</summary>
    public string Type { get; }

    /// <summary>The key in SSH's form (RFC 4253 section 6.6), a copy of its own.</summary>
    public ReadOnlyMemory<byte> Blob { get; }

    /// <summary>The algorithms whose signatures it can check: rsa-sha2-512 and rsa-sha2-256 for ssh-rsa, else the type.</summary>
    public abstract IReadOnlyList<string> SignatureAlgorithms { get; }

    /// <summary>Reads a public key.</summary>
    /// <param name="blob">In SSH's form, with nothing behind it.</param>
    /// <exception cref="SshException">
    /// It is no public key, or of a kind that is not served, or too weak: <see cref="SshFailure.UnusableKey"/>.
    /// </exception>
    public static PublicKey Parse(ReadOnlySpan<byte> blob) => throw new NotSupportedException();

    /// <summary>Reads a public key, or out of an OpenSSH certificate the key that it certifies. Nothing else of the certificate is checked.</summary>
    /// <inheritdoc cref="Parse"/>
    public static PublicKey ParseCertified(ReadOnlySpan<byte> blob) => throw new NotSupportedException();

    /// <summary>Checks a signature. Whatever is wrong with it, the answer is false.</summary>
    /// <param name="signatureAlgorithm">The one algorithm that it must be of; one of <see cref="SignatureAlgorithms"/>, never ssh-rsa, which means SHA-1.</param>
    /// <param name="data">What was signed.</param>
    /// <param name="signatureBlob">The signature in SSH's form: its algorithm and its bytes.</param>
    public bool Verify(string signatureAlgorithm, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signatureBlob) => throw new NotSupportedException();

    /// <summary>Releases what the platform holds for it.</summary>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Releases what the platform holds for it.</summary>
    /// <param name="disposing">True: there are no finalizers.</param>
    protected virtual void Dispose(bool disposing)
    {
    }
}
