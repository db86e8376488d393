namespace Volley.Ssh.Keys;

/// <summary>
/// The names of key types, their certificates and signature algorithms, and the relations between them (PROTOCOL.certkeys, PROTOCOL.u2f).
/// </summary>
internal static class KeyTypes
{
    private const string CertificateSuffix = "-cert-v01@openssh.com";
    private const string OpenSshSuffix = "@openssh.com";
    private const string SecurityKeyPrefix = "sk-";

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
    public static IReadOnlyList<string> SignatureAlgorithms(string keyType)
    {
        var plain = Plain(keyType);
        IReadOnlyList<string> algorithms = plain switch
        {
            RsaPublicKey.TypeName => ["rsa-sha2-512", "rsa-sha2-256"],
            Ed25519PublicKey.TypeName or "ecdsa-sha2-nistp256" or "ecdsa-sha2-nistp384" or "ecdsa-sha2-nistp521"
                or "sk-ssh-ed25519@openssh.com" or "sk-ecdsa-sha2-nistp256@openssh.com" => [plain],
            _ => [],
        };
        return IsCertificate(keyType) ? [.. algorithms.Select(Certificate)] : algorithms;
    }

    /// <summary>Returns the key type of a host key or signature algorithm: ssh-rsa for rsa-sha2-512.</summary>
    public static string OfAlgorithm(string algorithm) => Plain(algorithm) is "rsa-sha2-512" or "rsa-sha2-256" ? RsaPublicKey.TypeName : Plain(algorithm);

    /// <summary>Returns the type as ssh shows it to users: ED25519, ECDSA, RSA.</summary>
    public static string ForPeople(string keyType) => Plain(keyType) switch
    {
        Ed25519PublicKey.TypeName => "ED25519",
        RsaPublicKey.TypeName => "RSA",
        var type when type.StartsWith("ecdsa-", StringComparison.Ordinal) => "ECDSA",
        var type => type,
    };
}
