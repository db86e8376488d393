namespace Volley.Ssh;

/// <summary>The decision about the key of a host.</summary>
public enum SshHostKeyDecision
{
    /// <summary>Rejects the key: the attempt to connect fails with <see cref="SshFailure.HostKeyRejected"/>.</summary>
    Reject,

    /// <summary>Accepts the key for this connection.</summary>
    AcceptOnce,

    /// <summary>
    /// Accepts the key, and records it in the first of <see cref="SshHostKeyPrompt.Files"/>. Like <see cref="AcceptOnce"/> if there is none.
    /// </summary>
    AcceptAndRecord,
}
