namespace Volley.Ssh;

/// <summary>The kinds of failure of a connection or channel.</summary>
public enum SshFailure
{
    /// <summary>The underlying stream ended or broke.</summary>
    ConnectionLost,

    /// <summary>The server closed the connection before it sent its version, as sshd does with too many logins in progress.</summary>
    ServerBusy,

    /// <summary>The peer does not speak SSH, or speaks an unsupported version of it.</summary>
    NotSsh,

    /// <summary>The peer sent SSH_MSG_DISCONNECT.</summary>
    Disconnected,

    /// <summary>The peer violated the protocol.</summary>
    ProtocolViolation,

    /// <summary>The peer does not answer.</summary>
    Unresponsive,

    /// <summary>The peer refused to open a channel.</summary>
    ChannelRefused,

    /// <summary>The peer refused a request on a channel.</summary>
    RequestRefused,

    /// <summary>The channel was closed.</summary>
    ChannelClosed,

    /// <summary>The server and the client have no algorithm in common. The message has both lists.</summary>
    NoCommonAlgorithm,

    /// <summary>The key exchange failed: the host did not prove that it owns its key, or sent an invalid value.</summary>
    KeyExchangeFailed,

    /// <summary>The host key is not the expected one, or is not accepted.</summary>
    HostKeyRejected,

    /// <summary>A public key is invalid, of an unsupported type, or too weak; or a private key is damaged or too weak.</summary>
    UnusableKey,

    /// <summary>A private key is of an unsupported type. Another program may be able to use it.</summary>
    UnsupportedKey,

    /// <summary>A message was damaged in transit: its MAC is wrong.</summary>
    Corrupted,

    /// <summary>The server accepted none of the user's credentials.</summary>
    AuthenticationFailed,

    /// <summary>The ssh configuration is invalid, or its jump hosts lead through themselves.</summary>
    InvalidConfiguration,

    /// <summary>The ssh configuration asks for a feature that is not supported. Another program may be able to connect.</summary>
    UnsupportedConfiguration,

    /// <summary>
    /// The name of the host could not be resolved. The inner exception is a <see cref="System.Net.Sockets.SocketException"/>, if there is one.
    /// </summary>
    NameNotResolved,

    /// <summary>No TCP connection could be made. The inner exception is a <see cref="System.Net.Sockets.SocketException"/>.</summary>
    ConnectFailed,

    /// <summary>The connect timeout has elapsed, or the TCP connection timed out.</summary>
    TimedOut,

    /// <summary>The output of a process is larger than <see cref="SshProcessOptions.MaxOutputLength"/>.</summary>
    OutputTooLarge,
}
