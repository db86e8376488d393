using System.Collections.Immutable;
using System.Security.Cryptography;

namespace Volley.Ssh.Keys;

/// <summary>A curve of RFC 5656 with its names in SSH.</summary>
internal sealed record NistCurve(string Name, string Oid, int Bits, HashAlgorithmName Hash)
{
    public static readonly NistCurve P256 = new("nistp256", "1.2.840.10045.3.1.7", 256, HashAlgorithmName.SHA256);
    public static readonly NistCurve P384 = new("nistp384", "1.3.132.0.34", 384, HashAlgorithmName.SHA384);
    public static readonly NistCurve P521 = new("nistp521", "1.3.132.0.35", 521, HashAlgorithmName.SHA512);

    private static readonly ImmutableArray<NistCurve> All = [P256, P384, P521];

    /// <summary>The platform's curve. It is created on demand, because the platform may load its cryptographic library for it.</summary>
    public ECCurve Curve => Bits switch
    {
        256 => ECCurve.NamedCurves.nistP256,
        384 => ECCurve.NamedCurves.nistP384,
        _ => ECCurve.NamedCurves.nistP521,
    };

    /// <summary>The size of a coordinate and of a scalar, in bytes.</summary>
    public int FieldSize => (Bits + 7) / 8;

    /// <summary>Returns the curve of a platform key, which identifies it by its object identifier or by its name.</summary>
    public static NistCurve? Find(int bits, ECCurve curve) => All.FirstOrDefault(
        known => known.Bits == bits && (curve.Oid?.Value == known.Oid || curve.Oid?.FriendlyName == known.Curve.Oid.FriendlyName));
}
