using System.Security.Cryptography;
using Volley.Ssh.Primitives;
using Volley.Ssh.Wire;

namespace Volley.Ssh.Keys;

/// <summary>ecdsa-sha2-nistp256, -nistp384 and -nistp521 (RFC 5656).</summary>
internal sealed class EcdsaPrivateKey : PrivateKey
{
    private readonly Lock _lock = new();
    private readonly ECDsa _key;
    private readonly NistCurve _curve;

    private EcdsaPrivateKey(string label, ECDsa key, NistCurve curve, string type, byte[] publicBlob)
        : base(label, type, publicBlob) => (_key, _curve) = (key, curve);

    /// <summary>Creates the key from a platform key, and takes ownership of it.</summary>
    /// <exception cref="SshException">The curve is not used in SSH.</exception>
    public static EcdsaPrivateKey From(string label, ECDsa key)
    {
        var point = key.ExportParameters(includePrivateParameters: false);
        var curve = NistCurve.Find(key.KeySize, point.Curve)
            ?? throw new SshException(SshFailure.UnusableKey, $"{label} is on a curve that SSH does not use");
        var type = KeyAlgorithm.FindByCurve(curve).KeyType;
        return new(label, key, curve, type, EcdsaPublicKey.Encode(type, curve, [4, .. point.Q.X!, .. point.Q.Y!]));
    }

    /// <summary>Creates the key from a point and a scalar.</summary>
    /// <exception cref="SshException">They are not valid on the curve, or do not belong together.</exception>
    public static EcdsaPrivateKey Import(string label, NistCurve curve, ReadOnlySpan<byte> point, ReadOnlySpan<byte> scalar)
    {
        if (point.Length != 1 + (2 * curve.FieldSize) || point[0] != 4 || scalar.Length > curve.FieldSize)
            throw new SshException(SshFailure.UnusableKey, $"{label} is damaged");
        using var secret = new SecretBytes(curve.FieldSize);
        scalar.CopyTo(secret.Span[^scalar.Length..]);
        try
        {
            return From(label, ECDsa.Create(new ECParameters
            {
                Curve = curve.Curve,
                D = secret.Array,
                Q = new ECPoint { X = point.Slice(1, curve.FieldSize).ToArray(), Y = point[(1 + curve.FieldSize)..].ToArray() },
            }));
        }
        catch (CryptographicException failure)
        {
            throw new SshException(SshFailure.UnusableKey, $"{label} is damaged: {failure.Message}", failure);
        }
    }

    internal override bool SignsAtOnce => true;

    private protected override byte[] Sign(string algorithm, ReadOnlySpan<byte> data)
    {
        byte[] signature;
        // Platform keys are not guaranteed to be thread-safe.
        lock (_lock)
            signature = _key.SignData(data, _curve.Hash, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        var encoded = SshWriter.WithoutNumber(256);
        encoded.WriteMpint(signature.AsSpan(0, _curve.FieldSize));
        encoded.WriteMpint(signature.AsSpan(_curve.FieldSize));
        return encoded.ToArray();
    }

    protected override void Dispose(bool disposing)
    {
        _key.Dispose();
        base.Dispose(disposing);
    }
}
