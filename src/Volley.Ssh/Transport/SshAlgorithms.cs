using System.Collections.Immutable;
using Volley.Ssh.Keys;

namespace Volley.Ssh.Transport;

/// <summary>
/// The algorithms that the transport supports. Except for the ciphers they are in ssh's order of preference. Weak algorithms are not
/// supported.
/// </summary>
internal static class SshAlgorithms
{
    /// <summary>The key exchanges: RFC 8731, RFC 5656, and the hybrid of draft-ietf-sshm-mlkem-hybrid-kex.</summary>
    public static ImmutableArray<string> KeyExchanges { get; } =
    [
        "mlkem768x25519-sha256", "curve25519-sha256", "curve25519-sha256@libssh.org", "ecdh-sha2-nistp256", "ecdh-sha2-nistp384",
    ];

    /// <summary>The host key algorithms: RFC 8709, RFC 5656, RFC 8332, and the certificates of OpenSSH's PROTOCOL.certkeys.</summary>
    public static ImmutableArray<string> HostKeys { get; } =
        [.. KeyAlgorithm.SupportedNames.Select(KeyTypes.Certificate), .. KeyAlgorithm.SupportedNames];

    /// <summary>The signature algorithms of users' keys: those of host keys, and those of security keys in an agent.</summary>
    internal static ImmutableArray<string> UserKeys { get; } =
        [.. HostKeys, .. KeyAlgorithm.SecurityKeyNames.Select(KeyTypes.Certificate), .. KeyAlgorithm.SecurityKeyNames];

    /// <summary>
    /// The ciphers: those of OpenSSH's PROTOCOL and PROTOCOL.chacha20poly1305, and aes256-ctr (RFC 4344). AES-GCM comes first because it
    /// is the fastest on processors with instructions for it.
    /// </summary>
    public static ImmutableArray<string> Ciphers { get; } =
        ["aes128-gcm@openssh.com", "aes256-gcm@openssh.com", "chacha20-poly1305@openssh.com", "aes256-ctr"];

    /// <summary>The MACs, which cover the encrypted packet: OpenSSH's PROTOCOL section 1.2.</summary>
    public static ImmutableArray<string> Macs { get; } = ["hmac-sha2-256-etm@openssh.com"];
}
