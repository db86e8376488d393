namespace Volley.Ssh;

/// <summary>A connection or a channel ended, or was refused, and how.</summary>
/// <param name="failure">The kind of end.</param>
/// <param name="message">What happened, in words for the user.</param>
/// <param name="inner">What it came from.</param>
public sealed class SshException(SshFailure failure, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>The kind of end.</summary>
    public SshFailure Failure { get; } = failure;
}

/// <summary>The ways in which a connection or a channel can end before its time.</summary>
public enum SshFailure
{
    /// <summary>The stream under the connection ended or broke.</summary>
    ConnectionLost,

    /// <summary>The peer sent SSH_MSG_DISCONNECT.</summary>
    Disconnected,

    /// <summary>The peer broke the protocol.</summary>
    ProtocolViolation,

    /// <summary>The peer does not answer.</summary>
    Unresponsive,

    /// <summary>The peer refused to open a channel.</summary>
    ChannelRefused,

    /// <summary>The peer refused a request on a channel.</summary>
    RequestRefused,

    /// <summary>The channel was closed.</summary>
    ChannelClosed,
}
