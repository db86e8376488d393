namespace Volley.Ssh;

/// <summary>
/// The exception of this library for a connection, channel or request that failed. <see cref="Failure"/> is the kind of failure, for code; the
/// message is for the user.
/// </summary>
public sealed class SshException : Exception
{
    /// <summary>Creates an exception.</summary>
    /// <param name="failure">The kind of failure.</param>
    /// <param name="message">A message for the user.</param>
    /// <param name="innerException">The cause; null for none.</param>
    public SshException(SshFailure failure, string message, Exception? innerException = null)
        : base(message, innerException) => Failure = failure;

    /// <summary>Creates a copy, because throwing one instance twice would mix up the stack traces.</summary>
    /// <param name="original">The failure, which becomes the inner exception.</param>
    /// <param name="message">The message of the copy; null for that of the original.</param>
    internal SshException(SshException original, string? message = null)
        : this(original.Failure, message ?? original.Message, original) =>
        (ReasonCode, ServerMethods, IsAuthenticating, OtherClientMayLogIn, HasUnansweredPrompt, Banner, Elapsed) =
        (original.ReasonCode, original.ServerMethods, original.IsAuthenticating, original.OtherClientMayLogIn, original.HasUnansweredPrompt,
            original.Banner, original.Elapsed);

    /// <summary>The kind of failure.</summary>
    public SshFailure Failure { get; }

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

    /// <summary>Whether a question stayed without an answer (<see cref="SshClientOptions.PromptCallback"/>); the message names it.</summary>
    public bool HasUnansweredPrompt { get; init; }

    /// <summary>The text that the server sent before <see cref="SshClient"/> failed to log in; null for none.</summary>
    public string? Banner { get; init; }

    /// <summary>How long <see cref="SshClient"/> had tried to connect.</summary>
    public TimeSpan Elapsed { get; init; }

    internal static SshException Violation(string message) => new(SshFailure.ProtocolViolation, $"protocol error: {message}");
}
