using System.Net.Sockets;
using System.Text;
using Volley.Ssh;

namespace Volley.Transports;

/// <summary>Converts failures before the end of the login to failures of the transport.</summary>
internal static class ConnectFailure
{
    /// <summary>Returns the transport failure for an SSH failure.</summary>
    public static TransportException Convert(SshException failure) => new(Outcome(failure), Message(failure), failure)
    {
        Stderr = failure.Banner is { } banner ? Encoding.UTF8.GetBytes(banner) : default,
        Spent = failure.Elapsed,
        Retry = Retry(failure),
        Limit = Limit(failure),
        Remedy = failure.HasUnansweredPrompt ? Remedy.AnswerPrompts
            : failure.Failure == SshFailure.ConnectFailed && IsOutOfSockets(failure) ? Remedy.LowerConcurrency
            : Remedy.None,
    };

    private static NodeOutcome Outcome(SshException failure) => failure.Failure switch
    {
        SshFailure.HostKeyRejected => NodeOutcome.HostKeyRejected,
        SshFailure.AuthenticationFailed => NodeOutcome.AuthenticationFailed,
        SshFailure.NameNotResolved => NodeOutcome.NameNotResolved,
        SshFailure.TimedOut => NodeOutcome.ConnectTimedOut,
        _ => NodeOutcome.ConnectFailed,
    };

    private static string Message(SshException failure) => failure.Failure switch
    {
        SshFailure.ConnectionLost when Reset(failure) is { } reset => reset.Message,
        SshFailure.ConnectFailed when IsOutOfSockets(failure) => $"{failure.Message}; raise the limit of open files (ulimit -n)",
        _ => failure.Message,
    };

    private static RetryAdvice Retry(SshException failure) => failure.Failure switch
    {
        SshFailure.TimedOut => RetryAdvice.Worthwhile,
        SshFailure.ConnectFailed => IsOutOfSockets(failure) || IsUnreachable(failure) ? RetryAdvice.Worthwhile : RetryAdvice.Never,
        // A server with too many logins in progress drops the connection before it sends anything, or directly after.
        SshFailure.ConnectionLost or SshFailure.Disconnected when failure.IsAuthenticating => RetryAdvice.Worthwhile,
        SshFailure.ServerBusy => RetryAdvice.ServerBusy,
        SshFailure.ConnectionLost when Reset(failure) is not null => RetryAdvice.ServerBusy,
        SshFailure.ConnectionLost or SshFailure.Disconnected => RetryAdvice.Worthwhile,
        SshFailure.ProtocolViolation when IsAfterLoss(failure) => RetryAdvice.Worthwhile,
        _ => RetryAdvice.Never,
    };

    /// <summary>
    /// Returns why ssh could do better. It can't if the host key is rejected or was not proved, or if it would fail in the same way: the
    /// server rejects the connection or does not speak SSH, or the connection is lost.
    /// </summary>
    private static TransportLimit Limit(SshException failure) => failure.Failure switch
    {
        SshFailure.NoCommonAlgorithm => TransportLimit.Algorithms,
        // ssh prefers other ciphers, which the server may implement correctly.
        SshFailure.Corrupted => TransportLimit.Algorithms,
        SshFailure.UnusableKey => TransportLimit.HostKey,
        SshFailure.AuthenticationFailed when failure.OtherClientMayLogIn => TransportLimit.Identity,
        SshFailure.ProtocolViolation => TransportLimit.Protocol,
        _ => TransportLimit.None,
    };

    private static bool IsOutOfSockets(SshException failure) =>
        FindSocketError(failure, error => error is SocketError.TooManyOpenSockets or SocketError.NoBufferSpaceAvailable) is not null;

    private static bool IsUnreachable(SshException failure) => FindSocketError(
        failure,
        error => error is SocketError.ConnectionRefused or SocketError.HostUnreachable or SocketError.NetworkUnreachable
            or SocketError.ConnectionReset) is not null;

    /// <summary>Returns whether the server lost or ended the connection when it violated the protocol.</summary>
    private static bool IsAfterLoss(SshException failure)
    {
        for (var cause = failure.InnerException as SshException; cause is not null; cause = cause.InnerException as SshException)
        {
            if (cause.Failure is SshFailure.ConnectionLost or SshFailure.Disconnected)
                return true;
        }

        return false;
    }

    // The same event reported to a sender: "Broken pipe".
    private static SocketException? Reset(SshException failure) =>
        FindSocketError(failure, error => error is SocketError.ConnectionReset or SocketError.Shutdown);

    private static SocketException? FindSocketError(Exception failure, Func<SocketError, bool> isSought)
    {
        for (Exception? cause = failure; cause is not null; cause = cause.InnerException)
        {
            if (cause is SocketException socket && isSought(socket.SocketErrorCode))
                return socket;
        }

        return null;
    }
}
