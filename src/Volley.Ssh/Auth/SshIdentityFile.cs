using Volley.Interop.Text;
using Volley.Ssh.Keys;
using Volley.Ssh.Keys.Files;

namespace Volley.Ssh;

/// <summary>
/// A file named by IdentityFile, read once per run: a private key, or the public part of a key in an agent; and the certificate beside it.
/// Thread-safe.
/// </summary>
public sealed class SshIdentityFile : IDisposable
{
    private readonly Lock _lock = new();
    private readonly PrivateKeyFile? _file;
    private PrivateKey? _key;

    internal SshIdentityFile(string path)
    {
        Path = path;
        PublicBlob = PublicKeyFile.TryRead(path) ?? PublicKeyFile.TryRead(path + ".pub");
        Certificate = ReadCertificate(path + "-cert.pub");
        Exists = SystemFile.Exists(path);
        try
        {
            // The file may be only the public part of a key in an agent.
            if (PublicKeyFile.TryRead(path) is not null)
                return;
            _file = PrivateKeyFile.Read(path);
            PublicBlob ??= _file.PublicBlob?.ToArray();
            if (!_file.IsEncrypted)
                TryUnlock([]);
        }
        catch (SshException problem)
        {
            Problem = problem.Message;
            IsForeign = problem.Failure == SshFailure.UnsupportedKey;
        }
    }

    /// <summary>The path of the file.</summary>
    public string Path { get; }

    /// <summary>Whether the key needs a passphrase that was not given yet.</summary>
    internal bool IsLocked => _file is { IsEncrypted: true } && _key is null && Problem is null;

    /// <summary>Why the file can't be used; null if it may be usable.</summary>
    internal string? Problem { get; private set; }

    /// <summary>Whether the file has an unencrypted key that is not supported here, but may be in another program.</summary>
    internal bool IsForeign { get; private set; }

    /// <summary>Whether the file exists.</summary>
    internal bool Exists { get; }

    /// <summary>The public key; null if unknown.</summary>
    internal byte[]? PublicBlob { get; private set; }

    /// <summary>The user's certificate beside the key, or null.</summary>
    internal KeyCertificate? Certificate { get; }

    /// <summary>The private key; null if it is locked or can't be used.</summary>
    internal PrivateKey? Key => _key;

    /// <summary>Decrypts the key with its passphrase.</summary>
    /// <param name="passphrase">The passphrase in UTF-8.</param>
    /// <returns>True if the passphrase is right, or there is nothing left to decrypt.</returns>
    public bool TryUnlock(ReadOnlySpan<byte> passphrase)
    {
        lock (_lock)
        {
            if (_key is not null || _file is null || Problem is not null)
                return true;
            try
            {
                _key = _file.Open(passphrase);
                PublicBlob ??= _key?.PublicBlob.ToArray();
                return _key is not null;
            }
            catch (SshException problem)
            {
                Problem = problem.Message;
                IsForeign = !_file.IsEncrypted && problem.Failure == SshFailure.UnsupportedKey;
                return true;
            }
        }
    }

    /// <summary>Zeroes the key.</summary>
    public void Dispose()
    {
        _file?.Dispose();
        _key?.Dispose();
    }

    internal static KeyCertificate? ReadCertificate(string path)
    {
        if (PublicKeyFile.TryRead(path) is not { } blob)
            return null;
        try
        {
            return KeyCertificate.Parse(blob) is { Role: CertificateRole.User } certificate ? certificate : null;
        }
        catch (SshException)
        {
            return null;
        }
    }
}
