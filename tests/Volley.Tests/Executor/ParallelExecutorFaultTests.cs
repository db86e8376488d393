using Volley.Testing;
using Xunit;

namespace Volley.Tests.Executor;

/// <summary>Expected and unexpected failures of a transport: each ends one node only.</summary>
public class ParallelExecutorFaultTests
{
    private static readonly InvalidDataException Bug = new("a bug");

    public static TheoryData<string> Places => ["connect", "connect at once", "start", "start at once", "read", "wait", "wait at once", "write", "dispose", "dispose session"];

    [Theory]
    [MemberData(nameof(Places))]
    public async Task AnUnforeseenExceptionIsThatNodesEndAlone(string place)
    {
        var fine = NodeScript.Prints("fine");
        var faulty = place switch
        {
            "connect" => fine with { Connect = async (_, _) => { await Task.Yield(); throw Bug; } },
            "connect at once" => fine with { Connect = (_, _) => throw Bug },
            "start" => fine with { Start = async (_, _) => { await Task.Yield(); throw Bug; } },
            "start at once" => fine with { Start = (_, _) => throw Bug },
            "read" => fine with { ReadFailure = Bug },
            "wait" => fine with { Command = process => { process.Fail(Bug); return Task.CompletedTask; } },
            "wait at once" => fine with { WaitFailure = Bug },
            "write" => NodeScript.Runs() with { WriteFailure = Bug },
            "dispose" => fine with { DisposeFailure = Bug },
            _ => fine with { SessionDisposeFailure = Bug },
        };
        using var input = StandardInput.FromStream(new MemoryStream([1, 2, 3]));
        var transport = new ScriptedTransport(target => target.Index == 1 ? faulty : fine);
        var run = await Executions.RunAsync(transport, Executions.Plan(4, CommandJob.Shell("cat") with { Input = input }) with { MaxConcurrency = 2 });
        Assert.Equal([NodeOutcome.Exited, NodeOutcome.Faulted, NodeOutcome.Exited, NodeOutcome.Exited], run.Outcomes);
        Assert.Equal(("InvalidDataException: a bug", 255), (run.ResultOf(1).Message, run.ResultOf(1).Code));
        Assert.IsType<NodeFinished>(run.Of(1).Last());
        Assert.Equal(transport.Sessions, transport.SessionsDisposed);
        Assert.Equal(transport.Starts, transport.ProcessesDisposed);
    }

    [Fact]
    public async Task NothingFollowsANodesEndWhenTheWaitThrowsAtOnce()
    {
        // The reading went on beside the failure, and its output came after the node's last event.
        var gate = new TaskCompletionSource();
        var transport = new ScriptedTransport(target => target.Index == 0
            ? NodeScript.Prints("x") with
            {
                WaitFailure = Bug,
                Command = async process =>
                {
                    await gate.Task;
                    await process.PrintAsync("late");
                },
            }
            : NodeScript.Runs(gate.Task));
        var run = await Executions.RunAsync(transport, Executions.Plan(2), onEvent: e =>
        {
            if (e is NodeFinished { Target.Index: 0 })
                gate.TrySetResult();
            return Task.CompletedTask;
        });
        Assert.Equal(NodeOutcome.Faulted, run.ResultOf(0).Outcome);
        Assert.IsType<NodeFinished>(run.Of(0).Last());
    }

    [Theory]
    [InlineData(NodeOutcome.ConnectFailed)]
    [InlineData(NodeOutcome.NameNotResolved)]
    [InlineData(NodeOutcome.AuthenticationFailed)]
    [InlineData(NodeOutcome.HostKeyRejected)]
    [InlineData(NodeOutcome.ConnectTimedOut)]
    public async Task AFailedConnectionHasItsOutcomeAndMessage(NodeOutcome outcome)
    {
        var run = await Executions.RunAsync(
            new ScriptedTransport(NodeScript.FailsToConnect(new TransportException(outcome, "why"))), Executions.Plan(1));
        Assert.Equal((outcome, "why", 255, false), (run.ResultOf(0).Outcome, run.ResultOf(0).Message, run.ResultOf(0).Code, run.ResultOf(0).MayStillRun));
        Assert.Equal([typeof(NodeConnecting), typeof(NodeFinished)], run.Events.Select(e => e.GetType()));
    }

    [Fact]
    public async Task AConnectionThatIsLostKeepsTheOutputAndMayLeaveTheCommandRunning()
    {
        var script = new NodeScript
        {
            Command = async process =>
            {
                await process.PrintAsync("so far");
                process.Fail(new TransportException(NodeOutcome.ConnectionLost, "reset"));
            },
        };
        var run = await Executions.RunAsync(new ScriptedTransport(script), Executions.Plan(1));
        Assert.Equal("so far", run.Text(0));
        Assert.Equal((NodeOutcome.ConnectionLost, "reset", true), (run.ResultOf(0).Outcome, run.ResultOf(0).Message, run.ResultOf(0).MayStillRun));
    }

    [Fact]
    public async Task AFailedReadEndsTheCommand()
    {
        var transport = new ScriptedTransport(NodeScript.Runs() with
        {
            ReadFailure = new TransportException(NodeOutcome.ConnectionLost, "reset"),
        });
        var run = await Executions.RunAsync(transport, Executions.Plan(1));
        Assert.Equal(NodeOutcome.ConnectionLost, run.ResultOf(0).Outcome);
        Assert.Equal(["TERM"], transport.SignalsTo(0));
    }
}
