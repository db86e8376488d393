using System.Collections.Concurrent;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Volley.Tests;

/// <summary>A clock that does not advance by itself, and reports when a timer is set, so that a test can advance it then.</summary>
internal sealed class TestClock : FakeTimeProvider
{
    private readonly ConcurrentDictionary<TimeSpan, SemaphoreSlim> _timers = new();

    /// <summary>Waits for one more timer with this time to go, and lets the time pass.</summary>
    public async Task PassAsync(TimeSpan dueTime)
    {
        await TimerAsync(dueTime);
        Advance(dueTime);
    }

    /// <summary>Advances the clock whenever a timer with this due time is set, until a condition holds.</summary>
    public async Task PassUntilAsync(Task done, TimeSpan dueTime)
    {
        while (!done.IsCompleted)
        {
            await Task.WhenAny(done, Timers(dueTime).WaitAsync(Executions.Limit));
            Advance(dueTime);
        }
    }

    /// <summary>Waits for one more timer with this time to go.</summary>
    public async Task TimerAsync(TimeSpan dueTime)
    {
        if (!await Timers(dueTime).WaitAsync(Executions.Limit, TestContext.Current.CancellationToken))
            throw new TimeoutException($"nobody set a timer of {dueTime}");
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = base.CreateTimer(callback, state, dueTime, period);
        Timers(dueTime).Release();
        return timer;
    }

    private SemaphoreSlim Timers(TimeSpan dueTime) => _timers.GetOrAdd(dueTime, static _ => new SemaphoreSlim(0));
}
