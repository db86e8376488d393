using System.Collections.Immutable;

namespace Volley.Ssh.Config;

/// <summary>What ssh does where nothing is configured.</summary>
public static class SshDefaults
{
    /// <summary>The port of a host that names none.</summary>
    public const int Port = 22;

    /// <summary>
    /// The names in ~/.ssh of the identities that are tried where none is configured, in ssh's order.
    /// The five are the same in OpenSSH 8.2 and newer. Up to 9.9 id_dsa came last, and id_xmss before it in builds that
    /// have it (Debian's 9.2 does); they are left out here, as servers no longer take such keys.
    /// </summary>
    public static ImmutableArray<string> IdentityNames { get; } =
        ["id_rsa", "id_ecdsa", "id_ecdsa_sk", "id_ed25519", "id_ed25519_sk"];

    /// <summary>The names in ~/.ssh of the user's files of known hosts.</summary>
    public static ImmutableArray<string> KnownHostsNames { get; } = ["known_hosts", "known_hosts2"];

    /// <summary>The system's files of known hosts.</summary>
    public static ImmutableArray<string> GlobalKnownHostsFiles { get; } =
        ["/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2"];
}
