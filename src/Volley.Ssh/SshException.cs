namespace Volley.Ssh;

/// <summary>The exception for a connection or channel that ended or was refused.</summary>
/// <param name="failure">The kind of failure.</param>
/// <param name="message">A message for the user.</param>
/// <param name="inner">The cause, or null.</param>
public sealed class SshException(SshFailure failure, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>The kind of failure.</summary>
    public SshFailure Failure { get; } = failure;

    /// <summary>
    /// The peer's reason code for a refused channel (RFC 4254 section 5.1) or a disconnect (RFC 4253 section 11.1); null for other
    /// failures.
    /// </summary>
    public uint? ReasonCode { get; init; }

    /// <summary>The authentication methods that the server would still accept after a refused login; null if unknown.</summary>
    public IReadOnlyList<string>? ServerMethods { get; init; }

    /// <summary>
    /// Whether <see cref="SshClient"/> had accepted the host key when it failed to connect, so that the login was in progress.
    /// </summary>
    public bool IsAuthenticating { get; init; }

    /// <summary>
    /// Whether OpenSSH could try a key or a login method that is not supported here, after the server refused the login of
    /// <see cref="SshClient"/>.
    /// </summary>
    public bool OtherClientMayLogIn { get; init; }

    /// <summary>The text that the server sent before <see cref="SshClient"/> failed to log in; null for none.</summary>
    public string? Banner { get; init; }

    /// <summary>How long <see cref="SshClient"/> had tried to connect.</summary>
    public TimeSpan Elapsed { get; init; }

    /// <summary>Returns a copy to throw, because throwing one instance twice would mix up the stack traces.</summary>
    internal SshException Copy() => WithMessage(Message);

    /// <summary>Returns the same failure with another message.</summary>
    internal SshException WithMessage(string message) => new(Failure, message, this)
    {
        ReasonCode = ReasonCode,
        ServerMethods = ServerMethods,
        IsAuthenticating = IsAuthenticating,
        OtherClientMayLogIn = OtherClientMayLogIn,
        Banner = Banner,
        Elapsed = Elapsed,
    };

    internal static SshException Violation(string message) => new(SshFailure.ProtocolViolation, $"protocol error: {message}");
}
