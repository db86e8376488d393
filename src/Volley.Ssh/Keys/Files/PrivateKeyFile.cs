using Volley.Interop;
using Volley.Interop.Text;
using Volley.Ssh.Platform;
using Volley.Ssh.Primitives;

namespace Volley.Ssh.Keys.Files;

/// <summary>
/// A file with a private key in OpenSSH's own format or in PEM (PKCS#1, SEC 1, PKCS#8). Disposing it zeroes the file's content, but not the
/// keys that it has returned.
/// </summary>
internal sealed class PrivateKeyFile : IDisposable
{
    /// <summary>The largest file. ssh has the same limit.</summary>
    private const int MaxFileLength = 1024 * 1024;

    private readonly PemText _pem;

    private PrivateKeyFile(string label, PemText pem)
    {
        Label = label;
        _pem = pem;
        if (pem.Label == OpenSshKeyForm.Label)
            (PublicBlob, IsEncrypted) = OpenSshKeyForm.ReadHeader(pem.Body.Span, label);
        else if (PemKeyForm.IsServed(pem.Label))
            IsEncrypted = PemKeyForm.IsEncrypted(pem);
        else
            throw new SshException(SshFailure.UnsupportedKey, $"{label} holds a {pem.Label}, which is not supported");
    }

    /// <summary>The name of the file in messages: its path.</summary>
    public string Label { get; }

    /// <summary>Whether the key is encrypted with a passphrase.</summary>
    public bool IsEncrypted { get; }

    /// <summary>The public key in SSH's encoding; null if the file does not have it unencrypted.</summary>
    public ReadOnlyMemory<byte>? PublicBlob { get; }

    /// <summary>Reads a file. As in ssh, a file of this user that other users can access is rejected.</summary>
    /// <exception cref="SshException">
    /// The file does not exist, can't be read, is accessible to other users, or has no supported private key.
    /// </exception>
    public static PrivateKeyFile Read(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        try
        {
            CheckPermissions(path);
            using var file = SystemFile.Open(path);
            var length = RandomAccess.GetLength(file);
            if (length > MaxFileLength)
                throw new SshException(SshFailure.UnusableKey, $"{path} is too large for a key");
            using var bytes = new SecretBytes((int)length);
            var count = RandomAccess.Read(file, bytes.Span, 0);
            return Parse(bytes.Span[..count], path);
        }
        catch (Exception failure) when (failure is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new SshException(SshFailure.UnusableKey, $"{path}: there is no such file", failure);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new SshException(SshFailure.UnusableKey, $"{path} can't be read: {failure.Message}", failure);
        }
    }

    /// <summary>Parses the content of a file.</summary>
    /// <param name="text">The content.</param>
    /// <param name="label">The name of the file in messages.</param>
    /// <exception cref="SshException">The content is not a private key, or is of an unsupported type.</exception>
    public static PrivateKeyFile Parse(ReadOnlySpan<byte> text, string label)
    {
        var pem = PemText.Parse(text) ?? throw new SshException(SshFailure.UnusableKey, $"{label} holds no private key");
        try
        {
            return new(label, pem);
        }
        catch
        {
            pem.Dispose();
            throw;
        }
    }

    /// <summary>Decrypts the key. The caller owns the result. With bcrypt this is slow by design.</summary>
    /// <param name="passphrase">The passphrase in UTF-8; empty for an unencrypted file.</param>
    /// <returns>The key; null if the passphrase is missing or wrong.</returns>
    /// <exception cref="SshException">The key is damaged, or of an unsupported type.</exception>
    public PrivateKey? Open(ReadOnlySpan<byte> passphrase = default) => _pem.Label == OpenSshKeyForm.Label
        ? OpenSshKeyForm.Open(_pem.Body.Span, passphrase, Label)
        : PemKeyForm.Open(_pem, passphrase, Label);

    /// <summary>Zeroes the file's content.</summary>
    public void Dispose() => _pem.Dispose();

    /// <summary>Checks the permissions of this user's files. As in ssh, files of other users are not checked: this user can't protect them.</summary>
    private static void CheckPermissions(string path)
    {
        const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
            | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;
        if (OperatingSystem.IsWindows() || FileStatus.OwnerOf(path) is not { } owner || owner != LocalAccount.Current().UserId)
            return;
        if ((SystemFile.GetUnixFileMode(path) & Others) != 0)
            throw new SshException(SshFailure.UnusableKey, $"{path} is not used: others can read it; run: chmod 600 {path}");
    }
}
