using System.Text;
using Volley.Testing;
using Xunit;

namespace Volley.Tests.Executor;

/// <summary>The executor with another runner than that of transports.</summary>
public class TargetRunnerTests
{
    private static readonly NodeResult Done = new(NodeOutcome.Exited) { ExitCode = 0 };

    [Fact]
    public async Task EventsComeInOrderBetweenQueueAndEnd()
    {
        var runner = new ScriptedRunner(async turn =>
        {
            await turn.ReportAsync(new NodeConnecting(turn.Target));
            await turn.ReportAsync(new NodeStarted(turn.Target));
            await turn.ReportAsync(Output(turn.Target, "out"));
            return Done with { ExitCode = turn.Target.Index, Elapsed = TimeSpan.FromSeconds(3), StdoutBytes = 3, MayStillRun = true, Retries = 2 };
        });
        var execution = await RunAsync(runner, Executions.Plan(5) with { MaxConcurrency = 2, MainRank = 3 });
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal(
                [typeof(NodeConnecting), typeof(NodeStarted), typeof(NodeOutput), typeof(NodeFinished)], execution.Of(i).Select(nodeEvent => nodeEvent.GetType()));
            Assert.Equal(
                Done with { ExitCode = i, Elapsed = TimeSpan.FromSeconds(3), StdoutBytes = 3, MayStillRun = true, Retries = 2, IsMainRank = i == 3 },
                execution.ResultOf(i));
        }

