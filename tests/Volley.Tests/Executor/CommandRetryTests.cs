using System.Text;
using Volley.Testing;
using Xunit;

namespace Volley.Tests.Executor;

public class CommandRetryTests
{
    private static readonly TimeSpan Delay = TimeSpan.FromSeconds(9);

    [Fact]
    public async Task AFailedCommandRunsAgainAndItsLastAttemptCounts()
    {
        var transport = Attempts(NodeScript.Prints("one", 3), NodeScript.Prints("two", 4), NodeScript.Prints("three"));
        var run = await Executions.RunAsync(transport, Plan(1, new CommandRetry(5) { Delay = TimeSpan.Zero }));
        Assert.Equal(
            [
                nameof(NodeConnecting),
                nameof(NodeStarted), nameof(NodeOutput), nameof(NodeRetrying),
                nameof(NodeStarted), nameof(NodeOutput), nameof(NodeRetrying),
                nameof(NodeStarted), nameof(NodeOutput), nameof(NodeFinished),
            ],
            run.Events.Select(nodeEvent => nodeEvent.GetType().Name));
        var retries = run.Events.OfType<NodeRetrying>().Select(retrying => (retrying.Result.ExitCode, retrying.Result.Retries, retrying.Result.StdoutBytes));
        Assert.Equal([(3, 0, 3), (4, 1, 3)], retries);
        var result = run.ResultOf(0);
        Assert.Equal((true, 2, 5L), (result.Succeeded, result.Retries, result.StdoutBytes));
        Assert.Equal("onetwothree", run.Text(0));
        Assert.Equal(0, run.Summary.ExitCode(ExitCodeStrategy.MainRank));
        Assert.Equal((3, 3), (transport.Connects, transport.SessionsDisposed));
    }

    [Fact]
    public async Task TheLimitIsTheNumberOfRetries()
    {
        var transport = new ScriptedTransport(NodeScript.Exits(7));
        var run = await Executions.RunAsync(transport, Plan(2, new CommandRetry(2) { Delay = TimeSpan.Zero }));
        Assert.All(run.Results, result => Assert.Equal((7, 2), (result.Code, result.Retries)));
        Assert.Equal(6, transport.Starts);
        Assert.Equal(new RunCounts(0, 0, 0, 2), run.Control.Counts);
    }

    [Fact]
    public async Task TheNextAttemptWaitsForTheDelay()
    {
        var clock = new TestClock();
        var transport = Attempts(clock, NodeScript.Exits(1), NodeScript.Exits(0));
        var running = Executions.RunAsync(transport, Plan(1, new CommandRetry(1) { Delay = Delay }), time: clock);
        await clock.TimerAsync(Delay);
        Assert.Equal(1, transport.Starts);
        clock.Advance(Delay);
        var run = await running;
        Assert.Equal((true, Delay), (run.ResultOf(0).Succeeded, run.ResultOf(0).Elapsed));
        Assert.Equal(Delay, run.Events.OfType<NodeRetrying>().Single().Delay);
    }

    [Fact]
    public async Task EachAttemptHasTheWholeTimeLimit()
    {
        var clock = new TestClock();
        var limit = TimeSpan.FromSeconds(13);
        var transport = Attempts(clock, NodeScript.Runs(), NodeScript.Runs(), NodeScript.Prints("done"));
        var plan = Plan(1, new CommandRetry(2) { Delay = TimeSpan.Zero }) with { CommandTimeout = limit };
        var running = Executions.RunAsync(transport, plan, time: clock);
        await clock.PassAsync(limit);
        await clock.PassAsync(limit);
        var run = await running;
        Assert.All(run.Events.OfType<NodeRetrying>(), retrying => Assert.Equal(NodeOutcome.CommandTimedOut, retrying.Result.Outcome));
        Assert.Equal((true, 2), (run.ResultOf(0).Succeeded, run.ResultOf(0).Retries));
        Assert.Equal(["TERM", "TERM"], transport.SignalsTo(0));
    }

