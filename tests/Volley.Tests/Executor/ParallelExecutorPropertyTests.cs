using CsCheck;
using Volley.Testing;
using Xunit;

namespace Volley.Tests.Executor;

/// <summary>The rules of the event stream, over random scripts that are stopped and cancelled at random places.</summary>
public class ParallelExecutorPropertyTests
{
    private enum Behaviour
    {
        Succeeds, Fails, Prints, Floods, Dies, Hangs, IgnoresTerm, CannotBeSignalled, ConnectFails, ConnectHangs, ConnectIgnores,
        ConnectFaults, StartFaults, ReadFaults, WaitFaults, DisposeFaults, Loses, Leaves,
    }

    private enum Disturbance
    {
        None, Stop, StopNow, Cancel, Token,
    }

    private sealed record Scenario(Behaviour[] Nodes, int Parallel, bool FailFast, Disturbance Disturbance, int AtEvent);

    private static readonly Gen<Scenario> Scenarios =
        from nodes in Gen.Enum<Behaviour>().Array[0, 25]
        from parallel in Gen.Int[1, 8]
        from failFast in Gen.Bool
        from disturbance in Gen.Enum<Disturbance>()
        from atEvent in Gen.Int[0, 40]
        select new Scenario(nodes, parallel, failFast, disturbance, atEvent);

    [Fact]
    public async Task EveryTargetHasOneEndAndItIsItsLastEvent() =>
        await Check.SampleAsync(Scenarios, async scenario =>
        {
            var transport = new ScriptedTransport(target => ScriptOf(scenario.Nodes[target.Index]));
            using var control = new RunControl();
            using var cancellation = new CancellationTokenSource();
            var plan = Executions.Plan(scenario.Nodes.Length) with
            {
                MaxConcurrency = scenario.Parallel,
                FailFast = scenario.FailFast,
                StopGrace = TimeSpan.FromMilliseconds(20),
                ConnectTimeout = TimeSpan.FromMilliseconds(60),
                CommandTimeout = TimeSpan.FromMilliseconds(60),
            };
            var seen = 0;
            var run = await Executions.RunAsync(transport, plan, control, cancellationToken: cancellation.Token, onEvent: async nodeEvent =>
            {
                var counts = control.Counts;
                Assert.Equal(plan.Targets.Length, counts.Running + counts.Completed + counts.Queued + counts.Failed);
                Assert.InRange(counts.Running, 0, plan.MaxConcurrency);
                if (seen++ == scenario.AtEvent)
                    await DisturbAsync(scenario.Disturbance, control, nodeEvent.Target, cancellation);
            });

            // An abandoned connect can continue for a while after its node's end.
            if (!scenario.Nodes.Any(n => n is Behaviour.ConnectHangs or Behaviour.ConnectIgnores))
                Assert.InRange(transport.MostAtOnce, 0, plan.MaxConcurrency);
            foreach (var target in plan.Targets)
                Assert.Matches("^C?(SO*)?O*F$", Grammar(run.Of(target.Index)));
            Assert.All(run.Results, r => Assert.Equal(r.Outcome is NodeOutcome.Canceled or NodeOutcome.NotStarted, r.Stop != StopReason.None));
            Assert.All(run.Results.Where(r => r.Outcome == NodeOutcome.NotStarted), r => Assert.Equal(TimeSpan.Zero, r.Elapsed));
            Assert.Equal(run.Results.Count(r => r.Succeeded), control.Counts.Completed);
            Assert.Equal(run.Results.Count(r => !r.Succeeded), control.Counts.Failed);
            Assert.Equal(transport.Starts, transport.ProcessesDisposed);
            foreach (var index in Enumerable.Range(0, plan.Targets.Length))
            {
                var outputs = run.Of(index).OfType<NodeOutput>().ToLookup(o => o.Stream, o => (long)o.Data.Length);
                Assert.Equal(run.ResultOf(index).StdoutBytes, outputs[StreamKind.Stdout].Sum());
                Assert.Equal(run.ResultOf(index).StderrBytes, outputs[StreamKind.Stderr].Sum());
            }
        }, iter: 150, threads: 2);

    private static async Task DisturbAsync(Disturbance disturbance, RunControl control, Target target, CancellationTokenSource cancellation)
    {
        switch (disturbance)
        {
            case Disturbance.Stop:
                control.Stop(StopReason.Terminate);
                break;
            case Disturbance.StopNow:
                control.Stop(StopReason.Interrupt);
                control.StopNow();
                break;
            case Disturbance.Cancel:
                control.Cancel(target);
                break;
            case Disturbance.Token:
                await cancellation.CancelAsync();
                break;
        }
    }

    private static string Grammar(IEnumerable<NodeEvent> events) => string.Concat(events.Select(e => e switch
    {
        NodeConnecting => 'C',
        NodeStarted => 'S',
        NodeOutput => 'O',
        _ => 'F',
    }));

    private static NodeScript ScriptOf(Behaviour behaviour) => behaviour switch
    {
        Behaviour.Fails => NodeScript.Exits(3),
        Behaviour.Prints => NodeScript.Prints("some text", 0, StreamKind.Stderr),
        Behaviour.Floods => new NodeScript { Command = process => process.PrintAsync(new byte[300_000]) },
        Behaviour.Dies => new NodeScript { Command = process => { process.Die("SEGV"); return Task.CompletedTask; } },
        Behaviour.Hangs => NodeScript.Runs(),
        Behaviour.IgnoresTerm => NodeScript.Runs().DyingAt("KILL"),
        Behaviour.CannotBeSignalled => NodeScript.Runs().WithSignals(() => throw new NotSupportedException()),
        Behaviour.ConnectFails => NodeScript.FailsToConnect(new TransportException(NodeOutcome.ConnectFailed, "no") { Stderr = new byte[] { 65 } }),
        Behaviour.ConnectHangs => NodeScript.Connects(),
        Behaviour.ConnectIgnores => NodeScript.Connects(null, ignoresItsToken: true),
        Behaviour.ConnectFaults => NodeScript.FailsToConnect(new InvalidDataException()),
        Behaviour.StartFaults => new NodeScript { Start = (_, _) => throw new InvalidDataException() },
        Behaviour.ReadFaults => NodeScript.Prints("x") with { ReadFailure = new InvalidDataException() },
        Behaviour.WaitFaults => NodeScript.Prints("x") with { WaitFailure = new InvalidDataException() },
        Behaviour.DisposeFaults => NodeScript.Prints("x") with { DisposeFailure = new InvalidDataException() },
        Behaviour.Loses => new NodeScript { Command = process => { process.Fail(new TransportException(NodeOutcome.ConnectionLost, "x")); return Task.CompletedTask; } },
        Behaviour.Leaves => new NodeScript { Command = async process => { process.HoldStreams(); await process.PrintAsync("x"); } },
        _ => NodeScript.Exits(0),
    };
}
