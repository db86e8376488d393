namespace Volley.Ssh.Keys;

/// <summary>The host's proof from the first key exchange of a connection that the connection ends at it.</summary>
/// <param name="HostKey">The host's public key or certificate in SSH's encoding (RFC 4253 section 6.6).</param>
/// <param name="SessionId">The exchange hash, which identifies the connection (RFC 4253 section 7.2).</param>
/// <param name="Signature">The signature of the host key over the hash, in SSH's encoding.</param>
internal sealed record SessionProof(ReadOnlyMemory<byte> HostKey, ReadOnlyMemory<byte> SessionId, ReadOnlyMemory<byte> Signature);
