using System.Security.Cryptography;
using Volley.Ssh.Keys;
using Volley.Ssh.Wire;

namespace Volley.Ssh.Transport.KeyExchange;

/// <summary>ecdh-sha2-nistp256 and -nistp384: RFC 5656 section 4.</summary>
internal sealed class EcdhAgreement : KeyAgreement
{
    private const byte Uncompressed = 4;

    private readonly ECDiffieHellman _ecdh;
    private readonly NistCurve _curve;
    private readonly byte[] _clientValue;

    public EcdhAgreement(NistCurve curve)
    {
        _ecdh = ECDiffieHellman.Create(curve.Curve);
        _curve = curve;
        var point = _ecdh.ExportParameters(includePrivateParameters: false).Q;
        _clientValue = [Uncompressed, .. point.X!, .. point.Y!];
    }

    public override HashAlgorithmName Hash => _curve.Hash;

    public override ReadOnlyMemory<byte> ClientValue => _clientValue;

    public override byte[] Agree(ReadOnlySpan<byte> serverValue)
    {
        var length = _clientValue.Length / 2;
        if (serverValue.Length != _clientValue.Length || serverValue[0] != Uncompressed)
            throw NoValue();
        byte[] secret = [];
        try
        {
            // Throws for a point that is not on the curve.
            using var server = ECDiffieHellman.Create(new ECParameters
            {
                Curve = _curve.Curve,
                Q = new() { X = serverValue.Slice(1, length).ToArray(), Y = serverValue[(1 + length)..].ToArray() },
            });
            using var serverKey = server.PublicKey;
            secret = _ecdh.DeriveRawSecretAgreement(serverKey);
            return SshWriter.EncodeMpint(secret);
        }
        catch (CryptographicException)
        {
            throw NoValue();
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secret);
        }
    }

    public override void Dispose() => _ecdh.Dispose();
}
