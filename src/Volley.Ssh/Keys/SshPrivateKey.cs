using System.Security.Cryptography;
using System.Text;
using Volley.Ssh.Keys;
using Volley.Ssh.Keys.Files;

namespace Volley.Ssh;

/// <summary>
/// A private key in memory: ssh-ed25519, ecdsa-sha2-nistp256, -nistp384, -nistp521 or ssh-rsa. Thread-safe. Dispose it after the clients that use
/// it, which overwrites the key with zeros.
/// </summary>
/// <example>
/// <code>
/// using var key = SshPrivateKey.Parse(pem);
/// await using var client = await SshClient.ConnectAsync("web1", new SshClientOptions { PrivateKeys = [key] });
/// </code>
/// </example>
public sealed class SshPrivateKey : IDisposable
{
    private readonly PrivateKey _key;
    private int _isDisposed;

    private SshPrivateKey(PrivateKey key) => _key = key;

    /// <summary>The type of the key, such as <c>ssh-ed25519</c>.</summary>
    /// <exception cref="ObjectDisposedException">The key is disposed.</exception>
    public string KeyType => Key.KeyType;

    /// <summary>The fingerprint of the public key as ssh shows it: <c>SHA256:</c> and 43 characters of base64.</summary>
    /// <exception cref="ObjectDisposedException">The key is disposed.</exception>
    public string Fingerprint => KeyTypes.Fingerprint(Key.PublicBlob.Span);

    /// <summary>The key for a login.</summary>
    /// <exception cref="ObjectDisposedException">The key is disposed.</exception>
    internal UserKey Key
    {
        get
        {
            ObjectDisposedException.ThrowIf(Volatile.Read(ref _isDisposed) != 0, this);
            return _key;
        }
    }

    /// <summary>Parses the text of a private key file: OpenSSH's own format, or PEM (PKCS#1, SEC 1, PKCS#8).</summary>
    /// <param name="text">The text in ASCII.</param>
    /// <param name="passphrase">The passphrase in UTF-8; empty for a key that is not encrypted.</param>
    /// <returns>The key.</returns>
    /// <exception cref="SshException">
    /// The text has no private key, or one that is damaged or too weak (<see cref="SshFailure.UnusableKey"/>) or not supported; or the passphrase is
    /// missing or wrong.
    /// </exception>
    public static SshPrivateKey Parse(ReadOnlySpan<byte> text, ReadOnlySpan<byte> passphrase = default)
    {
        using var file = PrivateKeyFile.Parse(text, "the private key");
        var key = file.Open(passphrase) ?? throw new SshException(
            SshFailure.UnusableKey,
                passphrase.IsEmpty ? "the private key is encrypted, and its passphrase was not given" : "the passphrase of the private key is wrong");
        return new(key);
    }

    /// <summary>Parses the text of a private key file, as <see cref="Parse(ReadOnlySpan{byte}, ReadOnlySpan{byte})"/> does.</summary>
    /// <param name="text">The text. It can't be overwritten in memory; to avoid this, parse bytes.</param>
    /// <param name="passphrase">The passphrase; null for a key that is not encrypted.</param>
    /// <returns>The key.</returns>
    /// <inheritdoc cref="Parse(ReadOnlySpan{byte}, ReadOnlySpan{byte})" path="/exception"/>
    public static SshPrivateKey Parse(string text, string? passphrase = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        var bytes = Encoding.UTF8.GetBytes(text);
        var secret = Encoding.UTF8.GetBytes(passphrase ?? "");
        try
        {
            return Parse(bytes, secret);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
            CryptographicOperations.ZeroMemory(secret);
        }
    }

    /// <summary>Overwrites the key with zeros.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) == 0)
            _key.Dispose();
    }
}
