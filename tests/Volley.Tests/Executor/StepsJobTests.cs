using Volley.Testing;
using Xunit;

namespace Volley.Tests.Executor;

/// <summary>Several commands at each target, on the scripted transport. A command is <c>print TEXT</c>, <c>exit N</c> or <c>run</c>.</summary>
public class StepsJobTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(13);

    [Fact]
    public async Task EachStepBeginsWithItsNumberAndTheLastOneIsTheResult()
    {
        var transport = Transport();
        var run = await Executions.RunAsync(transport, Plan(1, "print one", "print two", "print three"));
        Assert.Equal(
            ["NodeConnecting", "NodeStarted 1", "one", "NodeStarted 2", "two", "NodeStarted 3", "three", "NodeFinished"],
            run.Events.Select(Describe));
        var result = run.ResultOf(0);
        Assert.Equal((true, 3, 11L, "exit 0"), (result.Succeeded, result.Step, result.StdoutBytes, result.Cause));
        Assert.Equal((1, 1, 3), (transport.Connects, transport.SessionsDisposed, transport.ProcessesDisposed));
        Assert.Equal(0, run.Summary.ExitCode(ExitCodeStrategy.RequireAllSuccess));
    }

    [Fact]
    public async Task TheFirstFailureEndsATargetAndTheOthersContinue()
    {
        var transport = Transport();
        var run = await Executions.RunAsync(transport, Plan(3, "print a", "fail h1 7", "exit 0", "fail h2 7"));
        Assert.Equal(["exit 0", "step 2: exit 7", "step 4: exit 7"], run.Results.Select(result => result.Cause));
        Assert.Equal([0, 7, 7], run.Results.Select(result => result.Code));
        Assert.Equal([4, 2, 4], run.Results.Select(result => result.Step ?? 0));
        Assert.Equal(["step 2: exit 7", "step 4: exit 7"], run.Summary.Failures().Select(group => group.Key));
        Assert.Equal([0, 7, 1], new[] { ExitCodeStrategy.MainRank, ExitCodeStrategy.AnyFailure, ExitCodeStrategy.CheckAllNodes }.Select(run.Summary.ExitCode));
        Assert.Equal(10, transport.Starts);
    }

    [Fact]
    public async Task ATargetThatIsNotReachedHasNoStep()
    {
        var transport = new ScriptedTransport(NodeScript.FailsToConnect(new TransportException(NodeOutcome.ConnectFailed, "refused")));
        var result = (await Executions.RunAsync(transport, Plan(1, "exit 0", "exit 0"))).ResultOf(0);
        Assert.Equal((null, "connect failed"), (result.Step, result.Cause));
    }

    [Fact]
    public async Task FailFastStopsTheStepsOfTheOthers()
    {
        var transport = Transport();
        var run = await Executions.RunAsync(transport, Plan(3, "exit 0", "fail h0 5", "run") with { FailFast = true, MaxConcurrency = 3 });
        Assert.Equal(StopReason.FailFast, run.Control.Reason);
        Assert.Equal(5, run.Summary.ExitCode(ExitCodeStrategy.MainRank));
        Assert.Equal(5, run.ResultOf(0).ExitCode);
        Assert.All(run.Results.Skip(1), result => Assert.Contains(result.Outcome, new[] { NodeOutcome.Canceled, NodeOutcome.NotStarted }));
    }

    [Fact]
    public async Task AStopEndsTheRunningStepAndBeginsNoOther()
    {
        var transport = Transport();
        using var control = new RunControl();
        var running = Executions.RunAsync(transport, Plan(1, "exit 0", "run", "exit 0"), control);
        await transport.StartsAsync(2);
        control.Stop(StopReason.Interrupt);
        var run = await running;
        Assert.Equal(("step 2: canceled", 130, 2), (run.ResultOf(0).Cause, run.ResultOf(0).Code, transport.Starts));
        Assert.Equal(["TERM"], transport.SignalsTo(0));
    }

    [Fact]
    public async Task EachStepHasTheWholeTimeLimit()
    {
        var clock = new TestClock();
        var gates = new[] { new TaskCompletionSource(), new TaskCompletionSource() };
        var starts = 0;
        var script = NodeScript.Exits(0) with
        {
            Command = process => Interlocked.Increment(ref starts) is <= 2 and var start ? gates[start - 1].Task : NodeScript.Runs().Command(process),
        };
        var transport = new ScriptedTransport(script, clock);
        var running = Executions.RunAsync(transport, Plan(1, "a", "b", "c") with { CommandTimeout = Limit }, time: clock);
        for (var step = 0; step < 2; step++)
        {
            await clock.TimerAsync(Limit);
            clock.Advance(Limit * 0.9);
            gates[step].SetResult();
            await transport.StartsAsync(step + 2);
        }

        await clock.PassAsync(Limit);
        var result = (await running).ResultOf(0);
        Assert.Equal((NodeOutcome.CommandTimedOut, 3, "step 3: timed out", 124), (result.Outcome, result.Step, result.Cause, result.Code));
    }

    [Fact]
    public async Task TheOutputLimitIsForAllStepsTogether()
    {
        var result = (await Executions.RunAsync(Transport(), Plan(1, "print 12345", "print 12345") with { MaxOutput = 8 })).ResultOf(0);
        Assert.Equal((NodeOutcome.OutputLimitReached, 2, 8L), (result.Outcome, result.Step, result.StdoutBytes));
    }

    [Fact]
    public async Task AnInputIsForItsStepAlone()
    {
        using var first = new MemoryStream("one"u8.ToArray());
        using var second = new MemoryStream("two"u8.ToArray());
        var steps = new StepsJob(
            CommandJob.Shell("exit 0") with { Input = StandardInput.FromStream(first) },
            CommandJob.Shell("exit 0"),
            CommandJob.Shell("fail h1 3"),
            CommandJob.Shell("exit 0") with { Input = StandardInput.FromStream(second) });
        var inputs = new List<string>();
        var transport = new ScriptedTransport(NodeScript.Exits(0) with
        {
            Command = async process =>
            {
                if (process.Command.Input is not null)
                {
                    await process.ReadInputToEndAsync();
                    lock (inputs)
                        inputs.Add($"{process.Target.Host} {System.Text.Encoding.UTF8.GetString(process.Input)}");
                }

                await RunAsync(process);
            },
        });
        var run = await Executions.RunAsync(transport, Executions.Plan(2, steps));
        Assert.Equal(["h0 one", "h0 two", "h1 one"], inputs.Order());
        Assert.Equal("step 3: exit 3", run.ResultOf(1).Cause);
    }

    [Fact]
    public async Task LinesOfTwoStepsAreNotJoined()
    {
        var lines = new List<string>();
        await foreach (var nodeEvent in new ParallelExecutor(Transport()).RunLinesAsync(Plan(1, "print half", "print whole")))
        {
            if (nodeEvent is NodeLine line)
                lines.Add(line.Text);
        }

        Assert.Equal(["half", "whole"], lines);
    }

    [Fact]
    public void StepsThatCannotRunAreRefused()
    {
        Assert.Throws<ArgumentException>(() => new StepsJob());
        Assert.Throws<ArgumentException>(() => new StepsJob(CommandJob.Shell("true"), null!));
        Assert.Throws<ArgumentException>(() => new StepsJob(CommandJob.Shell("true") with { Retry = new CommandRetry(1) }));
        Assert.Equal("a, then b", new StepsJob(CommandJob.Shell("a"), CommandJob.Shell("b")).Title);
    }

    private static RunPlan Plan(int targets, params string[] lines) => Executions.Plan(targets, new StepsJob(lines.Select(CommandJob.Shell)));

    private static ScriptedTransport Transport() => new(NodeScript.Exits(0) with { Command = RunAsync });

    private static async Task RunAsync(ScriptedProcess process)
    {
        switch (process.Command.CommandLine.Split(' '))
        {
            case ["print", var text]:
                await process.PrintAsync(text);
                break;
            case ["fail", var host, var code] when host == process.Target.Host:
                process.Exit(int.Parse(code, System.Globalization.CultureInfo.InvariantCulture));
                break;
            case ["run"]:
                await Task.Delay(Timeout.Infinite, process.Ended);
                break;
        }
    }

    private static string Describe(NodeEvent nodeEvent) => nodeEvent switch
    {
        NodeStarted { Step: { } step } => $"NodeStarted {step}",
        NodeOutput output => System.Text.Encoding.UTF8.GetString(output.Data.Span),
        _ => nodeEvent.GetType().Name,
    };
}
