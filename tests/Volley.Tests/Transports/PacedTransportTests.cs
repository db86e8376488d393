using Microsoft.Extensions.Logging;
using Volley.Testing;
using Volley.Transports.Pacing;
using Xunit;

namespace Volley.Tests.Transports;

public class PacedTransportTests
{
    private static readonly Target Host = new("h");
    private static readonly TransportException Refused = new(NodeOutcome.ConnectFailed, "refused") { Retry = RetryAdvice.Worthwhile };
    private static readonly TransportException Busy = new(NodeOutcome.ConnectFailed, "busy") { Retry = RetryAdvice.ServerBusy };
    private static readonly TransportException Denied = new(NodeOutcome.AuthenticationFailed, "denied");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public async Task AFailureIsTriedAgainAsOftenAsAsked(int retries)
    {
        var inner = new ScriptedTransport(NodeScript.FailsToConnect(Refused));
        await using var transport = new PacedTransport(inner, retries, time: new RunningClock());
        var failure = await Assert.ThrowsAsync<TransportException>(async () => await transport.ConnectAsync(Host, Cancellation));
        Assert.Same(Refused, failure);
        Assert.Equal(retries + 1, inner.Connects);
    }

    [Fact]
    public async Task WhatWouldFailAgainIsNotTriedAgain()
    {
        var inner = new ScriptedTransport(NodeScript.FailsToConnect(Denied));
        await using var transport = new PacedTransport(inner, 3, time: new RunningClock());
        await Assert.ThrowsAsync<TransportException>(async () => await transport.ConnectAsync(Host, Cancellation));
        Assert.Equal(1, inner.Connects);
    }

    [Fact]
    public async Task DelaysDoubleAndHaveACapAndJitter()
    {
        var clock = new RunningClock();
        var failures = 0;
        var schedule = new RetrySchedule(new RetryLimits(8), Silence, clock) { Jitter = () => 0.5 };
        await Assert.ThrowsAsync<TransportException>(async () => await schedule.RunAsync<bool>(
            Host, schedule.NewBudget(), _ => throw (failures++ < 100 ? Refused : Denied), Cancellation));
        Assert.Equal([0.5, 1, 2, 4, 8, 15, 15, 15], clock.Delays.Select(delay => delay.TotalSeconds));

        foreach (var (jitter, first) in new[] { (0.0, 0.25), (0.9, 0.7) })
        {
            clock = new RunningClock();
            schedule = new RetrySchedule(new RetryLimits(1), Silence, clock) { Jitter = () => jitter };
            await Assert.ThrowsAsync<TransportException>(async () => await schedule.RunAsync<bool>(
                Host, schedule.NewBudget(), _ => throw Refused, Cancellation));
            Assert.Equal(first, clock.Delays.Single().TotalSeconds, 3);
        }
    }

    [Fact]
    public async Task ABusyServerIsTriedAgainUnaskedUntilTheLimitIsOver()
    {
        var clock = new RunningClock();
        var inner = new ScriptedTransport(NodeScript.FailsToConnect(Busy));
        await using var transport = new PacedTransport(inner, busyLimit: TimeSpan.FromSeconds(30), time: clock);
        await Assert.ThrowsAsync<TransportException>(async () => await transport.ConnectAsync(Host, Cancellation));
        Assert.InRange(inner.Connects, 20, 70);
        Assert.InRange(clock.Delays.Sum(delay => delay.TotalSeconds), 28, 30);
    }

    [Fact]
    public async Task OneLoginForSeveralTargetsHasOneNumberOfRetries()
    {
        // All of them must have come before the first attempt fails.
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var inner = new ScriptedTransport(new NodeScript
        {
            Connect = async (_, _) =>
            {
                await gate.Task;
                throw Refused;
            },
        });
        await using var transport = new PacedTransport(inner, 2, time: new RunningClock());
        var connecting = Enumerable.Range(0, 50).Select(i => transport.ConnectAsync(new Target("h"), Cancellation).AsTask()).ToList();
        gate.SetResult();
        foreach (var one in connecting)
            Assert.Equal("refused", (await Assert.ThrowsAsync<TransportException>(() => one)).Message);
        Assert.Equal(3, inner.Connects);
        // Later callers get one attempt, since the retries are used up.
        await Assert.ThrowsAsync<TransportException>(async () => await transport.ConnectAsync(Host, Cancellation));
        Assert.Equal(4, inner.Connects);
    }

    [Fact]
    public async Task WhoWaitsForALoginFailsWithItAndTriesNothing()
    {
        var gate = new TaskCompletionSource();
        var inner = new ScriptedTransport(new NodeScript
        {
            Connect = async (_, _) =>
            {
                await gate.Task;
                throw Refused;
            },
        });
        await using var transport = new PacedTransport(inner);
        var connecting = Enumerable.Range(0, 10).Select(i => transport.ConnectAsync(new Target("h"), Cancellation).AsTask()).ToList();
        gate.SetResult();
        foreach (var one in connecting)
            await Assert.ThrowsAsync<TransportException>(() => one);
        Assert.Equal(1, inner.Connects);
    }

    [Fact]
    public async Task AnotherTakesOverFromOneThatGivesUp()
    {
        using var giveUp = new CancellationTokenSource();
        var first = true;
        var inner = new ScriptedTransport(_ =>
        {
            var script = first ? NodeScript.Connects() : new NodeScript();
            first = false;
            return script;
        });
        await using var transport = new PacedTransport(inner);
        var one = transport.ConnectAsync(new Target("h"), giveUp.Token).AsTask();
        var other = transport.ConnectAsync(new Target("h"), Cancellation).AsTask();
        await giveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => one);
        await using var session = await other.WaitAsync(Executions.Limit, Cancellation);
        Assert.Equal(2, inner.Connects);
    }

    [Fact]
    public async Task AStartThatConnectsIsTriedAgainToo()
    {
        var attempts = 0;
        var inner = new ScriptedTransport(new NodeScript { Start = (_, _) => attempts++ < 2 ? throw Refused : Task.CompletedTask });
        await using var transport = new PacedTransport(inner, 2, time: new RunningClock());
        await using var session = await transport.ConnectAsync(Host, Cancellation);
        await using var process = await session.StartAsync(CommandJob.Shell("true"), Cancellation);
        Assert.Equal(3, attempts);
    }

    [Fact]
    public async Task TurnsAreEvenlySpaced()
    {
        var clock = new RunningClock();
        var pace = new ConnectionPace(4, clock);
        for (var i = 0; i < 5; i++)
            await pace.TurnAsync(Cancellation);
        Assert.Equal([0.25, 0.25, 0.25, 0.25], clock.Delays.Select(delay => delay.TotalSeconds));
    }

    private static ILogger Silence => Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance;

    /// <summary>A clock on which every wait is over at once, and the time has passed.</summary>
    private sealed class RunningClock : TimeProvider
    {
        private readonly Lock _lock = new();
        private TimeSpan _now;

        public List<TimeSpan> Delays { get; } = [];

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp()
        {
            lock (_lock)
                return _now.Ticks;
        }

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            lock (_lock)
            {
                Delays.Add(dueTime);
                _now += dueTime;
            }

            return System.CreateTimer(callback, state, TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        }
    }
}
