using System.Text;
using Volley.Interop.Text;
using Volley.Ssh.Config.Keywords;
using Volley.Ssh.Keys;
using Volley.Ssh.Keys.Files;
using Volley.Ssh.Wire;

namespace Volley.Ssh.HostKeys;

/// <summary>
/// The file that RevokedHostKeys names: public keys, one per line. As in ssh, a file that can't be read or parsed completely rejects every
/// host.
/// </summary>
internal sealed class RevokedKeys
{
    private readonly string _path;
    private readonly Dictionary<string, int> _lines = [];

    private RevokedKeys(string path) => _path = path;

    /// <summary>Reads a file.</summary>
    /// <exception cref="SshException">The file can't be read (<see cref="SshFailure.HostKeyRejected"/>).</exception>
    public static RevokedKeys Read(string path)
    {
        byte[] bytes;
        try
        {
            bytes = SystemFile.ReadAllBytes(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw Unreadable(path, failure.Message, failure);
        }

        if (KeyRevocationList.IsIn(bytes))
            throw Unreadable(path, "it is a KRL, which is not read here");
        var keys = new RevokedKeys(path);
        var number = 0;
        foreach (var line in Encoding.UTF8.GetString(bytes).Split('\n'))
            keys.Add(line.Trim(), ++number);
        return keys;
    }

    /// <summary>Returns the file and line that revoke a key; null if it is not revoked.</summary>
    /// <param name="blob">The key in SSH's encoding; for a certificate, the certified key.</param>
    public string? FindPlace(ReadOnlySpan<byte> blob) =>
        _lines.TryGetValue(Convert.ToBase64String(blob), out var number) ? $"{_path} line {number}" : null;

    private void Add(string line, int number)
    {
        if (line.Length == 0 || line[0] == '#')
            return;
        var blob = PublicKeyFile.Parse(line) ?? throw Unreadable(_path, $"line {number} is not a public key");
        try
        {
            // A certificate revokes the key that it certifies.
            var key = KeyTypes.IsCertificate(new SshReader(blob, "the key").ReadName()) ? KeyCertificate.Parse(blob).CertifiedBlob.ToArray() : blob;
            _lines.TryAdd(Convert.ToBase64String(key), number);
        }
        catch (SshException damaged)
        {
            throw Unreadable(_path, $"line {number}: {damaged.Message}", damaged);
        }
    }

    private static SshException Unreadable(string path, string why, Exception? inner = null) =>
        new(SshFailure.HostKeyRejected, $"RevokedHostKeys {path} can't be read, so no host key can be trusted: {why}", inner);
}
