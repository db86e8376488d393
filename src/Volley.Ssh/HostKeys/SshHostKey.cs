using Volley.Ssh.Keys;
using Volley.Ssh.Wire;

namespace Volley.Ssh;

/// <summary>A key of a host, which has proved that it owns the key.</summary>
public sealed class SshHostKey
{
    internal SshHostKey(byte[] blob, SshHostKeyStatus status, string? place)
    {
        (Blob, Status, Place) = (blob, status, place);
        KeyType = new SshReader(blob, "the host key").ReadName();
        Fingerprint = KeyTypes.Fingerprint(blob);
    }

    /// <summary>The type of the key, such as <c>ssh-ed25519</c>.</summary>
    public string KeyType { get; }

    /// <summary>The type of the key as ssh shows it to users: <c>ED25519</c>.</summary>
    public string DisplayType => KeyTypes.DisplayName(KeyType);

    /// <summary>The fingerprint as ssh shows it: <c>SHA256:</c> and 43 characters of base64.</summary>
    public string Fingerprint { get; }

    /// <summary>What the known hosts say about the key: changed if they have another one of its type.</summary>
    public SshHostKeyStatus Status { get; }

    /// <summary>The file and line of the known key, or of the one that differs; null for an unknown key.</summary>
    public string? Place { get; }

    internal byte[] Blob { get; }
}
