namespace Volley.Testing;

/// <content>Files and keys of tests in the fleet's directory, which are removed with it.</content>
public sealed partial class Fleet
{
    private static int _lastFile;

    /// <summary>Starts a fleet whose host key has a certificate.</summary>
    /// <param name="authority">The private key of the certificate authority.</param>
    /// <param name="hostKey">The private host key.</param>
    /// <param name="options">Options of ssh-keygen for the certificate, such as its principals.</param>
    public static async Task<Fleet> StartCertifiedAsync(string authority, string hostKey, params IReadOnlyList<string> options)
    {
        await SshKeygen.CertifyHostAsync(authority, hostKey, options).ConfigureAwait(false);
        return await StartAsync($"HostKey={hostKey}", $"HostCertificate={hostKey}-cert.pub").ConfigureAwait(false);
    }

    /// <summary>Returns a path that no other test has.</summary>
    public string NewPath(string name) => Path.Combine(Folder, $"{name}{Interlocked.Increment(ref _lastFile)}");

    /// <summary>Writes a file and returns its path.</summary>
    public string Write(string name, string text)
    {
        var path = NewPath(name);
        File.WriteAllText(path, text);
        return path;
    }

    /// <summary>Writes a file that the fleet's user can change, too.</summary>
    public string WriteForAll(string name, string text)
    {
        var path = Write(name, text);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, (UnixFileMode)0b110_110_110);
        return path;
    }

    /// <summary>Makes a key that no host accepts, of Ed25519 unless the options of ssh-keygen name another type.</summary>
    public async Task<string> NewKeyAsync(params string[] options)
    {
        var path = NewPath("key");
        await SshKeygen.GenerateAsync(path, options).ConfigureAwait(false);
        return path;
    }

    /// <summary>Makes an encrypted copy of the user's key, without its public key.</summary>
    public async Task<string> NewEncryptedKeyAsync(string passphrase)
    {
        var path = NewPath("locked");
        File.Copy(KeyPath, path);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        await SshKeygen.EncryptAsync(path, passphrase).ConfigureAwait(false);
        return path;
    }
}
