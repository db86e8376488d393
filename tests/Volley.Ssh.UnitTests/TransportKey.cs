using System.Security.Cryptography;
using Org.BouncyCastle.Math.EC.Rfc8032;
using Volley.Ssh.Keys;

namespace Volley.Ssh.UnitTests;

/// <summary>A key pair in memory: a user's, or that of a scripted host.</summary>
internal sealed class TransportKey : UserKey
{
    private readonly Func<string, byte[], byte[]> _sign;

    private TransportKey(string type, byte[] blob, IReadOnlyList<string> algorithms, Func<string, byte[], byte[]> sign)
    {
        (KeyType, PublicBlob, SignatureAlgorithms, _sign) = (type, blob, algorithms, sign);
        Label = $"a key of type {type}";
    }

    public override string Label { get; }

    public override string KeyType { get; }

    public override ReadOnlyMemory<byte> PublicBlob { get; }

    public override IReadOnlyList<string> SignatureAlgorithms { get; }

    /// <summary>How often it signed.</summary>
    public int Signatures { get; private set; }

    /// <summary>A line of an authorized_keys file.</summary>
    public string AuthorizedLine => $"{KeyType} {Convert.ToBase64String(PublicBlob.Span)} test";

    /// <param name="type">ssh-ed25519, ecdsa-sha2-nistp*, or ssh-rsa; rsa-sha2-* for an RSA key with that algorithm only.</param>
    public static TransportKey Create(string type) => type switch
    {
        "ssh-ed25519" => Ed25519Key(),
        "ecdsa-sha2-nistp256" => Ecdsa(type, ECCurve.NamedCurves.nistP256, HashAlgorithmName.SHA256),
        "ecdsa-sha2-nistp384" => Ecdsa(type, ECCurve.NamedCurves.nistP384, HashAlgorithmName.SHA384),
        "ecdsa-sha2-nistp521" => Ecdsa(type, ECCurve.NamedCurves.nistP521, HashAlgorithmName.SHA512),
        "ssh-rsa" => Rsa(["rsa-sha2-512", "rsa-sha2-256"]),
        "rsa-sha2-512" or "rsa-sha2-256" => Rsa([type]),
        _ => throw new ArgumentException(type, nameof(type)),
    };

    public byte[] Sign(string algorithm, byte[] data) => Wire.Blob(algorithm, _sign(algorithm, data));

    public override ValueTask<byte[]> SignAsync(string algorithm, ReadOnlyMemory<byte> data, SessionProof? session, CancellationToken cancellationToken)
    {
        Signatures++;
        return new(Sign(algorithm, data.ToArray()));
    }

    private static TransportKey Ed25519Key()
    {
        var secret = RandomNumberGenerator.GetBytes(Ed25519.SecretKeySize);
        var key = new byte[Ed25519.PublicKeySize];
        Ed25519.GeneratePublicKey(secret, 0, key, 0);
        return new("ssh-ed25519", Wire.Blob("ssh-ed25519", key), ["ssh-ed25519"], (_, data) =>
        {
            var signature = new byte[Ed25519.SignatureSize];
            Ed25519.Sign(secret, 0, data, 0, data.Length, signature, 0);
            return signature;
        });
    }

    private static TransportKey Ecdsa(string type, ECCurve curve, HashAlgorithmName hash)
    {
        var key = ECDsa.Create(curve);
        var point = key.ExportParameters(false).Q;
        var blob = Wire.Blob(type, System.Text.Encoding.ASCII.GetBytes(type["ecdsa-sha2-".Length..]), [4, .. point.X!, .. point.Y!]);
        return new(type, blob, [type], (_, data) =>
        {
            var both = key.SignData(data, hash);
            var half = both.Length / 2;
            return [.. Mpint(both[..half]), .. Mpint(both[half..])];
        });
    }

    private static TransportKey Rsa(IReadOnlyList<string> algorithms)
    {
        var key = RSA.Create(2048);
        var parameters = key.ExportParameters(false);
        return new("ssh-rsa", Wire.Blob("ssh-rsa", Wire.Positive(parameters.Exponent!), Wire.Positive(parameters.Modulus!)), algorithms,
            (algorithm, data) => key.SignData(
                data, algorithm == "rsa-sha2-512" ? HashAlgorithmName.SHA512 : HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));
    }

    private static byte[] Mpint(byte[] value)
    {
        var bytes = Wire.Positive(value);
        return [.. Wire.UInt32((uint)bytes.Length), .. bytes];
    }
}
