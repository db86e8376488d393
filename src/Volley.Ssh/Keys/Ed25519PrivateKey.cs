using Org.BouncyCastle.Math.EC.Rfc8032;

namespace Volley.Ssh.Keys;

/// <summary>ssh-ed25519 (RFC 8709).</summary>
internal sealed class Ed25519PrivateKey : PrivateKey
{
    public const int SeedSize = 32;

    private readonly SecretBytes _seed;
    private readonly byte[] _public;

    private Ed25519PrivateKey(string label, SecretBytes seed, byte[] publicKey)
        : base(label, Ed25519PublicKey.TypeName, new KeyFieldsWriter().Name(Ed25519PublicKey.TypeName).Bytes(publicKey).ToArray()) => (_seed, _public) = (seed, publicKey);

    /// <param name="label">What messages call it.</param>
    /// <param name="seed">The private key of RFC 8032: 32 bytes.</param>
    public static Ed25519PrivateKey FromSeed(string label, ReadOnlySpan<byte> seed)
    {
        if (seed.Length != SeedSize)
            throw new SshException(SshFailure.UnusableKey, $"{label} is damaged");
        var secret = new SecretBytes(seed);
        var publicKey = new byte[Ed25519.PublicKeySize];
        Ed25519.GeneratePublicKey(secret.Array, 0, publicKey, 0);
        return new(label, secret, publicKey);
    }

    internal override bool SignsAtOnce => true;

    private protected override byte[] Sign(string algorithm, ReadOnlySpan<byte> data)
    {
        var signature = new byte[Ed25519.SignatureSize];
        Ed25519.Sign(_seed.Array, 0, _public, 0, data.ToArray(), 0, data.Length, signature, 0);
        return signature;
    }

    protected override void Dispose(bool disposing)
    {
        _seed.Dispose();
        base.Dispose(disposing);
    }
}
