using Xunit;

namespace Volley.Tests;

public class DeadlineTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(3);

    [Fact]
    public async Task ALimitFires()
    {
        var clock = new TestClock();
        using var deadline = new Deadline(clock);
        Assert.True(deadline.StartPhase(Limit));
        deadline.Arm();
        clock.Advance(Limit - TimeSpan.FromTicks(1));
        Assert.Equal(Deadline.Cause.None, deadline.FiredBy);
        deadline.ThrowIfFired();
        clock.Advance(TimeSpan.FromTicks(1));
        Assert.Equal(Deadline.Cause.TimedOut, deadline.FiredBy);
        Assert.True(deadline.Fired.IsCompletedSuccessfully);
        Assert.Throws<OperationCanceledException>(deadline.ThrowIfFired);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Task.Delay(Timeout.Infinite, deadline.Token).Within());
    }

    [Fact]
    public void APhaseReplacesTheLimitOfTheLastOne()
    {
        var clock = new TestClock();
        using var deadline = new Deadline(clock);
        deadline.StartPhase(Limit);
        deadline.Arm();
        deadline.StartPhase(2 * Limit);
        deadline.Arm();
        clock.Advance(Limit);
        Assert.Equal(Deadline.Cause.None, deadline.FiredBy);
        deadline.StartPhase(Timeout.InfiniteTimeSpan);
        clock.Advance(100 * Limit);
        Assert.Equal(Deadline.Cause.None, deadline.FiredBy);
    }

    [Fact]
    public void TheFirstCauseWins()
    {
        var clock = new TestClock();
        using var deadline = new Deadline(clock);
        deadline.Fire(Deadline.Cause.NodeCanceled);
        deadline.Fire(Deadline.Cause.RunStopped);
        Assert.False(deadline.StartPhase(Limit));
        clock.Advance(Limit);
        Assert.Equal(Deadline.Cause.NodeCanceled, deadline.FiredBy);
    }

    [Fact]
    public void ATimerThatIsUnderWayDoesNotCountForTheNextPhase()
    {
        // It ended a command by the limit of its connection.
        var clock = new CapturingClock();
        using var deadline = new Deadline(clock);
        deadline.StartPhase(Limit);
        deadline.Arm();
        var connectTimer = clock.Last!;
        Assert.True(deadline.StartPhase(2 * Limit));
        deadline.Arm();
        connectTimer();
        Assert.Equal(Deadline.Cause.None, deadline.FiredBy);
        clock.Last!();
        Assert.Equal(Deadline.Cause.TimedOut, deadline.FiredBy);
    }

    [Fact]
    public void ADisposedDeadlineDoesNotFire()
    {
        var deadline = new Deadline(TimeProvider.System);
        deadline.Dispose();
        deadline.Fire(Deadline.Cause.RunStopped);
        Assert.Equal(Deadline.Cause.None, deadline.FiredBy);
    }

    /// <summary>A clock whose timers go off when the test says so.</summary>
    private sealed class CapturingClock : TimeProvider
    {
        public Action? Last { get; private set; }

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Last = () => callback(state);
            return base.CreateTimer(static _ => { }, null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }
}
