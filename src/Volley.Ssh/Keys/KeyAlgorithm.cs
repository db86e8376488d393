using System.Collections.Immutable;
using System.Security.Cryptography;

namespace Volley.Ssh.Keys;

/// <summary>
/// A row of the table of signature algorithms, which are also the algorithms of host keys and users' keys. Each has a second name for keys
/// with a certificate (<see cref="KeyTypes.Certificate"/>).
/// </summary>
/// <param name="Name">The name, also in signatures.</param>
/// <param name="KeyType">The type in the encoded key. It is the name, except for RSA (RFC 8332 section 3).</param>
/// <param name="Family">The kind of key.</param>
/// <param name="Hash">The hash that is signed.</param>
internal sealed record KeyAlgorithm(string Name, string KeyType, KeyFamily Family, HashAlgorithmName Hash)
{
    /// <summary>All rows, in ssh's order of preference. ssh-rsa, which signs with SHA-1, and ssh-dss are not supported.</summary>
    public static ImmutableArray<KeyAlgorithm> All { get; } =
    [
        new(Ed25519PublicKey.TypeName, Ed25519PublicKey.TypeName, KeyFamily.Ed25519, HashAlgorithmName.SHA512),
        FromCurve("ecdsa-sha2-nistp256", NistCurve.P256),
        FromCurve("ecdsa-sha2-nistp384", NistCurve.P384),
        FromCurve("ecdsa-sha2-nistp521", NistCurve.P521),
        new("rsa-sha2-512", RsaPublicKey.TypeName, KeyFamily.Rsa, HashAlgorithmName.SHA512) { AgentFlags = 4 },
        new("rsa-sha2-256", RsaPublicKey.TypeName, KeyFamily.Rsa, HashAlgorithmName.SHA256) { AgentFlags = 2 },
        new("sk-ssh-ed25519@openssh.com", "sk-ssh-ed25519@openssh.com", KeyFamily.Ed25519SecurityKey, HashAlgorithmName.SHA256),
        new("sk-ecdsa-sha2-nistp256@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com", KeyFamily.EcdsaSecurityKey, HashAlgorithmName.SHA256),
    ];

    /// <summary>The names of the algorithms that are computed here. Security keys sign only in an agent.</summary>
    public static ImmutableArray<string> SupportedNames { get; } = [.. All.Where(row => !row.IsSecurityKey).Select(row => row.Name)];

    /// <summary>The names of the algorithms that only security keys have.</summary>
    public static ImmutableArray<string> SecurityKeyNames { get; } = [.. All.Where(row => row.IsSecurityKey).Select(row => row.Name)];

    /// <summary>The curve of an ECDSA algorithm that is computed here; null for others.</summary>
    public NistCurve? Curve { get; private init; }

    /// <summary>The flags that request the algorithm from an agent (draft-ietf-sshm-ssh-agent: SSH_AGENT_RSA_SHA2_256 and SSH_AGENT_RSA_SHA2_512).</summary>
    public uint AgentFlags { get; private init; }

    public bool IsSecurityKey => Family is KeyFamily.Ed25519SecurityKey or KeyFamily.EcdsaSecurityKey;

    /// <summary>The number of fields after the type in the encoded key.</summary>
    public int FieldCount => Family switch
    {
        KeyFamily.Ed25519 => 1,
        KeyFamily.EcdsaSecurityKey => 3,
        _ => 2,
    };

    /// <summary>Returns the row of an algorithm; null if there is none.</summary>
    public static KeyAlgorithm? Find(string name)
    {
        foreach (var row in All)
        {
            if (row.Name == name)
                return row;
        }
        return null;
    }

    /// <summary>Returns the preferred row of a key type, which is not a certificate's; null if there is none.</summary>
    public static KeyAlgorithm? FindByKeyType(string keyType)
    {
        foreach (var row in All)
        {
            if (row.KeyType == keyType)
                return row;
        }
        return null;
    }

    /// <summary>Returns the row of the ECDSA algorithm with a curve.</summary>
    public static KeyAlgorithm FindByCurve(NistCurve curve) => All.First(row => row.Curve == curve);

    private static KeyAlgorithm FromCurve(string name, NistCurve curve) => new(name, name, KeyFamily.Ecdsa, curve.Hash) { Curve = curve };
}
