using Microsoft.Extensions.Logging;

namespace Volley.Transports.Pacing;

/// <summary>The delays between retries: 0.5 s · 2^n up to a limit, times a random factor from 0.5 to 1.5 that spreads the load.</summary>
internal sealed partial class RetrySchedule(RetryLimits options, ILogger logger, TimeProvider time)
{
    private const int MostDoublings = 10;

    private static readonly TimeSpan First = TimeSpan.FromSeconds(0.5);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(15);

    /// <summary>The limit for a busy server, which accepts connections again as soon as one login is done.</summary>
    private static readonly TimeSpan LongestForBusy = TimeSpan.FromSeconds(1);

    /// <summary>Returns a random number from 0 to below 1. Tests replace it.</summary>
    internal Func<double> Jitter { get; init; } = Random.Shared.NextDouble;

    public RetryBudget NewBudget() => new() { Retries = options.Retries };

    /// <summary>Runs an attempt until it succeeds or a retry is not worthwhile.</summary>
    /// <exception cref="TransportException">The last attempt failed.</exception>
    public async ValueTask<T> RunAsync<T>(
        Target target, RetryBudget budget, Func<CancellationToken, ValueTask<T>> attempt, CancellationToken cancellationToken)
    {
        var (retries, drops) = (0, 0);
        string? lastDrop = null;
        var began = time.GetTimestamp();
        while (true)
        {
            TimeSpan delay;
            try
            {
                return await attempt(cancellationToken).ConfigureAwait(false);
            }
            catch (TransportException failure) when (!cancellationToken.IsCancellationRequested && failure.Retry != RetryAdvice.Never)
            {
                delay = Delay(drops, LongestForBusy);
                if (failure.Retry == RetryAdvice.ServerBusy && time.GetElapsedTime(began) + delay < options.BusyLimit)
                {
                    drops++;
                    lastDrop = failure.Message;
                    await LoggingThread.SwitchAsync(logger);
                    LogBusy(logger, failure, target.Label, delay.TotalSeconds, failure.Message);
                }
                else if (budget.Retries > 0)
                {
                    budget.Retries--;
                    (drops, began) = (0, time.GetTimestamp());
                    delay = Delay(retries++, Longest);
                    await LoggingThread.SwitchAsync(logger);
                    LogRetry(logger, failure, target.Label, delay.TotalSeconds, retries, retries + budget.Retries, failure.Message);
                }
                else
                {
                    // The last attempt timed out, which alone would hide that the server dropped the attempts before it.
                    throw failure.Outcome == NodeOutcome.ConnectTimedOut && lastDrop is not null
                        ? failure.Rephrased($"{failure.Message}, after attempts that ended with: {lastDrop}")
                        : failure;
                }
            }

            await Task.Delay(delay, time, cancellationToken).ConfigureAwait(false);
        }
    }

    private TimeSpan Delay(int doublings, TimeSpan longest)
    {
        var delay = First * Math.Pow(2, Math.Min(doublings, MostDoublings));
        return (delay < longest ? delay : longest) * (0.5 + Jitter());
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Node}: retry {Number} of {Most} in {Delay:0.0} s: {Reason}")]
    private static partial void LogRetry(ILogger logger, TransportException failure, string node, double delay, int number, int most, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Node}: the server is busy, retry in {Delay:0.0} s: {Reason}")]
    private static partial void LogBusy(ILogger logger, TransportException failure, string node, double delay, string reason);
}

/// <summary>The number of retries left to the targets that share a login.</summary>
internal sealed class RetryBudget
{
    public required int Retries { get; set; }
}