    [Theory]
    [InlineData(StopReason.Interrupt, NodeOutcome.Canceled, 130)]
    [InlineData(StopReason.Deadline, NodeOutcome.DeadlineExceeded, 124)]
    public async Task AStopEndsTheTimeBeforeARetry(StopReason reason, NodeOutcome outcome, int code)
    {
        var clock = new TestClock();
        var transport = new ScriptedTransport(NodeScript.Exits(3), clock);
        using var control = new RunControl();
        var running = Executions.RunAsync(transport, Plan(2, new CommandRetry(4) { Delay = Delay }) with { MaxConcurrency = 1 }, control, clock);
        await clock.TimerAsync(Delay);
        control.Stop(reason);
        var run = await running;
        Assert.Equal((outcome, code, "1 attempt failed, the last one with: exit 3"), (run.ResultOf(0).Outcome, run.ResultOf(0).Code, run.ResultOf(0).Message));
        Assert.Equal(NodeOutcome.NotStarted, run.ResultOf(1).Outcome);
        Assert.Equal(1, transport.Starts);
    }

    [Fact]
    public async Task ATargetThatIsCanceledWhileItRunsIsNotRetried()
    {
        var transport = new ScriptedTransport(NodeScript.Runs());
        using var control = new RunControl();
        var running = Executions.RunAsync(transport, Plan(1, new CommandRetry(4)), control);
        await transport.StartsAsync(1);
        control.Cancel(Executions.Targets(1)[0]);
        Assert.Equal(NodeOutcome.Canceled, (await running).ResultOf(0).Outcome);
        Assert.Equal(1, transport.Starts);
    }

    [Fact]
    public async Task ATargetThatIsCanceledBetweenAttemptsDoesNotRunAgain()
    {
        var transport = new ScriptedTransport(NodeScript.Exits(3));
        using var control = new RunControl();
        var run = await Executions.RunAsync(transport, Plan(1, new CommandRetry(1000)), control, onEvent: nodeEvent =>
        {
            if (nodeEvent is NodeRetrying)
                control.Cancel(nodeEvent.Target);
            return Task.CompletedTask;
        });
        Assert.Equal((NodeOutcome.Canceled, StopReason.Requested), (run.ResultOf(0).Outcome, run.ResultOf(0).Stop));
        Assert.True(transport.Starts <= 2);
    }

    [Fact]
    public async Task AFilterThatThrowsEndsItsTargetAlone()
    {
        var transport = new ScriptedTransport(target => target.Index == 0 ? NodeScript.Exits(3) : NodeScript.Exits(0));
        var run = await Executions.RunAsync(transport, Plan(2, new CommandRetry(3) { Filter = _ => throw new InvalidOperationException("a bug") }));
        Assert.Equal((NodeOutcome.Faulted, "InvalidOperationException: a bug"), (run.ResultOf(0).Outcome, run.ResultOf(0).Message));
        Assert.True(run.ResultOf(1).Succeeded);
    }

    [Fact]
    public async Task ACommandThatMayStillRunIsNeverRunAgain()
    {
        var clock = new TestClock();
        var limit = TimeSpan.FromSeconds(13);
        var transport = new ScriptedTransport(NodeScript.Runs().WithSignals(() => throw new NotSupportedException()), clock);
        var running = Executions.RunAsync(transport, Plan(1, new CommandRetry(3) { Delay = TimeSpan.Zero }) with { CommandTimeout = limit }, time: clock);
        await clock.PassAsync(limit);
        var result = (await running).ResultOf(0);
        Assert.Equal((NodeOutcome.CommandTimedOut, true, 0), (result.Outcome, result.MayStillRun, result.Retries));
        Assert.Equal(1, transport.Starts);
    }

