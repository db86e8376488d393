using Volley.Ssh.Config;
using Volley.Ssh.Files;

namespace Volley.Ssh.Keys;

/// <summary>
/// A file with a private key: OpenSSH's own form, or PEM (PKCS#1, SEC 1, PKCS#8). What is read of it is zeroed when it is
/// disposed; the keys that it gave out are not its own.
/// </summary>
public sealed class PrivateKeyFile : IDisposable
{
    /// <summary>No key is longer; ssh has the same limit.</summary>
    private const int LongestFile = 1024 * 1024;

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
            throw new SshException(SshFailure.UnservedKey, $"{label} holds a {pem.Label}, which is not served");
    }

    /// <summary>What messages call it: its path.</summary>
    public string Label { get; }

    /// <summary>Whether a passphrase is needed.</summary>
    public bool IsEncrypted { get; }

    /// <summary>The public key in SSH's form where the file shows it without a passphrase; else null.</summary>
    public ReadOnlyMemory<byte>? PublicBlob { get; }

    /// <summary>Reads a file. As ssh does, it refuses one of ours that others can read.</summary>
    /// <exception cref="SshException">There is no such file, it can't be read, others can read it, or it holds no private key.</exception>
    public static PrivateKeyFile Read(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        try
        {
            CheckPermissions(path);
            using var file = SystemFile.Open(path);
            var length = RandomAccess.GetLength(file);
            if (length > LongestFile)
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

    /// <summary>Reads the text of a file.</summary>
    /// <param name="text">The text.</param>
    /// <param name="label">What messages call it.</param>
    /// <exception cref="SshException">It is no private key, or of a kind that is not served.</exception>
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

    /// <summary>Opens the key. It belongs to the caller. With bcrypt this takes a while on purpose.</summary>
    /// <param name="passphrase">The passphrase in UTF-8; nothing for a file that needs none.</param>
    /// <returns>The key; null if the passphrase is missing or the wrong one.</returns>
    /// <exception cref="SshException">The key is damaged, or of a kind that is not served.</exception>
    public PrivateKey? Open(ReadOnlySpan<byte> passphrase = default) => _pem.Label == OpenSshKeyForm.Label
        ? OpenSshKeyForm.Open(_pem.Body.Span, passphrase, Label)
        : PemKeyForm.Open(_pem, passphrase, Label);

    /// <summary>Zeroes what was read.</summary>
    public void Dispose() => _pem.Dispose();

    /// <summary>ssh looks at files of ours alone: another's can't be made safe by us.</summary>
    private static void CheckPermissions(string path)
    {
        const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
            | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;
        if (OperatingSystem.IsWindows() || FileOwner.Of(path) is not { } owner || owner != LocalAccount.Current().UserId)
            return;
        if ((SystemFile.GetUnixFileMode(path) & Others) != 0)
            throw new SshException(SshFailure.UnusableKey, $"{path} is not used: others can read it; run: chmod 600 {path}");
    }
}
