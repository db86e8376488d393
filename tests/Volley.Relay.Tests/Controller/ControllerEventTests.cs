using System.Text;
using Xunit;

namespace Volley.Relay.Tests.Controller;

public class ControllerEventTests
{
    private static readonly NodeResult Done = new(NodeOutcome.Exited) { ExitCode = 0 };

    [Fact]
    public async Task RepeatedMessagesCountOnce()
    {
        await using var scene = await ControllerScene.StartAsync();
        var fake = await scene.AddFakeAsync();
        var executor = await scene.OpenAsync();
        var plan = ControllerScene.Plan(2);
        var running = ControllerScene.RunAsync(executor, plan);
        await fake.TakeAsync();
        foreach (var target in plan.Targets)
        {
            Assert.True(await fake.ClaimAsync(target.Index));
            var first = await fake.PublishAsync(new NodeConnecting(target), new NodeStarted(target), Output(target, "one"));
            await fake.PublishAsync(first);
            var second = await fake.PublishAsync(Output(target, "two"));
            await fake.PublishAsync(first);
            await fake.PublishAsync(second);
            Assert.True(await fake.EndAsync(target, Done with { StdoutBytes = 6 }));
            var end = await fake.PublishAsync(new NodeFinished(target, Done with { StdoutBytes = 6 }));
            await fake.PublishAsync(end);
        }

        var execution = await running;
        Assert.Equal(["onetwo", "onetwo"], [execution.Text(0), execution.Text(1)]);
        Assert.Equal([1, 1], plan.Targets.Select(target => execution.Events.Count(nodeEvent => nodeEvent is NodeStarted && nodeEvent.Target == target)));
        Assert.Equal(0, executor.MissingOutputBytes);
    }

    [Fact]
    public async Task WhatIsNoEventOfATargetIsIgnored()
    {
        await using var scene = await ControllerScene.StartAsync();
        var (fake, other) = (await scene.AddFakeAsync(), await scene.AddFakeAsync("other"));
        var executor = await scene.OpenAsync();
        var plan = ControllerScene.Plan(1);
        var running = ControllerScene.RunAsync(executor, plan);
        await fake.TakeAsync();
        Assert.True(await fake.ClaimAsync(0));
        await fake.PublishAsync(new NodeConnecting(plan.Targets[0]));
        await fake.PublishAsync("not json\n{}\n{\"seq\":-1}\n[]\n"u8.ToArray());
        await fake.PublishAsync(new BatchStarted(plan.Targets[0], new Batch(1, 1, plan.Targets, false)));
        await fake.PublishAsync(new NodeStarted(new RunPlan([.. plan.Targets, new Target("unknown")], plan.Job).Targets[1]));
        // Of a relay that has not claimed the target.
        await other.PublishAsync(Output(plan.Targets[0], "wrong"), new NodeFinished(plan.Targets[0], Done));
        await fake.PublishAsync(Output(plan.Targets[0], "right"));
        Assert.True(await fake.EndAsync(plan.Targets[0], Done));
        await fake.PublishAsync(new NodeFinished(plan.Targets[0], Done with { StdoutBytes = 5 }));
        var execution = await running;
        Assert.Equal([typeof(NodeConnecting), typeof(NodeOutput), typeof(NodeFinished)], execution.Events.Select(nodeEvent => nodeEvent.GetType()));
        Assert.Equal("right", execution.Text(0));
    }

    [Fact]
    public async Task ARefusalEndsItsTargets()
    {
        await using var scene = await ControllerScene.StartAsync();
        var fake = await scene.AddFakeAsync();
        var executor = await scene.OpenAsync();
        var running = ControllerScene.RunAsync(executor, ControllerScene.Plan(2));
        var item = await fake.TakeAsync();
        await fake.RefuseAsync(item.Ranks, "its signature is wrong");
        var execution = await running;
        Assert.All(execution.Results, result => Assert.Equal(
            (NodeOutcome.Refused, "its signature is wrong", "relay fake refuses the job: its signature is wrong"), (result.Outcome, result.Reason, result.Message)));
        Assert.False(await fake.ClaimAsync(0));
    }

