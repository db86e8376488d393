using Volley.Execution;
using Xunit;

namespace Volley.Tests.Executor;

public class DeadlineTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(3);

    private static readonly Phase Connecting = new(Limit, new NodeResult(NodeOutcome.ConnectTimedOut));
    private static readonly Phase Running = new(2 * Limit, new NodeResult(NodeOutcome.CommandTimedOut));
    private static readonly Phase Unlimited = Running with { Limit = Timeout.InfiniteTimeSpan };
    private static readonly NodeResult Canceled = new(NodeOutcome.Canceled) { Stop = StopReason.Requested };

    [Fact]
    public async Task ALimitFires()
    {
        var clock = new TestClock();
        using var deadline = new Deadline(clock);
        deadline.StartPhase(Connecting);
        deadline.Arm();
        clock.Advance(Limit - TimeSpan.FromTicks(1));
        Assert.Null(deadline.Ending);
        deadline.ThrowIfFired();
        clock.Advance(TimeSpan.FromTicks(1));
        Assert.Same(Connecting.Ending, deadline.Ending);
        Assert.True(deadline.Fired.IsCompletedSuccessfully);
        Assert.Throws<OperationCanceledException>(deadline.ThrowIfFired);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Task.Delay(Timeout.Infinite, deadline.Token).Within());
    }

    [Fact]
    public void APhaseReplacesTheLimitOfTheLastOne()
    {
        var clock = new TestClock();
        using var deadline = new Deadline(clock);
        deadline.StartPhase(Connecting);
        deadline.Arm();
        deadline.StartPhase(Running);
        deadline.Arm();
        clock.Advance(Limit);
        Assert.Null(deadline.Ending);
        deadline.StartPhase(Unlimited);
        clock.Advance(100 * Limit);
        Assert.Null(deadline.Ending);
    }

    [Fact]
    public void APhaseThatContinuesAnotherKeepsItsTime()
    {
        var clock = new TestClock();
        using var deadline = new Deadline(clock);
        deadline.StartPhase(Connecting);
        deadline.Arm();
        clock.Advance(Limit / 2);
        deadline.ContinuePhase(Running with { Limit = Limit });
        clock.Advance(Limit / 2);
        Assert.Same(Running.Ending, deadline.Ending);
    }

    [Fact]
    public void APausedPhaseHasItsWholeLimitAgain()
    {
        var clock = new TestClock();
        using var deadline = new Deadline(clock);
        deadline.StartPhase(Connecting);
        deadline.Arm();
        clock.Advance(Limit / 2);
        deadline.PausePhase();
        deadline.Arm();
        clock.Advance(100 * Limit);
        deadline.RestartPhase();
        deadline.Arm();
        clock.Advance(Limit - TimeSpan.FromTicks(1));
        Assert.Null(deadline.Ending);
        clock.Advance(TimeSpan.FromTicks(1));
        Assert.Same(Connecting.Ending, deadline.Ending);
    }

    [Fact]
    public void TheFirstCauseWins()
    {
        var clock = new TestClock();
        using var deadline = new Deadline(clock);
        deadline.Fire(Canceled);
        deadline.LimitOutput("too much");
        deadline.StartPhase(Connecting);
        deadline.Arm();
        clock.Advance(Limit);
        Assert.Same(Canceled, deadline.Ending);
        Assert.False(deadline.IsOutputLimitReached);
    }

    [Fact]
    public void ATimerThatIsUnderWayDoesNotCountForTheNextPhase()
    {
        // It ended a command by the limit of its connection.
        var clock = new CapturingClock();
        using var deadline = new Deadline(clock);
        deadline.StartPhase(Connecting);
        deadline.Arm();
        var connectTimer = clock.Last!;
        deadline.StartPhase(Running);
        deadline.Arm();
        connectTimer();
        Assert.Null(deadline.Ending);
        clock.Last!();
        Assert.Same(Running.Ending, deadline.Ending);
    }

    [Fact]
    public void ADisposedDeadlineDoesNotFire()
    {
        var deadline = new Deadline(TimeProvider.System);
        deadline.Dispose();
        deadline.Fire(Canceled);
        Assert.Null(deadline.Ending);
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
