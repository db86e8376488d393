using System.Globalization;
using Volley.Ssh;
using Volley.Ssh.Blocking;

namespace Volley.Transports.Native;

/// <summary>The time that connecting to a host may take, and what happens when it is over.</summary>
/// <param name="limit">Infinite for none.</param>
/// <param name="time">The clock.</param>
internal sealed class ConnectLimit(TimeSpan limit, TimeProvider time)
{
    /// <summary>The limit itself.</summary>
    public TimeSpan Length => limit;

    /// <summary>Does something within the limit.</summary>
    /// <exception cref="TransportException">It took too long.</exception>
    /// <exception cref="OperationCanceledException">The token fired.</exception>
    public async Task<T> RunAsync<T>(Func<CancellationToken, Task<T>> connect, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            return await connect(either.Token).ConfigureAwait(false);
        }
        catch (Exception given) when (given is OperationCanceledException or SshException or TransportException
            && timeout.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            var where = given is BlockedException blocked ? $": {blocked.What} takes too long" : "";
            throw new TransportException(
                NodeOutcome.ConnectTimedOut, string.Create(CultureInfo.InvariantCulture, $"not connected after {limit.TotalSeconds:0.###} s{where}"), given)
            {
                Retry = RetryAdvice.Worthwhile,
            };
        }
    }
}
