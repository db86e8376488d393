
namespace Volley.Ssh.Keys;

/// <summary>A key with its certificate: the certificate is sent to the server, and the key signs.</summary>
/// <param name="certificate">The user's certificate.</param>
/// <param name="key">The certified key. It is not disposed with this one.</param>
/// <param name="label">The name of the key in messages.</param>
internal sealed class CertifiedKey(KeyCertificate certificate, UserKey key, string label) : UserKey
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
