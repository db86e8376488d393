using System.Security.Cryptography;
using Org.BouncyCastle.Crypto.Kems;
using Org.BouncyCastle.Crypto.Parameters;
using Volley.Interop;
using Volley.Ssh.Wire;

namespace Volley.Ssh.Transport.KeyExchange;

/// <summary>
/// mlkem768x25519-sha256 (draft-ietf-sshm-mlkem-hybrid-kex): ML-KEM-768 (FIPS 203) combined with X25519. The secret is safe as long as one of
/// them is.
/// </summary>
internal sealed class MlKemX25519Agreement : KeyAgreement
{
    private const int SeedLength = 64;
    private const int EncapsulationLength = 1088;
    private const int SecretLength = 32;

    private readonly X25519Share _share = new();
    private readonly MLKemPrivateKeyParameters _key;
    private readonly byte[] _clientValue;

    public MlKemX25519Agreement()
    {
        var seed = new byte[SeedLength];
        Sodium.FillRandom(seed);
        _key = MLKemPrivateKeyParameters.FromSeed(MLKemParameters.ml_kem_768, seed);
        CryptographicOperations.ZeroMemory(seed);
        _clientValue = [.. _key.GetPublicKeyEncoded(), .. _share.PublicKey];
    }

    public override ReadOnlyMemory<byte> ClientValue => _clientValue;

    public override byte[] Agree(ReadOnlySpan<byte> serverValue)
    {
        if (serverValue.Length != EncapsulationLength + Sodium.X25519Size)
            throw NoValue();
        // The secret is HASH(K_PQ || K_CL), encoded in the exchange hash as a "string".
        Span<byte> both = stackalloc byte[SecretLength + Sodium.X25519Size];
        Span<byte> secret = stackalloc byte[SHA256.HashSizeInBytes];
        try
        {
            var decapsulator = new MLKemDecapsulator(MLKemParameters.ml_kem_768);
            decapsulator.Init(_key);
            decapsulator.Decapsulate(serverValue[..EncapsulationLength], both[..SecretLength]);
            if (!_share.TryAgree(serverValue[EncapsulationLength..], both[SecretLength..]))
                throw NoValue();
            SHA256.HashData(both, secret);
            return SshWriter.EncodeString(secret);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(both);
            CryptographicOperations.ZeroMemory(secret);
        }
    }

    public override void Dispose() => _share.Dispose();
}
