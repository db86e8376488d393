namespace Volley;

/// <summary>Whether a retry may help after a failure to connect.</summary>
public enum RetryAdvice
{
    /// <summary>No: the retry would fail in the same way, or would start something twice.</summary>
    Never,

    /// <summary>Yes: the server was unreachable, did not answer, or the connection was lost before the login succeeded.</summary>
    Worthwhile,

    /// <summary>
    /// Yes, and soon: the server dropped the connection before the protocol began. sshd does so while too many logins are in progress
    /// (MaxStartups in sshd_config(5)).
    /// </summary>
    ServerBusy,
}
