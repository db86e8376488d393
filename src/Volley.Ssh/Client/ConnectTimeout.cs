using System.Globalization;
using Volley.Interop.Blocking;

namespace Volley.Ssh.Client;

/// <summary>Applies the connect timeout to an operation.</summary>
internal static class ConnectTimeout
{
    /// <summary>Returns the timeout as a timer accepts it: infinite if it is zero, or beyond the 49 days of a timer, because ssh accepts decades.</summary>
    public static TimeSpan Normalize(TimeSpan timeout) =>
        timeout <= TimeSpan.Zero || timeout.TotalMilliseconds >= uint.MaxValue ? Timeout.InfiniteTimeSpan : timeout;

    /// <summary>Runs an operation within a timeout.</summary>
    /// <exception cref="SshException">The operation failed, or the timeout has elapsed (<see cref="SshFailure.TimedOut"/>).</exception>
    /// <exception cref="OperationCanceledException">The token fired.</exception>
    public static async Task<T> RunAsync<T>(
        TimeSpan timeout, TimeProvider time, Func<CancellationToken, Task<T>> operation, CancellationToken cancellationToken)
    {
        using var timer = new CancellationTokenSource(timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellationToken);
        try
        {
            return await operation(either.Token).ConfigureAwait(false);
        }
        catch (Exception abandoned) when (abandoned is OperationCanceledException or SshException
            && timer.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            var what = abandoned is BlockedException blocked ? $": {blocked.What} takes too long" : "";
            throw new SshException(
                SshFailure.TimedOut, string.Create(CultureInfo.InvariantCulture, $"not connected after {timeout.TotalSeconds:0.###} s{what}"), abandoned);
        }
    }
}