        Assert.Equal((5, true), (runner.Runs, runner.IsDisposed));
        Assert.InRange(runner.MostAtOnce, 1, 2);
    }

    [Fact]
    public async Task AStopReachesEachRunningTargetWithItsReason()
    {
        var control = new RunControl();
        var runner = new ScriptedRunner(async turn =>
        {
            await turn.ReportAsync(new NodeStarted(turn.Target));
            await Task.Delay(Timeout.Infinite, turn.Stopping).ContinueWith(_ => { }, TaskScheduler.Default);
            return turn.Ending! with { MayStillRun = turn.Target.Index == 1 };
        });
        var started = 0;
        var execution = await RunAsync(runner, Executions.Plan(4) with { MaxConcurrency = 2 }, control, nodeEvent =>
        {
            if (nodeEvent is NodeStarted && ++started == 2)
                control.Stop(StopReason.Interrupt);
        });
        Assert.Equal([NodeOutcome.Canceled, NodeOutcome.Canceled, NodeOutcome.NotStarted, NodeOutcome.NotStarted], execution.Outcomes);
        Assert.All(execution.Results, result => Assert.Equal(StopReason.Interrupt, result.Stop));
        Assert.Equal([false, true, false, false], execution.Results.Select(result => result.MayStillRun));
    }

    [Fact]
    public async Task TheSecondStopHurriesAndASingleTargetIsCanceled()
    {
        var control = new RunControl();
        var plan = Executions.Plan(2);
        var runner = new ScriptedRunner(async turn =>
        {
            await turn.ReportAsync(new NodeStarted(turn.Target));
            var token = turn.Target.Index == 0 ? turn.Stopping : turn.Hurry;
            await Task.Delay(Timeout.Infinite, token).ContinueWith(_ => { }, TaskScheduler.Default);
            return turn.Ending ?? Done;
        });
        var execution = await RunAsync(runner, plan, control, nodeEvent =>
        {
            if (nodeEvent is NodeStarted { Target.Index: 0 })
                control.Cancel(plan.Targets[0]);
            else if (nodeEvent is NodeFinished { Target.Index: 0 })
                control.StopNow();
        });
        Assert.Equal([NodeOutcome.Canceled, NodeOutcome.Exited], execution.Outcomes);
    }

    [Fact]
    public async Task FailFastAndTheDeadlineOfTheRunHold()
    {
        var failing = new ScriptedRunner(turn => Task.FromResult(Done with { ExitCode = turn.Target.Index == 1 ? 7 : 0 }));
        var execution = await RunAsync(failing, Executions.Plan(4) with { MaxConcurrency = 1, FailFast = true });
        Assert.Equal([NodeOutcome.Exited, NodeOutcome.Exited, NodeOutcome.NotStarted, NodeOutcome.NotStarted], execution.Outcomes);
        Assert.Equal(7, execution.Summary.ExitCode(ExitCodeStrategy.MainRank));

        var waiting = new ScriptedRunner(turn => Task.Delay(Timeout.Infinite, turn.Stopping).ContinueWith(_ => turn.Ending!, TaskScheduler.Default));
        var limited = await RunAsync(waiting, Executions.Plan(2) with { MaxConcurrency = 1, Deadline = TimeSpan.FromMilliseconds(50) });
        Assert.Equal([NodeOutcome.DeadlineExceeded, NodeOutcome.NotStarted], limited.Outcomes);
    }

    [Fact]
    public async Task ExceptionsBecomeResults()
    {
        var runner = new ScriptedRunner(turn => turn.Target.Index switch
        {
            0 => throw new InvalidOperationException("a bug"),
            1 => throw new TransportException(NodeOutcome.ConnectionLost, "lost") { Reason = "why" },
            _ => Task.FromResult<NodeResult>(null!),
        });
        var results = (await RunAsync(runner, Executions.Plan(3))).Results;
        Assert.Equal((NodeOutcome.Faulted, "InvalidOperationException: a bug"), (results[0].Outcome, results[0].Message));
        Assert.Equal((NodeOutcome.ConnectionLost, "lost", "why"), (results[1].Outcome, results[1].Message, results[1].Reason));
        Assert.Equal(NodeOutcome.Faulted, results[2].Outcome);
    }

    [Fact]
    public async Task WhatIsReportedAfterTheEndIsDropped()
    {
        TargetTurn? kept = null;
        var runner = new ScriptedRunner(async turn =>
        {
            if (turn.Target.Index == 0)
                kept = turn;
            else
                await kept!.ReportAsync(Output(kept.Target, "late"));
            await Assert.ThrowsAsync<ArgumentException>(async () => await turn.ReportAsync(new NodeFinished(turn.Target, Done)));
            await Assert.ThrowsAsync<ArgumentException>(async () => await turn.ReportAsync(new NodeStarted(new Target("other"))));
            return Done;
        });
        var execution = await RunAsync(runner, Executions.Plan(2) with { MaxConcurrency = 1 });
        Assert.Equal(2, execution.Events.Count);
        Assert.All(execution.Results, result => Assert.True(result.Succeeded, result.Message));
    }

    [Fact]
    public async Task ASlowReaderHoldsTheRunnerBack()
    {
        const int Size = 1024 * 1024;
        var reported = 0;
        var held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var runner = new ScriptedRunner(async turn =>
        {
            for (var i = 0; i < 64; i++)
            {
                var report = turn.ReportAsync(new NodeOutput(turn.Target, StreamKind.Stdout, new byte[Size]));
                if (!report.IsCompleted)
                    held.TrySetResult();
                await report;
                Interlocked.Increment(ref reported);
            }

            return Done;
        });
        var bytes = 0L;
        await foreach (var nodeEvent in new ParallelExecutor((_, _) => runner).RunAsync(Executions.Plan(1)))
        {
            if (bytes == 0)
            {
                await held.Task.Within();
                Assert.InRange(Volatile.Read(ref reported), 1, 8);
            }

            bytes += nodeEvent is NodeOutput output ? output.Data.Length : 0;
        }

        Assert.Equal(64L * Size, bytes);
    }

    [Fact]
    public async Task LimitedOutputIsDropped()
    {
        var control = new RunControl();
        var plan = Executions.Plan(1);
        var runner = new ScriptedRunner(async turn =>
        {
            await turn.ReportAsync(Output(turn.Target, "kept"));
            await Task.Delay(Timeout.Infinite, turn.Stopping).ContinueWith(_ => { }, TaskScheduler.Default);
            await turn.ReportAsync(Output(turn.Target, "dropped"));
            return turn.Ending!;
        });
        var execution = await RunAsync(runner, plan, control, nodeEvent =>
        {
            if (nodeEvent is NodeOutput)
                control.LimitOutput(plan.Targets[0], "too much");
        });
        Assert.Equal(("kept", NodeOutcome.OutputLimitReached), (execution.Text(0), execution.ResultOf(0).Outcome));
    }

    [Fact]
    public async Task TheMedianLimitsTargetsThatHaveStarted()
    {
        var runner = new ScriptedRunner(async turn =>
        {
            await turn.ReportAsync(new NodeStarted(turn.Target));
            if (turn.Target.Index < 3)
                return Done;
            await Task.Delay(Timeout.Infinite, turn.Stopping).ContinueWith(_ => { }, TaskScheduler.Default);
            return turn.Ending!;
        });
        var execution = await RunAsync(runner, Executions.Plan(4) with { RelativeTimeout = 2 });
        Assert.Equal(NodeOutcome.RelativeTimedOut, execution.ResultOf(3).Outcome);
        Assert.Contains("the command ran longer than 1 s", execution.ResultOf(3).Message, StringComparison.Ordinal);
    }

    private static NodeOutput Output(Target target, string text) => new(target, StreamKind.Stdout, Encoding.UTF8.GetBytes(text));

    private static async Task<Execution> RunAsync(ScriptedRunner runner, RunPlan plan, RunControl? control = null, Action<NodeEvent>? onEvent = null)
    {
        control ??= new RunControl();
        var events = new List<NodeEvent>();
        await ReadAsync().Within();
        return new Execution(plan, control, events);

        async Task ReadAsync()
        {
            await foreach (var nodeEvent in new ParallelExecutor((_, _) => runner).RunAsync(plan, control))
            {
                events.Add(nodeEvent);
                onEvent?.Invoke(nodeEvent);
            }
        }
    }
}
