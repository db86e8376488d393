namespace Volley.Ssh.HostKeys;

/// <summary>The key that a host has proved to own.</summary>
/// <param name="Algorithm">The negotiated host key algorithm, such as ssh-ed25519, rsa-sha2-512 or ssh-ed25519-cert-v01@openssh.com.</param>
/// <param name="Blob">The public key or certificate in SSH's encoding (RFC 4253 section 6.6).</param>
internal sealed record HostKeyOffer(string Algorithm, ReadOnlyMemory<byte> Blob);
