namespace Volley.Ssh;

/// <summary>A connection or a channel ended, or was refused, and how.</summary>
/// <param name="failure">The kind of end.</param>
/// <param name="message">What happened, in words for the user.</param>
/// <param name="inner">What it came from.</param>
public sealed class SshException(SshFailure failure, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>The kind of end.</summary>
    public SshFailure Failure { get; } = failure;

    /// <summary>
    /// The peer's own number for its reason: of a refused channel (RFC 4254 section 5.1) or of a disconnect
    /// (RFC 4253 section 11.1); null elsewhere.
    /// </summary>
    public uint? ReasonCode { get; init; }

    /// <summary>The methods of authentication that the server would still take, if it has refused a login and said so; else null.</summary>
    public IReadOnlyList<string>? ServerMethods { get; init; }

    /// <summary>The same end once more: an exception that is thrown twice would mix up its stack traces.</summary>
    internal SshException Again() => new(Failure, Message, this) { ReasonCode = ReasonCode, ServerMethods = ServerMethods };

    internal static SshException Violation(string message) => new(SshFailure.ProtocolViolation, $"protocol error: {message}");
}
