using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Volley.Testing;
using Xunit;

namespace Volley.Relay.Tests.Controller;

/// <summary>A controller that dies, and one that takes over.</summary>
public class AttachTests
{
    public AttachTests() => Assert.SkipUnless(TestRun.HasFaults, "runs with ./test --faults, because it waits for limits");

    private static readonly NodeResult Done = new(NodeOutcome.Exited) { ExitCode = 0 };

    private static RelayRunOptions NoLease => ControllerScene.Options() with { Lease = null };

    [Fact]
    public async Task AnotherControllerFinishesTheRun()
    {
        await using var scene = await ControllerScene.StartAsync();
        await scene.AddRelayAsync(ControllerScene.Exec());
        using var directory = new ScratchDirectory();
        var gate = Path.Combine(directory.Path, "gate");
        var counts = Path.Combine(directory.Path, "counts");
        // Targets 0 and 1 end at once, 2 and 3 wait, and 4 to 7 are not started by the first controller.
        var job = CommandJob.Shell($"echo $RANK >> {counts}; echo before; if [ $RANK -gt 1 ]; then while [ ! -e {gate} ]; do sleep 0.05; done; fi; echo after; exit $RANK") with
        {
            TargetEnvironment = target => new Dictionary<string, string> { ["RANK"] = target.Host[1..] },
        };
        var plan = ControllerScene.Plan(8, job) with { MaxConcurrency = 2 };
        await DieAsync(scene, plan, events => events.Count(nodeEvent => nodeEvent is NodeFinished) == 2 && events.Count(nodeEvent => nodeEvent is NodeOutput) >= 4);

        var info = Assert.Single(await RelayRuns.ListAsync(scene.Server, TestContext.Current.CancellationToken));
        Assert.Equal(("run1", "tester@here", "uptime", 8), (info.Id, info.Controller, info.Title, info.Size));
        var attachment = await RelayExecutor.ReadAsync(scene.Server, "run1", TestContext.Current.CancellationToken);
        Assert.Equal([1, 2, 3], attachment.Entry.ToArray());
        var executor = await scene.OpenAsync(NoLease with { Attaches = true, Controller = "other@there" });
        File.WriteAllText(gate, "");
        var execution = await ControllerScene.RunAsync(executor, plan);
        Assert.Equal(Enumerable.Range(0, 8).Select(rank => (int?)rank), execution.Results.Select(result => result.ExitCode));
        // Each has run once.
        Assert.Equal(Enumerable.Range(0, 8).Select(rank => $"{rank}"), File.ReadAllLines(counts).Order());
        Assert.All(Enumerable.Range(2, 6), rank => Assert.Equal("before\nafter\n", execution.Text(rank)));
    }

    [Fact]
    public async Task EndingsStayAfterTheirOutputIsPurgedAndTheMissingIsCounted()
    {
        await using var scene = await ControllerScene.StartAsync();
        var fake = await scene.AddFakeAsync();
        var plan = ControllerScene.Plan(2);
        var serving = ServeAsync();
        await DieAsync(scene, plan, events => events.Count(nodeEvent => nodeEvent is NodeOutput) == 2);
        await serving;
        await fake.PurgeEventsAsync();
        await fake.PublishAsync(Output(plan.Targets[1], "kept"));
        Assert.True(await fake.EndAsync(plan.Targets[1], Done with { ExitCode = 4, StdoutBytes = 8 }));
        await fake.PublishAsync(new NodeFinished(plan.Targets[1], Done with { ExitCode = 4, StdoutBytes = 8 }));
        var executor = await scene.OpenAsync(NoLease with { Attaches = true });
        var execution = await ControllerScene.RunAsync(executor, plan);
        Assert.Equal([(3, true), (4, true)], execution.Results.Select(result => (result.ExitCode!.Value, result.OutputMayBeIncomplete)));
        Assert.Equal(["", "kept"], [execution.Text(0), execution.Text(1)]);
        Assert.Equal(8, executor.MissingOutputBytes);

        async Task ServeAsync()
        {
            await fake.TakeAsync();
            foreach (var target in plan.Targets)
            {
                Assert.True(await fake.ClaimAsync(target.Index));
                await fake.PublishAsync(new NodeConnecting(target), new NodeStarted(target), Output(target, "lost"));
            }

            // Its event does not come before the controller dies.
            Assert.True(await fake.EndAsync(plan.Targets[0], Done with { ExitCode = 3, StdoutBytes = 4 }));
        }
    }

    [Fact]
    public async Task ARunWithAControllerIsNotTaken()
    {
        await using var scene = await ControllerScene.StartAsync();
        await scene.OpenAsync();
        var failure = await Assert.ThrowsAsync<RelayException>(() => scene.OpenAsync(ControllerScene.Options() with { Attaches = true }));
        Assert.Contains("tester@here controls the run run1", failure.Message, StringComparison.Ordinal);
        Assert.Contains("there is a run run1 already", (await Assert.ThrowsAsync<RelayException>(() => scene.OpenAsync())).Message, StringComparison.Ordinal);
        failure = await Assert.ThrowsAsync<RelayException>(() => scene.OpenAsync(ControllerScene.Options("other") with { Attaches = true }));
        Assert.Contains("there is no run other", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AControllerThatWasReplacedEndsItsTargetsForItself()
    {
        await using var scene = await ControllerScene.StartAsync();
        var fake = await scene.AddFakeAsync();
        var executor = await scene.OpenAsync();
        var plan = ControllerScene.Plan(1);
        var running = ControllerScene.RunAsync(executor, plan);
        await fake.TakeAsync();
        Assert.True(await fake.ClaimAsync(0));
        await fake.TakeOverAsync();
        var result = (await running).Results[0];
        Assert.Equal((NodeOutcome.ConnectionLost, "another controller has taken over the run", true), (result.Outcome, result.Message, result.MayStillRun));
        // The target's ending is that of the other one.
        Assert.True(await fake.EndAsync(plan.Targets[0], Done));
        await executor.DisposeAsync();
        Assert.Single(await RelayRuns.ListAsync(scene.Server, TestContext.Current.CancellationToken));
    }

    /// <summary>Runs a plan with a controller whose connection is cut without a word, when the events are enough.</summary>
    private static async Task DieAsync(ControllerScene scene, RunPlan plan, Func<List<NodeEvent>, bool> isEnough)
    {
        var server = await scene.Nats.ConnectAsync();
        var executor = await RelayExecutor.OpenAsync(server, NoLease, NullLogger.Instance, cancellationToken: TestContext.Current.CancellationToken);
        var events = new List<NodeEvent>();
        var enumerator = executor.RunAsync(plan).GetAsyncEnumerator();
        while (!isEnough(events) && await enumerator.MoveNextAsync().AsTask().WaitAsync(ControllerScene.Limit))
            events.Add(enumerator.Current);
        await server.DisposeAsync();
    }

    private static NodeOutput Output(Target target, string text) => new(target, StreamKind.Stdout, Encoding.UTF8.GetBytes(text));
}
