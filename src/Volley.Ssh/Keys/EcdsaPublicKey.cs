using System.Security.Cryptography;
using Volley.Ssh.Wire;

namespace Volley.Ssh.Keys;

/// <summary>ecdsa-sha2-nistp256, -nistp384 and -nistp521: RFC 5656 section 3.</summary>
internal sealed class EcdsaPublicKey : PublicKey
{
    private const byte Uncompressed = 4;

    private readonly ECDsa _ecdsa;
    private readonly NistCurve _curve;

    private EcdsaPublicKey(string type, ECDsa ecdsa, NistCurve curve, byte[] blob)
        : base(type, blob) => (_ecdsa, _curve) = (ecdsa, curve);

    /// <summary>Returns a key in SSH's encoding.</summary>
    public static byte[] Encode(string type, NistCurve curve, ReadOnlySpan<byte> point)
    {
        var blob = SshWriter.WithoutNumber(256);
        blob.WriteText(type);
        blob.WriteText(curve.Name);
        blob.WriteString(point);
        return blob.ToArray();
    }

    public static EcdsaPublicKey Read(string type, NistCurve curve, ref SshReader fields)
    {
        var length = curve.FieldSize;
        var name = fields.ReadName();
        var point = fields.ReadString();
        if (name != curve.Name || point.Length != 1 + (2 * length) || point[0] != Uncompressed)
            throw Unusable(type);
        try
        {
            // Throws for a point that is not on the curve.
            var ecdsa = ECDsa.Create(new ECParameters
            {
                Curve = curve.Curve,
                Q = new() { X = point.Slice(1, length).ToArray(), Y = point[(1 + length)..].ToArray() },
            });
            return new(type, ecdsa, curve, Encode(type, curve, point));
        }
        catch (CryptographicException e)
        {
            throw Unusable(type, e);
        }
    }

    private protected override bool VerifySignature(string algorithm, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
    {
        var length = _curve.FieldSize;
        var fields = new SshReader(signature, "the signature");
        ReadOnlySpan<byte> r = fields.ReadMpint(), s = fields.ReadMpint();
        fields.CheckEnd();
        if (r.Length > length || s.Length > length)
            return false;
        Span<byte> both = stackalloc byte[2 * length];
        both.Clear();
        r.CopyTo(both[(length - r.Length)..]);
        s.CopyTo(both[((2 * length) - s.Length)..]);
        return _ecdsa.VerifyData(data, both, _curve.Hash, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
    }

    protected override void Dispose(bool disposing)
    {
        _ecdsa.Dispose();
        base.Dispose(disposing);
    }
}
