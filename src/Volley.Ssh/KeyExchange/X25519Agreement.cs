using System.Security.Cryptography;
using Org.BouncyCastle.Math.EC.Rfc7748;

namespace Volley.Ssh.KeyExchange;

/// <summary>curve25519-sha256: RFC 8731.</summary>
internal sealed class X25519Agreement : KeyAgreement
{
    private readonly X25519Share _share = new();

    public override ReadOnlyMemory<byte> ClientValue => _share.PublicKey;

    public override byte[] Agree(ReadOnlySpan<byte> serverValue)
    {
        if (serverValue.Length != X25519.PointSize)
            throw NoValue();
        Span<byte> secret = stackalloc byte[X25519.PointSize];
        try
        {
            if (!_share.TryAgree(serverValue, secret))
                throw NoValue();
            return SharedSecret.Number(secret);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secret);
        }
    }

    public override void Dispose() => _share.Dispose();
}

/// <summary>A key pair of X25519 (RFC 7748) for one exchange.</summary>
internal sealed class X25519Share : IDisposable
{
    private readonly byte[] _private;

    public X25519Share()
        : this(RandomNumberGenerator.GetBytes(X25519.ScalarSize))
    {
    }

    internal X25519Share(byte[] privateKey)
    {
        _private = privateKey;
        X25519.GeneratePublicKey(_private, 0, PublicKey, 0);
    }

    public byte[] PublicKey { get; } = new byte[X25519.PointSize];

    /// <summary>False if the other side's value leaves no secret (RFC 7748 section 6.1: all zero).</summary>
    public bool TryAgree(ReadOnlySpan<byte> other, Span<byte> secret)
    {
        var result = new byte[X25519.PointSize];
        try
        {
            var agreed = X25519.CalculateAgreement(_private, 0, other.ToArray(), 0, result, 0);
            result.CopyTo(secret);
            return agreed;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(result);
        }
    }

    public void Dispose() => CryptographicOperations.ZeroMemory(_private);
}