    [Theory]
    [InlineData(NodeOutcome.ConnectFailed)]
    [InlineData(NodeOutcome.AuthenticationFailed)]
    [InlineData(NodeOutcome.HostKeyRejected)]
    public async Task AFailureToConnectIsNoFailureOfTheCommand(NodeOutcome outcome)
    {
        var transport = new ScriptedTransport(NodeScript.FailsToConnect(new TransportException(outcome, "no")));
        var run = await Executions.RunAsync(transport, Plan(1, new CommandRetry(3) { Delay = TimeSpan.Zero }));
        Assert.Equal((outcome, 0), (run.ResultOf(0).Outcome, run.ResultOf(0).Retries));
        Assert.Equal(1, transport.Connects);
    }

    [Fact]
    public async Task AFailureToConnectEndsTheRetries()
    {
        var transport = Attempts(NodeScript.Exits(3), NodeScript.FailsToConnect(new TransportException(NodeOutcome.ConnectFailed, "refused")));
        var result = (await Executions.RunAsync(transport, Plan(1, new CommandRetry(3) { Delay = TimeSpan.Zero }))).ResultOf(0);
        Assert.Equal((NodeOutcome.ConnectFailed, 1), (result.Outcome, result.Retries));
    }

    [Fact]
    public async Task TheOutputLimitIsForAllAttemptsAndEndsThem()
    {
        var transport = new ScriptedTransport(NodeScript.Prints("123456", 1));
        var run = await Executions.RunAsync(transport, Plan(1, new CommandRetry(9) { Delay = TimeSpan.Zero }) with { MaxOutput = 10 });
        Assert.Equal((NodeOutcome.OutputLimitReached, 1), (run.ResultOf(0).Outcome, run.ResultOf(0).Retries));
        Assert.Equal("1234561234", run.Text(0));
    }

    [Fact]
    public async Task TheFilterChooses()
    {
        var transport = Attempts(NodeScript.Exits(75), NodeScript.Exits(1), NodeScript.Exits(0));
        var retry = new CommandRetry(9) { Delay = TimeSpan.Zero, Filter = result => result.ExitCode == 75 };
        var result = (await Executions.RunAsync(transport, Plan(1, retry))).ResultOf(0);
        Assert.Equal((1, 1), (result.Code, result.Retries));
    }

    [Fact]
    public async Task CodesAndOutcomesChoose()
    {
        var retry = new CommandRetry(9) { Delay = TimeSpan.Zero, Codes = [75], Outcomes = [NodeOutcome.Signaled] };
        var signaled = new NodeScript
        {
            Command = process =>
            {
                process.Die("TERM");
                return Task.CompletedTask;
            },
        };
        var result = (await Executions.RunAsync(Attempts(NodeScript.Exits(75), signaled, NodeScript.Exits(1), NodeScript.Exits(0)), Plan(1, retry))).ResultOf(0);
        Assert.Equal((1, 2), (result.Code, result.Retries));
        // A filter sees only what they allow.
        var filtered = retry with { Filter = attempt => attempt.Outcome == NodeOutcome.Exited ? true : throw new InvalidOperationException("not one of the codes") };
        result = (await Executions.RunAsync(Attempts(NodeScript.Exits(75), NodeScript.Exits(2), NodeScript.Exits(0)), Plan(1, filtered))).ResultOf(0);
        Assert.Equal((2, 1), (result.Code, result.Retries));
    }

    [Fact]
    public async Task FailFastLooksAtTheLastAttempt()
    {
        var succeeds = Attempts(NodeScript.Exits(1), NodeScript.Exits(0));
        var plan = Plan(1, new CommandRetry(1) { Delay = TimeSpan.Zero }) with { FailFast = true };
        Assert.Equal(StopReason.None, (await Executions.RunAsync(succeeds, plan)).Control.Reason);
        var fails = await Executions.RunAsync(new ScriptedTransport(NodeScript.Exits(1)), plan);
        Assert.Equal((StopReason.FailFast, 1), (fails.Control.Reason, fails.ResultOf(0).Retries));
    }

