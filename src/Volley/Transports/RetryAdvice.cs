namespace Volley.Transports;

/// <summary>Whether connecting again could help after a failure.</summary>
public enum RetryAdvice
{
    /// <summary>No: it would fail the same way, or something has begun that must not begin twice.</summary>
    Never,

    /// <summary>It may: the server was not there, did not answer, or was lost before it had accepted us.</summary>
    Worthwhile,

    /// <summary>Soon: the server dropped the connection before a word was said, as one with too many logins under way does (MaxStartups in sshd_config(5)).</summary>
    ServerBusy,
}
