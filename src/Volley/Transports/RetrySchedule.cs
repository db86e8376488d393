using Microsoft.Extensions.Logging;
using Volley.Targets;

namespace Volley.Transports;

/// <summary>When something is tried again: after 0.5 s · 2^n, up to a cap, and half of it more or less, so that many do not come at once.</summary>
internal sealed partial class RetrySchedule(PacedTransportOptions options, ILogger logger, TimeProvider time)
{
    private const int MostDoublings = 10;

    private static readonly TimeSpan First = TimeSpan.FromSeconds(0.5);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(15);

    /// <summary>A busy server is free again as soon as one login is done.</summary>
    private static readonly TimeSpan LongestForBusy = TimeSpan.FromSeconds(1);

    /// <summary>From 0 to below 1; tests choose it.</summary>
    internal Func<double> Jitter { get; init; } = Random.Shared.NextDouble;

    public RetryBudget NewBudget() => new() { Retries = options.Retries };

    /// <summary>Does something until it succeeds or another try is not worth it.</summary>
    /// <exception cref="TransportException">The last try's failure.</exception>
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
                    LogBusy(logger, target.Label, delay.TotalSeconds, failure.Message);
                }
                else if (budget.Retries > 0)
                {
                    budget.Retries--;
                    (drops, began) = (0, time.GetTimestamp());
                    delay = Delay(retries++, Longest);
                    LogRetry(logger, target.Label, delay.TotalSeconds, retries, retries + budget.Retries, failure.Message);
                }
                else
                {
                    // The last attempt alone would say nothing about a server that dropped those before it.
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
    private static partial void LogRetry(ILogger logger, string node, double delay, int number, int most, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Node}: the server is busy, again in {Delay:0.0} s: {Reason}")]
    private static partial void LogBusy(ILogger logger, string node, double delay, string reason);
}

/// <summary>How many retries are left to those who share a login.</summary>
internal sealed class RetryBudget
{
    public required int Retries { get; set; }
}
