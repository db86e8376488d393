using Volley.Ssh.Wire;

namespace Volley.Ssh.Keys;

/// <summary>
/// A private key in memory: ssh-ed25519, ecdsa-sha2-nistp256, -nistp384 and -nistp521, or ssh-rsa. Disposing it zeroes the key.
/// </summary>
internal abstract class PrivateKey : UserKey
{
    private protected PrivateKey(string label, string keyType, byte[] publicBlob)
    {
        (Label, KeyType, PublicBlob) = (label, keyType, publicBlob);
        SignatureAlgorithms = KeyTypes.SignatureAlgorithms(keyType);
    }

    /// <inheritdoc/>
    public override string Label { get; }

    /// <inheritdoc/>
    public override string KeyType { get; }

    /// <inheritdoc/>
    public override ReadOnlyMemory<byte> PublicBlob { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<string> SignatureAlgorithms { get; }

    /// <inheritdoc/>
    public sealed override ValueTask<byte[]> SignAsync(string algorithm, ReadOnlyMemory<byte> data, SessionProof? session, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (!SignatureAlgorithms.Contains(algorithm))
            throw new ArgumentException($"{Label} does not sign by {algorithm}", nameof(algorithm));
        var signature = Sign(algorithm, data.Span);
        var encoded = SshWriter.WithoutNumber(signature.Length + 64);
        encoded.WriteText(algorithm);
        encoded.WriteString(signature);
        return ValueTask.FromResult(encoded.ToArray());
    }

    /// <summary>Returns the bytes of a signature, without the algorithm.</summary>
    private protected abstract byte[] Sign(string algorithm, ReadOnlySpan<byte> data);
}
