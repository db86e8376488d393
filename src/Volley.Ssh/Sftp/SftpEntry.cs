namespace Volley.Ssh;

/// <summary>An entry of a remote directory.</summary>
/// <param name="Name">The name in the directory: not empty, neither <c>.</c> nor <c>..</c>, and without a slash.</param>
/// <param name="Attributes">The attributes of the entry itself: a symbolic link is not followed.</param>
public sealed record SftpEntry(string Name, SftpAttributes Attributes);
