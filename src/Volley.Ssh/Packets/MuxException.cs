namespace Volley.Ssh.Packets;

/// <summary>An OpenSSH control socket is of no use, and why.</summary>
/// <param name="failure">The kind of failure.</param>
/// <param name="message">What happened, in words for the user.</param>
/// <param name="inner">What it came from.</param>
public sealed class MuxException(MuxFailure failure, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>The kind of failure.</summary>
    public MuxFailure Failure { get; } = failure;
}

/// <summary>The ways in which a control socket can be of no use.</summary>
public enum MuxFailure
{
    /// <summary>There is nothing of that name.</summary>
    NoSocket,

    /// <summary>There is a socket, but nobody listens: its master is gone.</summary>
    Stale,

    /// <summary>The socket may not be used by this user.</summary>
    NoAccess,

    /// <summary>The process that serves the socket belongs to another user, who is not root.</summary>
    OtherUser,

    /// <summary>What answers is not a control master that we understand.</summary>
    NotAMux,

    /// <summary>The master ended while it was asked.</summary>
    Ended,

    /// <summary>The master does not answer in time.</summary>
    NoAnswer,

    /// <summary>The master refuses what was asked; the message holds its words.</summary>
    Refused,
}
