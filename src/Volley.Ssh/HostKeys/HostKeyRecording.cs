namespace Volley.Ssh.HostKeys;

/// <summary>The recording of a new host key in a file of known hosts.</summary>
/// <param name="KeyType">The type of the key, such as <c>ssh-ed25519</c>.</param>
/// <param name="File">The file.</param>
/// <param name="Failure">Why the file could not be written; null if the key is recorded. The host is accepted all the same, as in ssh.</param>
public sealed record HostKeyRecording(string KeyType, string File, string? Failure);
