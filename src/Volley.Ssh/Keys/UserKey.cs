namespace Volley.Ssh.Keys;

/// <summary>A key that authenticates the user. Its private part is in memory or in an agent.</summary>
internal abstract class UserKey : IDisposable
{
    /// <summary>The name of the key in messages: the path of its file, or the agent's comment.</summary>
    public abstract string Label { get; }

    /// <summary>The type in <see cref="PublicBlob"/>; for a certificate, the certificate's type.</summary>
    public abstract string KeyType { get; }

    /// <summary>The public key or certificate in SSH's encoding (RFC 4253 section 6.6).</summary>
    public abstract ReadOnlyMemory<byte> PublicBlob { get; }

    /// <summary>
    /// The public key algorithms that it can sign with, in order of preference (RFC 4252 section 7): for an RSA key rsa-sha2-512 and
    /// rsa-sha2-256 (RFC 8332), for a certificate its certificate algorithms.
    /// </summary>
    public abstract IReadOnlyList<string> SignatureAlgorithms { get; }

    /// <summary>
    /// Whether signing takes less time than asking the server first, and involves no agent and no user. If the server does not accept the key,
    /// the signature is wasted.
    /// </summary>
    internal virtual bool SignsAtOnce => false;

    /// <summary>Signs data. It is called once for each connection that needs it, possibly concurrently.</summary>
    /// <param name="algorithm">One of <see cref="SignatureAlgorithms"/>.</param>
    /// <param name="data">The data to sign.</param>
    /// <param name="session">The connection that the signature is for, which an agent may need to know; null for none.</param>
    /// <param name="cancellationToken">Ends the wait: an agent may ask its user.</param>
    /// <returns>The signature in SSH's encoding: its algorithm (never a certificate's) and its bytes.</returns>
    /// <exception cref="SshException">
    /// The key can't sign (<see cref="SshFailure.AuthenticationFailed"/>). The next key is tried, and the message becomes part of the failure
    /// if no key is accepted.
    /// </exception>
    public abstract ValueTask<byte[]> SignAsync(string algorithm, ReadOnlyMemory<byte> data, SessionProof? session, CancellationToken cancellationToken);

    /// <summary>Releases the private part.</summary>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Releases the private part.</summary>
    /// <param name="disposing">True, because there are no finalizers.</param>
    protected virtual void Dispose(bool disposing)
    {
    }
}
