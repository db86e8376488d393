using Xunit;

namespace Volley.Relay.Tests.Controller;

/// <summary>A controller and relays in one process.</summary>
public class RelayExecutorTests
{
    [Fact]
    public async Task TargetsRunOnTheRelaysOfTheirQueue()
    {
        await using var scene = await ControllerScene.StartAsync();
        await scene.AddRelayAsync(ControllerScene.Exec(), "r1", "web");
        await scene.AddRelayAsync(ControllerScene.Exec(), "r2", "db");
        var executor = await scene.OpenAsync(ControllerScene.Options() with { Queue = target => RelayQueues.ForGroup(target.Index % 2 == 0 ? "web" : "db") });
        var plan = ControllerScene.Plan(100, CommandJob.Shell("printf out; printf err >&2; exit 3")) with { MaxConcurrency = 40, MainRank = 7 };
        var execution = await ControllerScene.RunAsync(executor, plan);
        Assert.All(execution.Results, result => Assert.Equal((NodeOutcome.Exited, 3, 3L, 3L), (result.Outcome, result.ExitCode, result.StdoutBytes, result.StderrBytes)));
        Assert.Equal([7], execution.Results.Index().Where(result => result.Item.IsMainRank).Select(result => result.Index));
        Assert.All(Enumerable.Range(0, 100), rank => Assert.Equal(6, execution.Text(rank).Length));
        Assert.Equal(0, executor.MissingOutputBytes);
    }

    [Fact]
    public async Task RoundsFollowOneAnother()
    {
        await using var scene = await ControllerScene.StartAsync();
        await scene.AddRelayAsync(ControllerScene.Exec());
        var executor = await scene.OpenAsync();
        for (var round = 0; round < 3; round++)
        {
            var execution = await ControllerScene.RunAsync(executor, ControllerScene.Plan(5, CommandJob.Shell($"echo {round}")));
            Assert.All(execution.Results, result => Assert.True(result.Succeeded, result.Message));
            Assert.Equal($"{round}\n", execution.Text(4));
        }
    }

    [Fact]
    public async Task NothingStartsWithoutARelayOfThisVersion()
    {
        await using var scene = await ControllerScene.StartAsync();
        var executor = await scene.OpenAsync();
        Assert.Equal(
            "no relay of group web is running: no relay is running there; start one, or name another group",
            (await Assert.ThrowsAsync<RelayException>(() => ControllerScene.RunAsync(executor, ControllerScene.Plan(1)))).Message);
        var fake = await scene.AddFakeAsync(group: "db");
        Assert.Contains("the relays there are fake", (await Assert.ThrowsAsync<RelayException>(() => executor.CheckAsync(ControllerScene.Plan(1)))).Message, StringComparison.Ordinal);
        await scene.AddRelayAsync(ControllerScene.Exec());
        await executor.CheckAsync(ControllerScene.Plan(1), TestContext.Current.CancellationToken);
        // A single one of another version would take targets that it can't run.
        await fake.PretendAsync(99);
        Assert.Contains("relay fake runs version 0.1", (await Assert.ThrowsAsync<RelayException>(() => executor.CheckAsync(ControllerScene.Plan(1)))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TwoControllersShareTheRelays()
    {
        await using var scene = await ControllerScene.StartAsync();
        await scene.AddRelayAsync(ControllerScene.Exec(), "r1");
        await scene.AddRelayAsync(ControllerScene.Exec(), "r2");
        var runs = await Task.WhenAll(Enumerable.Range(0, 2).Select(async number =>
        {
            var executor = await scene.OpenAsync(ControllerScene.Options($"run{number}"));
            return await ControllerScene.RunAsync(executor, ControllerScene.Plan(60, CommandJob.Shell($"echo {number}")) with { MaxConcurrency = 20 });
        }));
        for (var number = 0; number < 2; number++)
        {
            Assert.All(runs[number].Results, result => Assert.True(result.Succeeded, result.Message));
            Assert.All(Enumerable.Range(0, 60), rank => Assert.Equal($"{number}\n", runs[number].Text(rank)));
        }
    }

    [Fact]
    public async Task TheEndRemovesWhatTheRunStored()
    {
        await using var scene = await ControllerScene.StartAsync();
        await scene.AddRelayAsync(ControllerScene.Exec());
        var executor = await scene.OpenAsync();
        await ControllerScene.RunAsync(executor, ControllerScene.Plan(2, CommandJob.Shell("cat") with { Input = StandardInput.FromStream(new MemoryStream("in"u8.ToArray())) }));
        await executor.DisposeAsync();
        var streams = new List<string>();
        await foreach (var stream in scene.Server.JetStream.ListStreamNamesAsync(cancellationToken: TestContext.Current.CancellationToken))
            streams.Add(stream);
        Assert.Equal(["KV_volley-relays", "VOLLEY_WORK"], streams.Order());
    }
}
