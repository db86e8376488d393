namespace Volley.Ssh;

/// <summary>The ways in which a connection or a channel can end before its time.</summary>
public enum SshFailure
{
    /// <summary>The stream under the connection ended or broke.</summary>
    ConnectionLost,

    /// <summary>The server closed the connection before it said who it is, as one does that has too many logins under way.</summary>
    TurnedAway,

    /// <summary>The peer does not speak SSH, or another version of it.</summary>
    NotSsh,

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

    /// <summary>The server and we have no algorithm in common; the message holds both lists.</summary>
    NoCommonAlgorithm,

    /// <summary>The key exchange went wrong: the host has not proved that it owns its key, or sent a value that is none.</summary>
    KeyExchangeFailed,

    /// <summary>The host's key is not the one that it must be.</summary>
    HostKeyRejected,

    /// <summary>A public key is none, or of a kind that is not served, or too weak; a private one is damaged or too weak.</summary>
    UnusableKey,

    /// <summary>A private key is of a kind that is not served: another program may be able to use it.</summary>
    UnservedKey,

    /// <summary>A message was damaged on its way: its MAC is wrong.</summary>
    Corrupted,

    /// <summary>The server accepts none of the user's credentials.</summary>
    AuthenticationFailed,
}
