using Volley.Ssh.Authentication;

namespace Volley.Ssh.Keys;

/// <summary>A key with the certificate that an authority has given it: the certificate is shown, and the key signs.</summary>
/// <param name="certificate">The user's certificate.</param>
/// <param name="key">The key that it certifies, which is not disposed with this.</param>
/// <param name="label">What messages call it.</param>
public sealed class CertifiedKey(KeyCertificate certificate, UserKey key, string label) : UserKey
{
    /// <inheritdoc/>
    public override string Label => label;

    /// <inheritdoc/>
    public override string KeyType => certificate.Type;

    /// <inheritdoc/>
    public override ReadOnlyMemory<byte> PublicBlob => certificate.Blob;

    /// <inheritdoc/>
    public override IReadOnlyList<string> SignatureAlgorithms { get; } = KeyTypes.SignatureAlgorithms(certificate.Type);

    internal override bool SignsAtOnce => key.SignsAtOnce;

    /// <inheritdoc/>
    public override ValueTask<byte[]> SignAsync(string algorithm, ReadOnlyMemory<byte> data, SessionProof? session, CancellationToken cancellationToken) =>
        key.SignAsync(KeyTypes.Plain(algorithm), data, session, cancellationToken);
}
