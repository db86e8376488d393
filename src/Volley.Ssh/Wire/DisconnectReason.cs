namespace Volley.Ssh.Wire;

/// <summary>The reason codes of SSH_MSG_DISCONNECT (RFC 4253 section 11.1).</summary>
internal static class DisconnectReason
{
    public const uint ProtocolError = 2;
    public const uint KeyExchangeFailed = 3;
    public const uint MacError = 5;
    public const uint HostKeyNotVerifiable = 9;
    public const uint ByApplication = 11;
    public const uint NoMoreAuthMethods = 14;

    public static string Words(uint reason) => reason switch
    {
        1 => "host not allowed to connect",
        ProtocolError => "protocol error",
        KeyExchangeFailed => "key exchange failed",
        MacError => "MAC error",
        7 => "service not available",
        8 => "protocol version not supported",
        HostKeyNotVerifiable => "host key not verifiable",
        10 => "connection lost",
        ByApplication => "by application",
        12 => "too many connections",
        13 => "auth cancelled by user",
        NoMoreAuthMethods => "no more auth methods available",
        15 => "illegal user name",
        _ => $"reason {reason}",
    };

    /// <summary>Returns the reason code to send to a server after a failure.</summary>
    public static uint Of(SshFailure? failure) => failure switch
    {
        null or SshFailure.AuthenticationFailed => ByApplication,
        SshFailure.Corrupted => MacError,
        SshFailure.NoCommonAlgorithm or SshFailure.KeyExchangeFailed or SshFailure.UnusableKey => KeyExchangeFailed,
        SshFailure.HostKeyRejected => HostKeyNotVerifiable,
        SshFailure.ProtocolViolation or SshFailure.NotSsh => ProtocolError,
        _ => ByApplication,
    };
}
