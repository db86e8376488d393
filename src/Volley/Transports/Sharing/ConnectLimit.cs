using System.Globalization;
using Volley.Interop.Blocking;
using Volley.Ssh;

namespace Volley.Transports.Sharing;

/// <summary>The time limit of one step towards a running command: connecting, opening a session, starting the command.</summary>
/// <param name="limit">The limit; infinite for none.</param>
/// <param name="time">The clock.</param>
internal sealed class ConnectLimit(TimeSpan limit, TimeProvider time)
{
    /// <summary>Connects within the limit.</summary>
    /// <exception cref="TransportException">The limit elapsed. A retry may help.</exception>
    /// <exception cref="OperationCanceledException">The token fired.</exception>
    public Task<T> RunAsync<T>(Func<CancellationToken, Task<T>> connect, CancellationToken cancellationToken) =>
        RunAsync(connect, () => "not connected", RetryAdvice.Worthwhile, cancellationToken);

    /// <summary>Starts a command within the limit.</summary>
    /// <param name="start">Starts it.</param>
    /// <param name="isAsked">Whether the server has been asked for the command; until then it owes a terminal.</param>
    /// <param name="cancellationToken">Cancels the start.</param>
    /// <exception cref="TransportException">The limit elapsed. The command may have started, so it must not be retried.</exception>
    /// <exception cref="OperationCanceledException">The token fired.</exception>
    public Task<T> StartAsync<T>(Func<CancellationToken, Task<T>> start, Func<bool> isAsked, CancellationToken cancellationToken) => RunAsync(
        start,
        () => isAsked() ? "the server has not started the command" : "the server has not answered the request for a terminal",
        RetryAdvice.Never,
        cancellationToken);

    private async Task<T> RunAsync<T>(Func<CancellationToken, Task<T>> step, Func<string> what, RetryAdvice retry, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            return await step(either.Token).ConfigureAwait(false);
        }
        catch (Exception given) when (given is OperationCanceledException or SshException or TransportException
            && timeout.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            var where = given is BlockedException blocked ? $": {blocked.What} takes too long" : "";
            throw new TransportException(
                NodeOutcome.ConnectTimedOut, string.Create(CultureInfo.InvariantCulture, $"{what()} after {limit.TotalSeconds:0.###} s{where}"), given)
            {
                Retry = retry,
            };
        }
    }
}
