using System.Globalization;

namespace Volley.Interop.Blocking;

/// <summary>The time limit of one step of connecting.</summary>
/// <param name="limit">The limit; infinite for none.</param>
/// <param name="time">The clock.</param>
internal sealed class TimeLimit(TimeSpan limit, TimeProvider time)
{
    /// <summary>Returns a limit as a timer accepts it: infinite if it is zero, or beyond the 49 days of a timer, because ssh accepts decades.</summary>
    public static TimeSpan Normalize(TimeSpan limit) =>
        limit <= TimeSpan.Zero || limit.TotalMilliseconds >= uint.MaxValue ? Timeout.InfiniteTimeSpan : limit;

    /// <summary>Runs an operation within the limit.</summary>
    /// <param name="operation">The operation.</param>
    /// <param name="convert">
    /// Returns the exception to throw for a failure of the operation after the limit has elapsed, given the failure and the end of the message
    /// (<c> after 10 s</c>); null if the failure has another cause.
    /// </param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <exception cref="OperationCanceledException">The token fired.</exception>
    public Task<T> RunAsync<T>(
        Func<CancellationToken, Task<T>> operation, Func<Exception, string, Exception?> convert, CancellationToken cancellationToken) =>
        RunAsync((_, token) => operation(token), convert, cancellationToken);

    /// <summary>Runs an operation within the limit, which it can pause.</summary>
    /// <param name="operation">The operation, given the timer to pause.</param>
    /// <param name="convert">Returns the exception to throw, as above.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <exception cref="OperationCanceledException">The token fired.</exception>
    public async Task<T> RunAsync<T>(
        Func<LimitTimer, CancellationToken, Task<T>> operation, Func<Exception, string, Exception?> convert, CancellationToken cancellationToken)
    {
        using var timer = new LimitTimer(limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellationToken);
        try
        {
            return await operation(timer, either.Token).ConfigureAwait(false);
        }
        catch (Exception failure) when (timer.HasElapsed && !cancellationToken.IsCancellationRequested
            && convert(failure, Describe(failure)) is { } expired)
        {
            throw expired;
        }
    }

    /// <summary>Accesses files that the configuration names within the limit, on another thread, because a file system may hang.</summary>
    /// <param name="look">Accesses the files.</param>
    /// <param name="convert">Returns the exception to throw, as for an operation.</param>
    /// <param name="cancellationToken">Abandons the access.</param>
    /// <exception cref="OperationCanceledException">The token fired.</exception>
    public Task<T> LookAtFilesAsync<T>(Func<T> look, Func<Exception, string, Exception?> convert, CancellationToken cancellationToken) => RunAsync(
        token => BlockingWork.Files.RunAsync("looking at the files that ssh_config names", look, token), convert, cancellationToken);

    private string Describe(Exception failure)
    {
        var where = failure is BlockedException blocked ? $": {blocked.What} takes too long" : "";
        return string.Create(CultureInfo.InvariantCulture, $" after {limit.TotalSeconds:0.###} s{where}");
    }
}
