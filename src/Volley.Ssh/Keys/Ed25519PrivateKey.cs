using Volley.Interop;
using Volley.Ssh.Primitives;

namespace Volley.Ssh.Keys;

/// <summary>ssh-ed25519 (RFC 8709).</summary>
internal sealed class Ed25519PrivateKey : PrivateKey
{
    public const int SeedSize = Sodium.SeedSize;

    private readonly SecretBytes _key;

    private Ed25519PrivateKey(string label, SecretBytes key)
        : base(label, Ed25519PublicKey.TypeName, Ed25519PublicKey.Encode(key.Span[SeedSize..])) => _key = key;

    /// <summary>Creates the key from its seed.</summary>
    /// <param name="label">The name of the key in messages.</param>
    /// <param name="seed">The private key of RFC 8032: 32 bytes.</param>
    public static Ed25519PrivateKey FromSeed(string label, ReadOnlySpan<byte> seed)
    {
        if (seed.Length != SeedSize)
            throw new SshException(SshFailure.UnusableKey, $"{label} is damaged");
        var key = new SecretBytes(Sodium.SigningKeySize);
        Sodium.GetSigningKey(seed, key.Span);
        return new(label, key);
    }

    internal override bool SignsAtOnce => true;

    private protected override byte[] Sign(string algorithm, ReadOnlySpan<byte> data)
    {
        var signature = new byte[Sodium.SignatureSize];
        Sodium.Sign(_key.Span, data, signature);
        return signature;
    }

    protected override void Dispose(bool disposing)
    {
        _key.Dispose();
        base.Dispose(disposing);
    }
}
