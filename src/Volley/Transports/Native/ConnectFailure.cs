using System.Net.Sockets;
using Volley.Ssh;

namespace Volley.Transports.Native;

/// <summary>What a failure before the server has accepted us means for the node.</summary>
internal static class ConnectFailure
{
    /// <param name="failure">The failure.</param>
    /// <param name="isAuthenticating">Whether the host has proved who it is, and the login was under way.</param>
    /// <param name="troubles">What is wrong with the user's keys.</param>
    /// <param name="sshMayLogIn">Whether ssh could log in with a key or in a way that we lack.</param>
    /// <param name="banner">What the server wanted shown.</param>
    /// <param name="spent">How long connecting has taken.</param>
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
        // A server with too many logins under way drops the connection before it says a word, or at once after.
        SshFailure.ConnectionLost or SshFailure.Disconnected when isAuthenticating => RetryAdvice.Worthwhile,
        SshFailure.TurnedAway => RetryAdvice.ServerBusy,
        SshFailure.ConnectionLost when Reset(failure) is not null => RetryAdvice.ServerBusy,
        SshFailure.ConnectionLost or SshFailure.Disconnected => RetryAdvice.Worthwhile,
        SshFailure.ProtocolViolation when failure.InnerException is SshException { Failure: SshFailure.ConnectionLost or SshFailure.Disconnected } => RetryAdvice.Worthwhile,
        _ => RetryAdvice.Never,
    };

    /// <summary>
    /// Returns why ssh could do better. It could not where the host's key is refused or was not proved, and where it would meet the same: a server that
    /// turns us away or does not speak SSH, a connection that is lost.
    /// </summary>
    private static TransportLimit Limit(SshException failure, bool sshMayLogIn) => failure.Failure switch
    {
        SshFailure.NoCommonAlgorithm => TransportLimit.Algorithms,
        // ssh prefers other ciphers, which the server may have got right.
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
            // The same, seen by who was just sending: "Broken pipe".
            if (cause is SocketException { SocketErrorCode: SocketError.ConnectionReset or SocketError.Shutdown } reset)
                return reset;
        }

        return null;
    }
}
