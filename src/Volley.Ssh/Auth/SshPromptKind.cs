namespace Volley.Ssh;

/// <summary>What a question asks for.</summary>
public enum SshPromptKind
{
    /// <summary>Anything else, such as a one-time code. The answer is for one login.</summary>
    Question,

    /// <summary>The password of the account.</summary>
    Password,

    /// <summary>A new password in place of one that has expired.</summary>
    NewPassword,

    /// <summary>The passphrase of a key file.</summary>
    Passphrase,

    /// <summary>Whether to accept an unknown host key: <c>yes</c>, or the key's fingerprint, accepts and records it.</summary>
    HostKey,
}
