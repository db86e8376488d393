using System.Security.Cryptography;
using Volley.Ssh.Keys;

namespace Volley.Ssh.Transport.KeyExchange;

/// <summary>
/// The client side of one key exchange. All supported methods have the same form (RFC 5656 section 4): the client sends a value, the server
/// answers with one, and both compute a shared secret.
/// </summary>
internal abstract class KeyAgreement : IDisposable
{
    /// <summary>The method's hash function, for the exchange hash and the keys.</summary>
    public virtual HashAlgorithmName Hash => HashAlgorithmName.SHA256;

    /// <summary>The value that the client sends.</summary>
    public abstract ReadOnlyMemory<byte> ClientValue { get; }

    public static KeyAgreement Create(string method) => method switch
    {
        "mlkem768x25519-sha256" => new MlKemX25519Agreement(),
        "curve25519-sha256" or "curve25519-sha256@libssh.org" => new X25519Agreement(),
        "ecdh-sha2-nistp256" => new EcdhAgreement(NistCurve.P256),
        "ecdh-sha2-nistp384" => new EcdhAgreement(NistCurve.P384),
        _ => throw new ArgumentException($"no key exchange method: {method}", nameof(method)),
    };

    /// <summary>
    /// Computes the shared secret in its encoding for the exchange hash: an "mpint" or a "string" with its length. The caller zeroes it after
    /// use.
    /// </summary>
    /// <exception cref="SshException">The server's value is invalid.</exception>
    public abstract byte[] Agree(ReadOnlySpan<byte> serverValue);

    public abstract void Dispose();

    protected static SshException NoValue() => new(SshFailure.KeyExchangeFailed, "key exchange: the server sent a value that is none");
}
