using System.Net.Sockets;
using Volley.Ssh;

namespace Volley.Transports.Native;

/// <summary>Converts failures before the end of the login to failures of the transport.</summary>
internal static class ConnectFailure
{
    /// <summary>Returns the transport failure for an SSH failure.</summary>
    /// <param name="failure">The failure.</param>
    /// <param name="isAuthenticating">Whether the host key was verified and the login was in progress.</param>
    /// <param name="troubles">The problems with the user's keys.</param>
    /// <param name="sshMayLogIn">Whether ssh could log in with a key or method that is not supported here.</param>
    /// <param name="banner">The server's banner.</param>
    /// <param name="spent">The time that connecting has taken.</param>
    public static TransportException Of(
        SshException failure, bool isAuthenticating, IReadOnlyList<string> troubles, bool sshMayLogIn, byte[] banner, TimeSpan spent) => new(
        Outcome(failure), Message(failure, troubles), failure)
        {
            Stderr = banner,
            Spent = spent,
            Retry = Retry(failure, isAuthenticating),
            Limit = Limit(failure, sshMayLogIn),
        };

    private static NodeOutcome Outcome(SshException failure) => failure.Failure switch
    {
        SshFailure.HostKeyRejected => NodeOutcome.HostKeyRejected,
        SshFailure.AuthenticationFailed => NodeOutcome.AuthenticationFailed,
        _ => NodeOutcome.ConnectFailed,
    };

    private static string Message(SshException failure, IReadOnlyList<string> troubles) => failure.Failure switch
    {
        SshFailure.AuthenticationFailed when troubles.Count > 0 => $"{failure.Message}; {string.Join("; ", troubles)}",
        SshFailure.ConnectionLost when Reset(failure) is { } reset => reset.Message,
        _ => failure.Message,
    };

    private static RetryAdvice Retry(SshException failure, bool isAuthenticating) => failure.Failure switch
    {
        // A server with too many logins in progress drops the connection before it sends anything, or directly after.
        SshFailure.ConnectionLost or SshFailure.Disconnected when isAuthenticating => RetryAdvice.Worthwhile,
        SshFailure.TurnedAway => RetryAdvice.ServerBusy,
        SshFailure.ConnectionLost when Reset(failure) is not null => RetryAdvice.ServerBusy,
        SshFailure.ConnectionLost or SshFailure.Disconnected => RetryAdvice.Worthwhile,
        SshFailure.ProtocolViolation when failure.InnerException is SshException { Failure: SshFailure.ConnectionLost or SshFailure.Disconnected } => RetryAdvice.Worthwhile,
        _ => RetryAdvice.Never,
    };

    /// <summary>
    /// Returns why ssh could do better. It can't if the host key is rejected or was not proved, or if it would fail in the same way: the
    /// server rejects the connection or does not speak SSH, or the connection is lost.
    /// </summary>
    private static TransportLimit Limit(SshException failure, bool sshMayLogIn) => failure.Failure switch
    {
        SshFailure.NoCommonAlgorithm => TransportLimit.Algorithms,
        // ssh prefers other ciphers, which the server may implement correctly.
        SshFailure.Corrupted => TransportLimit.Algorithms,
        SshFailure.UnusableKey => TransportLimit.HostKey,
        SshFailure.AuthenticationFailed when sshMayLogIn => TransportLimit.Identity,
        SshFailure.ProtocolViolation => TransportLimit.Protocol,
        _ => TransportLimit.None,
    };

    private static SocketException? Reset(Exception failure)
    {
        for (Exception? cause = failure; cause is not null; cause = cause.InnerException)
        {
            // The same event reported to a sender: "Broken pipe".
            if (cause is SocketException { SocketErrorCode: SocketError.ConnectionReset or SocketError.Shutdown } reset)
                return reset;
        }

        return null;
    }
}
