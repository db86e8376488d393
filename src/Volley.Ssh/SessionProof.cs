namespace Volley.Ssh;

/// <summary>What a host has proved by the first key exchange of a connection: that the connection ends at it.</summary>
/// <param name="HostKey">Its public key or certificate in SSH's form (RFC 4253 section 6.6).</param>
/// <param name="SessionId">The hash of the exchange, which names the connection (RFC 4253 section 7.2).</param>
/// <param name="Signature">The host key's signature over it, in SSH's form.</param>
public sealed record SessionProof(ReadOnlyMemory<byte> HostKey, ReadOnlyMemory<byte> SessionId, ReadOnlyMemory<byte> Signature);
