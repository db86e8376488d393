using Volley.Ssh.Keys;
using Volley.Ssh.Wire;

namespace Volley.Ssh;

/// <summary>The key of a host, to be accepted or rejected. The host has proved that it owns the key.</summary>
public sealed class SshHostKeyPrompt
{
    internal SshHostKeyPrompt(string host, int port, ReadOnlySpan<byte> key, SshHostKeyStatus status, IReadOnlyList<string> files)
    {
        (Host, Port, Status, Files) = (host, port, status, files);
        KeyType = new SshReader(key, "the host key").ReadName();
        Fingerprint = KeyTypes.Fingerprint(key);
    }

    /// <summary>The name or address of the host: HostName of ssh_config.</summary>
    public string Host { get; }

    /// <summary>The port.</summary>
    public int Port { get; }

    /// <summary>The type of the key, such as <c>ssh-ed25519</c>. For a certificate it is the type of the certified key.</summary>
    public string KeyType { get; }

    /// <summary>The fingerprint as ssh shows it: <c>SHA256:</c> and 43 characters of base64.</summary>
    public string Fingerprint { get; }

    /// <summary>What the known hosts say about the key.</summary>
    public SshHostKeyStatus Status { get; }

    /// <summary>
    /// The files that would record the key (UserKnownHostsFile); the first one is used. Empty if the key is known, or if it has changed: then the old
    /// key must be removed first (<c>ssh-keygen -R</c>).
    /// </summary>
    public IReadOnlyList<string> Files { get; }
}
