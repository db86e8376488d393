using System.Security.Cryptography;
using Volley.Ssh.Wire;

namespace Volley.Ssh.Keys;

/// <summary>ecdsa-sha2-nistp256, -nistp384 and -nistp521: RFC 5656 section 3.</summary>
internal sealed class EcdsaPublicKey : PublicKey
{
    private const string Prefix = "ecdsa-sha2-";
    private const byte Uncompressed = 4;

    private readonly ECDsa _ecdsa;
    private readonly HashAlgorithmName _hash;

    private EcdsaPublicKey(string type, ECDsa ecdsa, HashAlgorithmName hash, byte[] blob)
        : base(type, blob)
    {
        (_ecdsa, _hash) = (ecdsa, hash);
        SignatureAlgorithms = [type];
    }

    public override IReadOnlyList<string> SignatureAlgorithms { get; }

    /// <summary>Returns a key in SSH's encoding.</summary>
    public static byte[] Encode(string type, string curve, ReadOnlySpan<byte> point)
    {
        var blob = SshWriter.WithoutNumber(256);
        blob.WriteText(type);
        blob.WriteText(curve);
        blob.WriteString(point);
        return blob.ToArray();
    }

    public static EcdsaPublicKey Read(string type, ref SshReader fields)
    {
        var (curve, hash, length) = type switch
        {
            "ecdsa-sha2-nistp256" => (ECCurve.NamedCurves.nistP256, HashAlgorithmName.SHA256, 32),
            "ecdsa-sha2-nistp384" => (ECCurve.NamedCurves.nistP384, HashAlgorithmName.SHA384, 48),
            "ecdsa-sha2-nistp521" => (ECCurve.NamedCurves.nistP521, HashAlgorithmName.SHA512, 66),
            _ => throw Unusable(type),
        };
        var name = fields.ReadName();
        var point = fields.ReadString();
        if (name != type[Prefix.Length..] || point.Length != 1 + (2 * length) || point[0] != Uncompressed)
            throw Unusable(type);
        try
        {
            // Throws for a point that is not on the curve.
            var ecdsa = ECDsa.Create(new ECParameters
            {
                Curve = curve,
                Q = new() { X = point.Slice(1, length).ToArray(), Y = point[(1 + length)..].ToArray() },
            });
            return new(type, ecdsa, hash, Encode(type, name, point));
        }
        catch (CryptographicException e)
        {
            throw Unusable(type, e);
        }
    }

    private protected override bool VerifySignature(string algorithm, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
    {
        var length = (_ecdsa.KeySize + 7) / 8;
        var fields = new SshReader(signature, "the signature");
        ReadOnlySpan<byte> r = fields.ReadMpint(), s = fields.ReadMpint();
        fields.CheckEnd();
        if (r.Length > length || s.Length > length)
            return false;
        Span<byte> both = stackalloc byte[2 * length];
        both.Clear();
        r.CopyTo(both[(length - r.Length)..]);
        s.CopyTo(both[((2 * length) - s.Length)..]);
        return _ecdsa.VerifyData(data, both, _hash, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
    }

    protected override void Dispose(bool disposing)
    {
        _ecdsa.Dispose();
        base.Dispose(disposing);
    }
}
