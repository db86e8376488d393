namespace Volley.Ssh;

/// <summary>The handling of unknown and changed host keys (StrictHostKeyChecking). A revoked key is always rejected.</summary>
public enum SshHostKeyPolicy
{
    /// <summary>
    /// Rejects an unknown and a changed key, unless <see cref="SshClientOptions.HostKeyCallback"/> accepts it. ssh's <c>ask</c>.
    /// </summary>
    Ask,

    /// <summary>Rejects an unknown and a changed key. ssh's <c>yes</c>.</summary>
    Strict,

    /// <summary>Records an unknown key, and rejects a changed one. ssh's <c>accept-new</c>.</summary>
    AcceptNew,

    /// <summary>Records an unknown key, and accepts a changed one, to which no password is sent. ssh's <c>no</c>.</summary>
    AcceptAny,
}
