namespace Volley.Ssh;

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
