using System.Collections.Concurrent;
using CsCheck;
using Volley.Testing;
using Xunit;

namespace Volley.Tests.Executor;

/// <summary>Steps with a barrier: no target begins a step before all have ended the step before it.</summary>
public class StepBarrierTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(64)]
    public async Task AllTargetsEndAStepBeforeAnyBeginsTheNext(int window)
    {
        var log = new ConcurrentQueue<string>();
        var transport = Transport(log, _ => 0);
        var run = await Executions.RunAsync(transport, Plan(5, 3, window));
        Assert.All(run.Results, result => Assert.True(result.Succeeded));
        Assert.Equal((5, 5), (transport.Connects, transport.SessionsDisposed));
        AssertOrder([.. log]);
    }

    [Fact]
    public async Task ATargetThatHasFailedIsNotWaitedFor()
    {
        var log = new ConcurrentQueue<string>();
        var run = await Executions.RunAsync(Transport(log, command => command is "h1 1" or "h3 2" ? 9 : 0), Plan(4, 3, window: 2));
        Assert.Equal(["exit 0", "step 1: exit 9", "exit 0", "step 2: exit 9"], run.Results.Select(result => result.Cause));
        AssertOrder([.. log]);
    }

    [Fact]
    public async Task ATargetThatIsCanceledBeforeItStartsOrWhileItWaitsIsNotWaitedFor()
    {
        var gate = new TaskCompletionSource();
        var transport = new ScriptedTransport(target => target.Index == 3 ? NodeScript.Runs(gate.Task) : NodeScript.Exits(0));
        using var control = new RunControl();
        var plan = Plan(4, 2, window: 4);
        control.Cancel(plan.Targets[0]);
        var running = Executions.RunAsync(transport, plan, control);
        await transport.StartsAsync(3);
        control.Cancel(plan.Targets[1]);
        await transport.SessionsDisposedAsync(1);
        gate.SetResult();
        var run = await running;
        Assert.Equal([NodeOutcome.NotStarted, NodeOutcome.Canceled, NodeOutcome.Exited, NodeOutcome.Exited], run.Outcomes);
    }

    [Fact]
    public async Task AStopEndsTargetsThatWaitAndThoseInTheQueue()
    {
        var transport = new ScriptedTransport(target => target.Index < 2 ? NodeScript.Exits(0) : NodeScript.Runs());
        using var control = new RunControl();
        // Two end the first step, and their turns go to the next two.
        var running = Executions.RunAsync(transport, Plan(6, 2, window: 2), control);
        await transport.StartsAsync(4);
        control.Stop(StopReason.Interrupt);
        var run = await running;
        Assert.Equal([2, 2, 1, 1, 0, 0], run.Results.Select(result => result.Step ?? 0));
        Assert.All(run.Results, result => Assert.Equal(130, result.Code));
        Assert.Equal(NodeOutcome.NotStarted, run.ResultOf(5).Outcome);
        Assert.Equal(4, transport.Starts);
    }

    [Fact]
    public async Task TimeAtTheBarrierCountsForNoLimit()
    {
        var clock = new TestClock();
        var limit = TimeSpan.FromSeconds(13);
        var gate = new TaskCompletionSource();
        var transport = new ScriptedTransport(target => target.Index == 0 ? NodeScript.Exits(0) : NodeScript.Connects(gate.Task), clock);
        var plan = Plan(2, 2, window: 1) with { CommandTimeout = limit, IdleTimeout = limit, ConnectTimeout = Timeout.InfiniteTimeSpan };
        var running = Executions.RunAsync(transport, plan, time: clock);
        // The only turn is the second target's once the first one waits.
        await transport.ConnectsAsync(2);
        clock.Advance(limit * 10);
        gate.SetResult();
        Assert.All((await running).Results, result => Assert.True(result.Succeeded));
    }

    [Fact]
    public void OrderAndWindowHoldWhateverFails() =>
        Gen.Select(Gen.Int[1, 8], Gen.Int[1, 4], Gen.Int[1, 4], Gen.Int[0, 1000]).Sample((targets, steps, window, seed) =>
        {
            var log = new ConcurrentQueue<string>();
            int working = 0, most = 0;
            var transport = Transport(log, command => (StringComparer.Ordinal.GetHashCode(command) ^ seed) % 5 == 0 ? 1 : 0, () =>
            {
                lock (log)
                    most = Math.Max(most, ++working);
            }, () =>
            {
                lock (log)
                    working--;
            });
            var run = Executions.RunAsync(transport, Plan(targets, steps, window)).GetAwaiter().GetResult();
            AssertOrder([.. log]);
            Assert.InRange(most, 1, window);
            foreach (var result in run.Results)
                Assert.True(result.Succeeded ? result.Step == steps : result.ExitCode == 1);
        }, iter: 100);

    /// <summary>Checks that each step began after all of the step before it had ended.</summary>
    private static void AssertOrder(string[] log)
    {
        var steps = log.Select(line => int.Parse(line.Split(' ')[^1], System.Globalization.CultureInfo.InvariantCulture)).ToArray();
        Assert.Equal(steps.Order(), steps);
    }

    private static RunPlan Plan(int targets, int steps, int window) => Executions.Plan(
        targets, new StepsJob(Enumerable.Range(1, steps).Select(step => CommandJob.Shell($"{step}"))) { HasBarrier = true }) with
    {
        MaxConcurrency = window,
    };

    /// <summary>Returns a transport whose commands log their begin and their end, and exit with a code.</summary>
    private static ScriptedTransport Transport(ConcurrentQueue<string> log, Func<string, int> code, Action? begun = null, Action? ended = null) =>
        new(NodeScript.Exits(0) with
        {
            Command = async process =>
            {
                begun?.Invoke();
                var command = $"{process.Target.Host} {process.Command.CommandLine}";
                log.Enqueue($"begin {command}");
                await Task.Yield();
                log.Enqueue($"end {command}");
                ended?.Invoke();
                process.Exit(code(command));
            },
        });
}
