namespace Volley.Ssh;

/// <summary>The exception for an OpenSSH control socket that can't be used.</summary>
/// <param name="failure">The kind of failure.</param>
/// <param name="message">A message for the user.</param>
/// <param name="inner">The cause, or null.</param>
public sealed class MuxException(MuxFailure failure, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>The kind of failure.</summary>
    public MuxFailure Failure { get; } = failure;
}

/// <summary>The reasons why a control socket can't be used.</summary>
public enum MuxFailure
{
    /// <summary>There is no file of that name.</summary>
    NoSocket,

    /// <summary>The socket exists, but no process listens: its master is gone.</summary>
    Stale,

    /// <summary>The user has no permission to use the socket.</summary>
    NoAccess,

    /// <summary>The process that serves the socket belongs to another user, who is not root.</summary>
    OtherUser,

    /// <summary>The process that answers is not a supported control master.</summary>
    NotAMux,

    /// <summary>The master ended before it answered.</summary>
    Ended,

    /// <summary>The master did not answer in time.</summary>
    NoAnswer,

    /// <summary>The master refused the request. The message has its reason.</summary>
    Refused,
}
