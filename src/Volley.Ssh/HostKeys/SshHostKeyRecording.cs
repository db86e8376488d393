using Volley.Ssh.Keys;

namespace Volley.Ssh;

/// <summary>The result of recording a new host key in a known_hosts file.</summary>
/// <param name="KeyType">The type of the key, such as <c>ssh-ed25519</c>.</param>
/// <param name="File">The file.</param>
/// <param name="Failure">Why the file could not be written; null if the key is recorded. As in ssh, the host is accepted nevertheless.</param>
public sealed record SshHostKeyRecording(string KeyType, string File, string? Failure)
{
    /// <summary>The type of the key as ssh shows it to users: <c>ED25519</c>.</summary>
    public string DisplayType => KeyTypes.DisplayName(KeyType);
}
