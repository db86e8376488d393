namespace Volley.Ssh.Authentication;

/// <summary>A key that can prove who the user is, wherever its private part lies: in memory, or with an agent.</summary>
public abstract class UserKey : IDisposable
{
    /// <summary>What messages call it: the path of its file, or the agent's comment.</summary>
    public abstract string Label { get; }

    /// <summary>The type as it stands in <see cref="PublicBlob"/>; of a certificate, the certificate's.</summary>
    public abstract string KeyType { get; }

    /// <summary>The public key or the certificate in SSH's form (RFC 4253 section 6.6).</summary>
    public abstract ReadOnlyMemory<byte> PublicBlob { get; }

    /// <summary>
    /// The public key algorithms that it can sign with, the preferred one first (RFC 4252 section 7): for an RSA key
    /// rsa-sha2-512 and rsa-sha2-256 (RFC 8332), for a certificate its certificate algorithms.
    /// </summary>
    public abstract IReadOnlyList<string> SignatureAlgorithms { get; }

    /// <summary>
    /// Whether it signs in less time than it takes to ask the server about it first, and nobody else takes part: no agent, no
    /// user. Where the server does not take the key, the signature was for nothing.
    /// </summary>
    internal virtual bool SignsAtOnce => false;

    /// <summary>Signs; called once for each connection that asks for it, from several at once.</summary>
    /// <param name="algorithm">One of <see cref="SignatureAlgorithms"/>.</param>
    /// <param name="data">What to sign.</param>
    /// <param name="session">The connection that it is for, which an agent may want to know; null where it is for none.</param>
    /// <param name="cancellationToken">Ends the wait, for an agent may ask its user.</param>
    /// <returns>The signature in SSH's form: its algorithm (never a certificate's) and its bytes.</returns>
    /// <exception cref="SshException">
    /// It can't sign (<see cref="SshFailure.AuthenticationFailed"/>): the next key is tried, and the message is part of
    /// the failure if none is accepted.
    /// </exception>
    public abstract ValueTask<byte[]> SignAsync(string algorithm, ReadOnlyMemory<byte> data, SessionProof? session, CancellationToken cancellationToken);

    /// <summary>Forgets the private part.</summary>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Forgets the private part.</summary>
    /// <param name="disposing">True: there are no finalizers.</param>
    protected virtual void Dispose(bool disposing)
    {
    }
}
