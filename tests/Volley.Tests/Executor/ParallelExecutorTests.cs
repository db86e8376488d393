using System.Text;
using Volley.Testing;
using Xunit;

namespace Volley.Tests.Executor;

/// <summary>The event stream, the window, and what a command prints.</summary>
public class ParallelExecutorTests
{
    [Fact]
    public async Task TheLimitIsReachedAndNeverExceeded()
    {
        var gate = new TaskCompletionSource();
        var transport = new ScriptedTransport(NodeScript.Runs(gate.Task));
        var running = Executions.RunAsync(transport, Executions.Plan(50) with { MaxConcurrency = 7 });
        await transport.StartsAsync(7);
        gate.SetResult();
        await running;
        Assert.Equal(7, transport.MostAtOnce);
        Assert.Equal(50, transport.Connects);
    }

    [Fact]
    public async Task AQueuedTargetIsNotTouched()
    {
        var gate = new TaskCompletionSource();
        var transport = new ScriptedTransport(NodeScript.Connects(gate.Task));
        using var control = new RunControl();
        var running = Executions.RunAsync(transport, Executions.Plan(100) with { MaxConcurrency = 3 }, control);
        await transport.ConnectsAsync(3);
        Assert.Equal(3, transport.Connects);
        Assert.Equal(new RunCounts(3, 0, 97, 0), control.Counts);
        gate.SetResult();
        await running;
    }

    [Fact]
    public async Task EveryTargetConnectsStartsPrintsAndFinishes()
    {
        var run = await Executions.RunAsync(
            new ScriptedTransport(target => NodeScript.Prints($"I am {target.Name}", target.Index)), Executions.Plan(3));
        for (var i = 0; i < 3; i++)
        {
            Assert.Collection(run.Of(i),
                e => Assert.IsType<NodeConnecting>(e),
                e => Assert.IsType<NodeStarted>(e),
                e => Assert.IsType<NodeOutput>(e),
                e => Assert.Equal(i, Assert.IsType<NodeFinished>(e).Result.ExitCode));
            Assert.Equal($"I am h{i}", run.Text(i));
            Assert.Equal((i == 0, 7L), (run.ResultOf(i).IsMainRank, run.ResultOf(i).StdoutBytes));
        }

        Assert.Equal(StopReason.None, run.Control.Reason);
        Assert.Equal(new RunCounts(0, 1, 0, 2), run.Control.Counts);
    }

    [Fact]
    public async Task AnEmptyPlanHasNoEvents()
    {
        var run = await Executions.RunAsync(new ScriptedTransport(new NodeScript()), Executions.Plan(0));
        Assert.Empty(run.Events);
        Assert.Equal(StopReason.None, run.Control.Reason);
        Assert.Equal(1, run.Summary.ExitCode(ExitCodeStrategy.MainRank));
    }

    [Fact]
    public async Task ATargetThatIsListedTwiceRunsTwice()
    {
        var plan = new RunPlan([new("same"), new("same")], CommandJob.Shell("true"));
        var transport = new ScriptedTransport(NodeScript.Prints("once"));
        var run = await Executions.RunAsync(transport, plan);
        Assert.Equal([NodeOutcome.Exited, NodeOutcome.Exited], run.Outcomes);
        Assert.Equal(("once", "once"), (run.Text(0), run.Text(1)));
        Assert.Equal(2, transport.Starts);
    }

    [Fact]
    public async Task AHundredThousandTargetsRun()
    {
        var transport = new ScriptedTransport(NodeScript.Exits(0));
        using var control = new RunControl();
        var finished = 0;
        await ReadAsync().Within();
        Assert.Equal(100_000, finished);
        Assert.Equal(new RunCounts(0, 100_000, 0, 0), control.Counts);
        Assert.Equal(100_000, transport.SessionsDisposed);

        async Task ReadAsync()
        {
            var plan = Executions.Plan(100_000) with { MaxConcurrency = 100 };
            await foreach (var nodeEvent in new ParallelExecutor(transport).RunAsync(plan, control))
                finished += nodeEvent is NodeFinished { Result.Succeeded: true } ? 1 : 0;
        }
    }

    [Fact]
    public async Task ANormalEndIsNotMistakenForAReaderThatLeft()
    {
        // The end of the stream was seen before the last worker had quite returned, which was taken for an early leave.
        var transport = new ScriptedTransport(NodeScript.Exits(0));
        for (var i = 0; i < 2_000; i++)
        {
            var run = await Executions.RunAsync(transport, Executions.Plan(1));
            Assert.Equal(StopReason.None, run.Control.Reason);
        }
    }

    [Fact]
    public async Task TheCountsAddUpAtEveryEvent()
    {
        using var control = new RunControl();
        var sums = new HashSet<int>();
        await Executions.RunAsync(
            new ScriptedTransport(target => NodeScript.Exits(target.Index % 2)), Executions.Plan(500) with { MaxConcurrency = 20 }, control,
            onEvent: nodeEvent =>
            {
                var counts = control.Counts;
                sums.Add(counts.Running + counts.Completed + counts.Queued + counts.Failed);
                if (nodeEvent.Target.Index == 300)
                    control.Stop(StopReason.Interrupt);
                return Task.CompletedTask;
            });
        Assert.Equal([500], sums);
        Assert.Equal((0, 0), (control.Counts.Running, control.Counts.Queued));
    }