    [Fact]
    public async Task TheRetriesOfOtherTargetsEndWithFailFast()
    {
        var failed = new TaskCompletionSource();
        var transport = new ScriptedTransport(target => target.Index == 0 ? NodeScript.Exits(75) : NodeScript.Runs(failed.Task) with
        {
            Command = async process =>
            {
                await failed.Task.WaitAsync(process.Ended);
                process.Exit(1);
            },
        });
        var retry = new CommandRetry(9) { Delay = TimeSpan.FromDays(1), Filter = result => result.ExitCode == 75 };
        var run = await Executions.RunAsync(transport, Plan(2, retry) with { FailFast = true }, onEvent: nodeEvent =>
        {
            if (nodeEvent is NodeRetrying)
                failed.TrySetResult();
            return Task.CompletedTask;
        });
        Assert.Equal((NodeOutcome.Canceled, StopReason.FailFast), (run.ResultOf(0).Outcome, run.ResultOf(0).Stop));
        Assert.Equal(1, run.ResultOf(1).Code);
    }

    [Fact]
    public async Task EachAttemptReadsTheWholeInput()
    {
        var path = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(path, "the input", TestContext.Current.CancellationToken);
            using var input = StandardInput.FromFile(path);
            var inputs = new List<string>();
            var transport = new ScriptedTransport(new NodeScript
            {
                Command = async process =>
                {
                    await process.ReadInputToEndAsync();
                    inputs.Add(Encoding.UTF8.GetString(process.Input));
                    process.Exit(inputs.Count < 3 ? 1 : 0);
                },
            });
            var job = CommandJob.Shell("cat") with { Input = input, Retry = new CommandRetry(5) { Delay = TimeSpan.Zero } };
            Assert.True((await Executions.RunAsync(transport, Executions.Plan(1, job))).ResultOf(0).Succeeded);
            Assert.Equal(["the input", "the input", "the input"], inputs);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void AnInputThatCanBeReadOnceIsRefused()
    {
        using var input = StandardInput.FromStream(Stream.Null);
        var job = CommandJob.Shell("cat") with { Input = input, Retry = new CommandRetry(1) };
        Assert.Throws<ArgumentException>("job", () => Executions.Plan(1, job));
        Assert.Throws<ArgumentException>("job", () => Executions.Plan(1) with { Job = job });
    }

    [Fact]
    public void TheValuesAreChecked()
    {
        Assert.Throws<ArgumentOutOfRangeException>("Limit", () => new CommandRetry(0));
        Assert.Throws<ArgumentOutOfRangeException>("Delay", () => new CommandRetry(1) { Delay = TimeSpan.FromSeconds(-1) });
    }

    [Fact]
    public async Task CollectedOutputAndLinesAreThoseOfTheAttempts()
    {
        var retry = new CommandRetry(1) { Delay = TimeSpan.Zero };
        var executor = new ParallelExecutor(Attempts(NodeScript.Prints("half", 1), NodeScript.Prints("whole\n")));
        var collected = Assert.Single(await executor.RunToEndAsync(Plan(1, retry), cancellationToken: TestContext.Current.CancellationToken));
        Assert.Equal(("whole\n", false), (collected.Stdout, collected.IsTruncated));

        var lines = new List<string>();
        executor = new ParallelExecutor(Attempts(NodeScript.Prints("half", 1), NodeScript.Prints("whole\n")));
        await foreach (var nodeEvent in executor.RunLinesAsync(Plan(1, retry)))
        {
            if (nodeEvent is NodeLine or NodeRetrying)
                lines.Add((nodeEvent as NodeLine)?.Text ?? "retrying");
        }

        Assert.Equal(["half", "retrying", "whole"], lines);
    }

    private static RunPlan Plan(int targets, CommandRetry retry) => Executions.Plan(targets, CommandJob.Shell("true") with { Retry = retry });

    private static ScriptedTransport Attempts(params NodeScript[] scripts) => Attempts(null, scripts);

    /// <summary>Returns a transport to one target whose connections have these scripts, one after the other.</summary>
    private static ScriptedTransport Attempts(TimeProvider? clock, params NodeScript[] scripts)
    {
        var queue = new Queue<NodeScript>(scripts);
        return new(_ => queue.Dequeue(), clock);
    }
}
