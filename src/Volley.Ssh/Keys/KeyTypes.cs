using System.Collections.Frozen;
using System.Security.Cryptography;

namespace Volley.Ssh.Keys;

/// <summary>The relations between the names of key types, of their certificates and of signature algorithms (PROTOCOL.certkeys).</summary>
internal static class KeyTypes
{
    private const string CertificateSuffix = "-cert-v01@openssh.com";
    private const string OpenSshSuffix = "@openssh.com";
    private const string SecurityKeyPrefix = "sk-";

    private static readonly FrozenDictionary<string, string[]> SignatureAlgorithmsByType = KeyAlgorithm.All
        .GroupBy(row => row.KeyType, row => row.Name)
        .SelectMany(type => new[]
        {
            KeyValuePair.Create(type.Key, type.ToArray()),
            KeyValuePair.Create(Certificate(type.Key), type.Select(Certificate).ToArray()),
        })
        .ToFrozenDictionary();

    public static bool IsCertificate(string name) => name.EndsWith(CertificateSuffix, StringComparison.Ordinal);

    public static bool IsSecurityKey(string name) => name.StartsWith(SecurityKeyPrefix, StringComparison.Ordinal);

    /// <summary>Returns the plain name for a certificate's name: ssh-ed25519 for ssh-ed25519-cert-v01@openssh.com.</summary>
    public static string Plain(string name)
    {
        if (!IsCertificate(name))
            return name;
        var plain = name[..^CertificateSuffix.Length];
        return IsSecurityKey(plain) ? plain + OpenSshSuffix : plain;
    }

    /// <summary>Returns the certificate's name for a plain name.</summary>
    public static string Certificate(string plain) =>
        (plain.EndsWith(OpenSshSuffix, StringComparison.Ordinal) ? plain[..^OpenSshSuffix.Length] : plain) + CertificateSuffix;

    /// <summary>Returns the signature algorithms of a key type in order of preference; empty if the type is unknown.</summary>
    public static IReadOnlyList<string> SignatureAlgorithms(string keyType) =>
        SignatureAlgorithmsByType.TryGetValue(keyType, out var algorithms) ? algorithms : [];

    /// <summary>Returns the plain key type of a host key or signature algorithm: ssh-rsa for rsa-sha2-512.</summary>
    public static string FromAlgorithm(string algorithm)
    {
        var plain = Plain(algorithm);
        return KeyAlgorithm.Find(plain)?.KeyType ?? plain;
    }

    /// <summary>Returns the type in the encoded keys of a host key algorithm: that of <see cref="FromAlgorithm"/>, or its certificate's.</summary>
    public static string EncodedType(string algorithm) =>
        IsCertificate(algorithm) ? Certificate(FromAlgorithm(algorithm)) : FromAlgorithm(algorithm);

    /// <summary>Returns the fingerprint of a public key as ssh shows it: <c>SHA256:</c> and base64 without padding.</summary>
    /// <param name="blob">The public key in SSH's encoding.</param>
    public static string Fingerprint(ReadOnlySpan<byte> blob) => $"SHA256:{Convert.ToBase64String(SHA256.HashData(blob)).TrimEnd('=')}";

    /// <summary>Returns the type as ssh shows it to users: ED25519, ECDSA, RSA.</summary>
    public static string DisplayName(string keyType)
    {
        var plain = Plain(keyType);
        return KeyAlgorithm.FindByKeyType(plain)?.Family switch
        {
            KeyFamily.Ed25519 => "ED25519",
            KeyFamily.Ecdsa => "ECDSA",
            KeyFamily.Rsa => "RSA",
            _ => plain,
        };
    }
}