    [Fact]
    public async Task AControlServesOneRun()
    {
        using var control = new RunControl();
        var transport = new ScriptedTransport(new NodeScript());
        await Executions.RunAsync(transport, Executions.Plan(1), control);
        await Assert.ThrowsAsync<InvalidOperationException>(() => Executions.RunAsync(transport, Executions.Plan(1), control));
        Assert.Equal(StopReason.None, control.Reason);
    }

    [Fact]
    public async Task APingConnectsAndRunsNothing()
    {
        var transport = new ScriptedTransport(target => target.Index == 1
            ? new NodeScript { Ping = _ => Task.FromException(new TransportException(NodeOutcome.AuthenticationFailed, "no")) }
            : new NodeScript());
        var run = await Executions.RunAsync(transport, Executions.Plan(2, new PingJob()));
        Assert.Equal([NodeOutcome.Exited, NodeOutcome.AuthenticationFailed], run.Outcomes);
        Assert.True(run.ResultOf(0).Succeeded);
        Assert.Equal((0, 2), (transport.Starts, transport.SessionsDisposed));
        Assert.DoesNotContain(run.Events, e => e is NodeStarted);
    }

    [Fact]
    public async Task APingThatIgnoresItsTokenIsGivenUp()
    {
        var clock = new TestClock();
        var transport = new ScriptedTransport(new NodeScript { Ping = _ => new TaskCompletionSource().Task });
        var running = Executions.RunAsync(transport, Executions.Plan(1, new PingJob()) with { ConnectTimeout = TimeSpan.FromSeconds(7) }, time: clock);
        await clock.PassAsync(TimeSpan.FromSeconds(7));
        Assert.Equal(NodeOutcome.ConnectTimedOut, (await running).ResultOf(0).Outcome);
    }

    [Fact]
    public async Task StdoutAndStderrStayApart()
    {
        var script = new NodeScript
        {
            Command = async process =>
            {
                await process.PrintAsync("out1");
                await process.PrintAsync("error", StreamKind.Stderr);
                await process.PrintAsync("out2");
            },
        };
        var run = await Executions.RunAsync(new ScriptedTransport(script), Executions.Plan(1));
        Assert.Equal(("out1out2", "error"), (run.Text(0), run.Text(0, StreamKind.Stderr)));
        Assert.Equal((8L, 5L), (run.ResultOf(0).StdoutBytes, run.ResultOf(0).StderrBytes));
    }

    [Fact]
    public async Task AMegabyteArrivesUnchanged()
    {
        var data = new byte[1_000_003];
        new Random(1).NextBytes(data);
        var script = new NodeScript { Command = process => process.PrintAsync(data) };
        var run = await Executions.RunAsync(new ScriptedTransport(script), Executions.Plan(1));
        Assert.Equal(data, run.Events.OfType<NodeOutput>().SelectMany(o => o.Data.ToArray()).ToArray());
    }

    [Fact]
    public async Task StreamsThatEndBeforeTheCommandAreNoEnd()
    {
        var gate = new TaskCompletionSource();
        var script = new NodeScript
        {
            Command = async process =>
            {
                process.EndStreams();
                await gate.Task;
                process.Exit(4);
            },
        };
        var transport = new ScriptedTransport(script);
        using var control = new RunControl();
        var running = Executions.RunAsync(transport, Executions.Plan(1), control);
        await transport.StartsAsync(1);
        Assert.Equal(1, control.Counts.Running);
        gate.SetResult();
        Assert.Equal(4, (await running).ResultOf(0).ExitCode);
    }

    [Fact]
    public async Task ASignalThatEndedTheCommandIsNamed()
    {
        var script = new NodeScript
        {
            Command = process =>
            {
                process.Die("SEGV");
                return Task.CompletedTask;
            },
        };
        var run = await Executions.RunAsync(new ScriptedTransport(script), Executions.Plan(1));
        Assert.Equal((NodeOutcome.Signaled, "SEGV", 139), (run.ResultOf(0).Outcome, run.ResultOf(0).Signal, run.ResultOf(0).Code));
    }

    [Fact]
    public async Task WhatAFailedConnectionSaidOnStderrIsOutput()
    {
        var failure = new TransportException(NodeOutcome.ConnectFailed, "refused") { Stderr = Encoding.UTF8.GetBytes("a banner\n") };
        var run = await Executions.RunAsync(new ScriptedTransport(NodeScript.FailsToConnect(failure)), Executions.Plan(1));
        Assert.Equal("a banner\n", run.Text(0, StreamKind.Stderr));
        Assert.Equal((NodeOutcome.ConnectFailed, "refused", 9L), (run.ResultOf(0).Outcome, run.ResultOf(0).Message, run.ResultOf(0).StderrBytes));
        Assert.IsType<NodeFinished>(run.Events[^1]);
    }

    [Fact]
    public async Task ElapsedIsMeasuredByTheClock()
    {
        var clock = new TestClock();
        var gate = new TaskCompletionSource();
        var transport = new ScriptedTransport(NodeScript.Runs(gate.Task));
        var running = Executions.RunAsync(transport, Executions.Plan(1), time: clock);
        await transport.StartsAsync(1);
        clock.Advance(TimeSpan.FromSeconds(5));
        gate.SetResult();
        Assert.Equal(TimeSpan.FromSeconds(5), (await running).ResultOf(0).Elapsed);
    }
}
