namespace Volley.Ssh;

/// <summary>What the known hosts say about the key of a host.</summary>
public enum SshHostKeyStatus
{
    /// <summary>No key of the host is known.</summary>
    Unknown,

    /// <summary>The key, or the authority of its certificate, is known.</summary>
    Known,

    /// <summary>Other keys of the host are known: somebody may be intercepting the connection.</summary>
    Changed,
}
