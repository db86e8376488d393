using Volley.Ssh.Files;
using Volley.Ssh.Keys;

namespace Volley.Ssh.Authentication;

/// <summary>
/// A file that IdentityFile names, read once a run: a private key, or the public part of one that an agent holds; and the
/// certificate beside it. Safe for use from several threads.
/// </summary>
public sealed class IdentityFile : IDisposable
{
    private readonly Lock _lock = new();
    private readonly PrivateKeyFile? _file;
    private PrivateKey? _key;

    internal IdentityFile(string path)
    {
        Path = path;
        PublicBlob = PublicKeyFile.TryRead(path) ?? PublicKeyFile.TryRead(path + ".pub");
        Certificate = ReadCertificate(path + "-cert.pub");
        Exists = SystemFile.Exists(path);
        try
        {
            // The public part of a key that an agent holds can stand there by itself.
            if (PublicKeyFile.TryRead(path) is not null)
                return;
            _file = PrivateKeyFile.Read(path);
            PublicBlob ??= _file.PublicBlob?.ToArray();
            if (!_file.IsEncrypted)
                TryUnlock([]);
        }
        catch (SshException trouble)
        {
            Trouble = trouble.Message;
            IsForeign = trouble.Failure == SshFailure.UnservedKey;
        }
    }

    /// <summary>The path.</summary>
    public string Path { get; }

    /// <summary>Whether a passphrase is needed that nobody has given yet.</summary>
    public bool IsLocked => _file is { IsEncrypted: true } && _key is null && Trouble is null;

    /// <summary>Why the file is of no use; null if it may be.</summary>
    public string? Trouble { get; private set; }

    /// <summary>Whether it holds a key without a passphrase that we can't use, and another program may.</summary>
    internal bool IsForeign { get; private set; }

    /// <summary>Whether there is such a file.</summary>
    internal bool Exists { get; }

    /// <summary>The public key, where it is known.</summary>
    internal byte[]? PublicBlob { get; private set; }

    /// <summary>The user's certificate beside it.</summary>
    internal KeyCertificate? Certificate { get; }

    /// <summary>The key, unless it is locked or of no use.</summary>
    internal PrivateKey? Key => _key;

    /// <summary>Opens the key by its passphrase.</summary>
    /// <param name="passphrase">In UTF-8.</param>
    /// <returns>Whether it is the right one; or there is no more to open.</returns>
    public bool TryUnlock(ReadOnlySpan<byte> passphrase)
    {
        lock (_lock)
        {
            if (_key is not null || _file is null || Trouble is not null)
                return true;
            try
            {
                _key = _file.Open(passphrase);
                PublicBlob ??= _key?.PublicBlob.ToArray();
                return _key is not null;
            }
            catch (SshException trouble)
            {
                Trouble = trouble.Message;
                IsForeign = !_file.IsEncrypted && trouble.Failure == SshFailure.UnservedKey;
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