    [Fact]
    public async Task CreditGrowsWithWhatWasHandedOnAndTheStreamIsPurged()
    {
        await using var scene = await ControllerScene.StartAsync();
        await scene.AddRelayAsync(ControllerScene.Exec());
        // Less than the command prints, and less than the credit.
        var executor = await scene.OpenAsync(ControllerScene.Options() with { StreamBytes = 24 * 1024 * 1024 });
        var bytes = 0L;
        var plan = ControllerScene.Plan(1, CommandJob.Shell("head -c 80000000 /dev/zero | tr '\\0' x"));
        await ReadAsync().WaitAsync(ControllerScene.Limit, TestContext.Current.CancellationToken);
        Assert.Equal((80_000_000, 0), (bytes, executor.MissingOutputBytes));

        async Task ReadAsync()
        {
            await foreach (var nodeEvent in executor.RunAsync(plan))
            {
                bytes += nodeEvent is NodeOutput output ? output.Data.Length : 0;
                if (nodeEvent is NodeFinished finished)
                    Assert.True(finished.Result.Succeeded, finished.Result.Message);
            }
        }
    }

    [Fact]
    public async Task ABlockedReaderBlocksTheCommand()
    {
        await using var scene = await ControllerScene.StartAsync();
        await scene.AddRelayAsync(ControllerScene.Exec());
        var executor = await scene.OpenAsync();
        using var directory = new ScratchDirectory();
        var progress = Path.Combine(directory.Path, "progress");
        // A megabyte a step, and a line for each in a file.
        var command = $"i=0; while [ $i -lt 120 ]; do head -c 1000000 /dev/zero | tr '\\0' x; i=$((i+1)); echo $i >> {progress}; done";
        var released = new TaskCompletionSource();
        var bytes = 0L;
        var running = ReadAsync();
        var steps = -1;
        for (var same = 0; same < 20;)
        {
            await Task.Delay(100, TestContext.Current.CancellationToken);
            var now = File.Exists(progress) ? File.ReadAllLines(progress).Length : 0;
            same = now == steps && now > 0 ? same + 1 : 0;
            steps = now;
        }

        // 16 MiB of credit, and some queues on the way.
        Assert.InRange(steps, 10, 60);
        released.SetResult();
        await running.WaitAsync(ControllerScene.Limit, TestContext.Current.CancellationToken);
        Assert.Equal(120_000_000, bytes);

        async Task ReadAsync()
        {
            await foreach (var nodeEvent in executor.RunAsync(ControllerScene.Plan(1, CommandJob.Shell(command))))
            {
                bytes += nodeEvent is NodeOutput output ? output.Data.Length : 0;
                if (nodeEvent is NodeOutput)
                    await released.Task;
            }
        }
    }

    [Fact]
    public async Task SecretsAreGivenForTargetsThatRun()
    {
        await using var scene = await ControllerScene.StartAsync();
        var fake = await scene.AddFakeAsync();
        var executor = await scene.OpenAsync(ControllerScene.Options() with { ElevationPassword = "word" });
        using var control = new RunControl();
        var job = CommandJob.Shell("true") with
        {
            Environment = System.Collections.Immutable.ImmutableDictionary<string, string>.Empty.Add("TOKEN", "hidden").Add("OPEN", "seen"),
            Secrets = ["TOKEN"],
        };
        var plan = ControllerScene.Plan(2, job) with { MaxConcurrency = 1 };
        var running = ControllerScene.RunAsync(executor, plan, control);
        await fake.TakeAsync();
        var reply = await fake.AskAsync([0, 1]);
        Assert.Equal([0], reply.Variables.Keys);
        Assert.Equal(new Dictionary<string, string> { ["TOKEN"] = "hidden" }, Assert.Single(reply.Variables[0]));
        Assert.Equal("word", reply.Password);
        Assert.Null((await fake.AskAsync([1])).Password);
        control.Stop(StopReason.Interrupt);
        await running;
    }

    private static NodeOutput Output(Target target, string text) => new(target, StreamKind.Stdout, Encoding.UTF8.GetBytes(text));
}
