using System.Collections.Immutable;

namespace Volley.Ssh.Config.Resolving;

/// <summary>The defaults of ssh.</summary>
internal static class SshDefaults
{
    /// <summary>The default port.</summary>
    public const int Port = 22;

    /// <summary>
    /// The names of the default identity files in ~/.ssh, in ssh's order. They are the same in OpenSSH 8.2 and newer. Up to 9.9, id_dsa came last,
    /// preceded by id_xmss in builds that support it (Debian's 9.2 does). Both are left out, because servers no longer accept such keys.
    /// </summary>
    public static ImmutableArray<string> IdentityNames { get; } =
        ["id_rsa", "id_ecdsa", "id_ecdsa_sk", "id_ed25519", "id_ed25519_sk"];

    /// <summary>The names of the user's known hosts files in ~/.ssh.</summary>
    public static ImmutableArray<string> KnownHostsNames { get; } = ["known_hosts", "known_hosts2"];

    /// <summary>The system's known hosts files.</summary>
    public static ImmutableArray<string> GlobalKnownHostsFiles { get; } =
        ["/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2"];
}
