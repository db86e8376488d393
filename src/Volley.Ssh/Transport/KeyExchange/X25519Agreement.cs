using System.Security.Cryptography;
using Volley.Interop;
using Volley.Ssh.Wire;

namespace Volley.Ssh.Transport.KeyExchange;

/// <summary>curve25519-sha256: RFC 8731.</summary>
internal sealed class X25519Agreement : KeyAgreement
{
    private readonly X25519Share _share = new();

    public override ReadOnlyMemory<byte> ClientValue => _share.PublicKey;

    public override byte[] Agree(ReadOnlySpan<byte> serverValue)
    {
        if (serverValue.Length != Sodium.X25519Size)
            throw NoValue();
        Span<byte> secret = stackalloc byte[Sodium.X25519Size];
        try
        {
            if (!_share.TryAgree(serverValue, secret))
                throw NoValue();
            return SshWriter.EncodeMpint(secret);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secret);
        }
    }

    public override void Dispose() => _share.Dispose();
}

/// <summary>An X25519 key pair (RFC 7748) for one exchange.</summary>
internal sealed class X25519Share : IDisposable
{
    private readonly byte[] _private = new byte[Sodium.X25519Size];

    public X25519Share()
    {
        Sodium.FillRandom(_private);
        Sodium.GetX25519PublicKey(_private, PublicKey);
    }

    internal X25519Share(ReadOnlySpan<byte> privateKey)
    {
        privateKey.CopyTo(_private);
        Sodium.GetX25519PublicKey(_private, PublicKey);
    }

    public byte[] PublicKey { get; } = new byte[Sodium.X25519Size];

    /// <summary>Computes the shared secret. Returns false if the peer's value would make it all zeros.</summary>
    public bool TryAgree(ReadOnlySpan<byte> other, Span<byte> secret) => Sodium.TryAgree(_private, other, secret);

    public void Dispose() => CryptographicOperations.ZeroMemory(_private);
}
