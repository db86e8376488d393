using Volley.Interop.Blocking;
using Volley.Ssh;

namespace Volley.Transports.Sharing;

/// <summary>The time limit of one step towards a running command: connecting, opening a session, starting the command.</summary>
/// <param name="limit">The limit; infinite for none.</param>
/// <param name="time">The clock.</param>
internal sealed class ConnectLimit(TimeSpan limit, TimeProvider time)
{
    private readonly TimeLimit _limit = new(limit, time);

    /// <summary>Connects within the limit.</summary>
    /// <exception cref="TransportException">The limit elapsed. A retry may help.</exception>
    /// <exception cref="OperationCanceledException">The token fired.</exception>
    public Task<T> RunAsync<T>(Func<CancellationToken, Task<T>> connect, CancellationToken cancellationToken) =>
        _limit.RunAsync(connect, NotConnected, cancellationToken);

    /// <summary>Accesses files that the configuration names within the limit.</summary>
    /// <inheritdoc cref="RunAsync"/>
    public Task<T> LookAtFilesAsync<T>(Func<T> look, CancellationToken cancellationToken) =>
        _limit.LookAtFilesAsync(look, NotConnected, cancellationToken);

    /// <summary>Starts a command within the limit.</summary>
    /// <param name="start">Starts it.</param>
    /// <param name="isAsked">Whether the server has been asked for the command; until then it owes a terminal.</param>
    /// <param name="cancellationToken">Cancels the start.</param>
    /// <exception cref="TransportException">The limit elapsed. The command may have started, so it must not be retried.</exception>
    /// <exception cref="OperationCanceledException">The token fired.</exception>
    public Task<T> StartAsync<T>(Func<CancellationToken, Task<T>> start, Func<bool> isAsked, CancellationToken cancellationToken) => _limit.RunAsync(
        start,
        (failure, after) => Convert(
            failure,
            isAsked() ? $"the server has not started the command{after}" : $"the server has not answered the request for a terminal{after}",
            RetryAdvice.Never),
        cancellationToken);

    private static TransportException? NotConnected(Exception failure, string after) => Convert(failure, $"not connected{after}", RetryAdvice.Worthwhile);

    private static TransportException? Convert(Exception failure, string message, RetryAdvice retry) =>
        failure is OperationCanceledException or SshException or TransportException
            ? new(NodeOutcome.ConnectTimedOut, message, failure) { Retry = retry }
            : null;
}
