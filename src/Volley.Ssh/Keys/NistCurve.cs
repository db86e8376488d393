using System.Collections.Immutable;
using System.Security.Cryptography;

namespace Volley.Ssh.Keys;

/// <summary>A curve of RFC 5656 with its names in SSH.</summary>
internal sealed record NistCurve(string Name, ECCurve Curve, string Oid, int Bits, HashAlgorithmName Hash)
{
    public static ImmutableArray<NistCurve> All { get; } =
    [
        new("nistp256", ECCurve.NamedCurves.nistP256, "1.2.840.10045.3.1.7", 256, HashAlgorithmName.SHA256),
        new("nistp384", ECCurve.NamedCurves.nistP384, "1.3.132.0.34", 384, HashAlgorithmName.SHA384),
        new("nistp521", ECCurve.NamedCurves.nistP521, "1.3.132.0.35", 521, HashAlgorithmName.SHA512),
    ];

    public string KeyType => $"ecdsa-sha2-{Name}";

    /// <summary>The size of a coordinate and of a scalar, in bytes.</summary>
    public int FieldSize => (Bits + 7) / 8;

    /// <summary>Returns the curve of a platform key, which identifies it by its object identifier or by its name.</summary>
    public static NistCurve? Find(int bits, ECCurve curve) => All.FirstOrDefault(
        known => known.Bits == bits && (curve.Oid?.Value == known.Oid || curve.Oid?.FriendlyName == known.Curve.Oid.FriendlyName));
}
