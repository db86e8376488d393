using System.Collections.Immutable;

namespace Volley.Ssh;

/// <summary>
/// The algorithms that the transport supports. Except for the ciphers they are in ssh's order of preference. Weak algorithms are not
/// supported.
/// </summary>
public static class SshAlgorithms
{
    /// <summary>The key exchanges: RFC 8731, RFC 5656, and the hybrid of draft-ietf-sshm-mlkem-hybrid-kex.</summary>
    public static ImmutableArray<string> KeyExchanges { get; } =
    [
        "mlkem768x25519-sha256", "curve25519-sha256", "curve25519-sha256@libssh.org", "ecdh-sha2-nistp256", "ecdh-sha2-nistp384",
    ];

    /// <summary>The host key algorithms: RFC 8709, RFC 5656, RFC 8332, and the certificates of OpenSSH's PROTOCOL.certkeys.</summary>
    public static ImmutableArray<string> HostKeys { get; } =
    [
        "ssh-ed25519-cert-v01@openssh.com", "ecdsa-sha2-nistp256-cert-v01@openssh.com", "ecdsa-sha2-nistp384-cert-v01@openssh.com",
        "ecdsa-sha2-nistp521-cert-v01@openssh.com", "rsa-sha2-512-cert-v01@openssh.com", "rsa-sha2-256-cert-v01@openssh.com",
        "ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "rsa-sha2-512", "rsa-sha2-256",
    ];

    /// <summary>
    /// The ciphers: those of OpenSSH's PROTOCOL and PROTOCOL.chacha20poly1305, and aes256-ctr (RFC 4344). AES-GCM comes first because it
    /// is the fastest on processors with instructions for it.
    /// </summary>
    public static ImmutableArray<string> Ciphers { get; } =
        ["aes128-gcm@openssh.com", "aes256-gcm@openssh.com", "chacha20-poly1305@openssh.com", "aes256-ctr"];

    /// <summary>The MACs, which cover the encrypted packet: OpenSSH's PROTOCOL section 1.2.</summary>
    public static ImmutableArray<string> Macs { get; } = ["hmac-sha2-256-etm@openssh.com"];

    /// <summary>Returns whether a cipher does not authenticate, so that a MAC is negotiated too.</summary>
    internal static bool NeedsMac(string cipher) => cipher == "aes256-ctr";
}
