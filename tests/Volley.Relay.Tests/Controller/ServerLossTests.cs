using Microsoft.Extensions.Logging.Abstractions;
using Volley.Testing;
using Xunit;

namespace Volley.Relay.Tests.Controller;

public class ServerLossTests
{
    public ServerLossTests() => Assert.SkipUnless(TestRun.HasFaults, "runs with ./test --faults, because it waits for limits");

    [Fact]
    public async Task AServerThatIsGoneForTheLeaseEndsTheRun()
    {
        await using var scene = await ControllerScene.StartAsync();
        await scene.AddRelayAsync(ControllerScene.Exec());
        var executor = await scene.OpenAsync(ControllerScene.Options() with { Lease = TimeSpan.FromSeconds(4) });
        var killed = false;
        var plan = ControllerScene.Plan(3, CommandJob.Shell("exec sleep 600")) with { MaxConcurrency = 1 };
        var execution = await ControllerScene.RunAsync(executor, plan, onEvent: async nodeEvent =>
        {
            if (nodeEvent is NodeStarted && !killed)
            {
                killed = true;
                await scene.Nats.KillAsync();
            }
        });
        Assert.Equal([NodeOutcome.ConnectionLost, NodeOutcome.ConnectFailed, NodeOutcome.ConnectFailed], execution.Outcomes);
        Assert.All(execution.Results, result => Assert.Equal("the NATS server has not answered for 4 s", result.Message));
        Assert.Equal([true, false, false], execution.Results.Select(result => result.MayStillRun));
        await executor.DisposeAsync();
    }

    [Fact]
    public async Task TheSecondStopEndsARunWhoseServerIsGone()
    {
        await using var scene = await ControllerScene.StartAsync();
        await scene.AddRelayAsync(ControllerScene.Exec());
        var executor = await scene.OpenAsync();
        using var control = new RunControl();
        var plan = ControllerScene.Plan(2, CommandJob.Shell("exec sleep 600")) with { MaxConcurrency = 1, StopGrace = TimeSpan.FromMinutes(10) };
        var stopped = 0L;
        var execution = await ControllerScene.RunAsync(executor, plan, control, async nodeEvent =>
        {
            if (nodeEvent is not NodeStarted)
                return;
            await scene.Nats.KillAsync();
            control.Stop(StopReason.Interrupt);
            control.StopNow();
            stopped = TimeProvider.System.GetTimestamp();
        });
        await executor.DisposeAsync();
        Assert.InRange(TimeProvider.System.GetElapsedTime(stopped), TimeSpan.Zero, TimeSpan.FromSeconds(10));
        Assert.Equal([(NodeOutcome.Canceled, true), (NodeOutcome.NotStarted, false)], execution.Results.Select(result => (result.Outcome, result.MayStillRun)));
    }

    [Fact]
    public async Task OneServerOfThreeMayDie()
    {
        var cluster = await NatsServer.StartClusterAsync();
        try
        {
            await using var server = await RelayServer.ConnectAsync(NatsServer.Options(cluster), NullLogger.Instance, TestContext.Current.CancellationToken);
            await server.EnsureSharedAsync(TestContext.Current.CancellationToken);
            await using var relay = await LiveRelay.StartAsync(server, NatsServer.Options(cluster), ControllerScene.Exec(), "r1", "web", 64);
            await using var executor = await RelayExecutor.OpenAsync(
                server, ControllerScene.Options(), NullLogger.Instance, cancellationToken: TestContext.Current.CancellationToken);
            foreach (var stream in new[] { "VOLLEY_WORK", "KV_volley-run-run1", "VOLLEY_RUN_run1" })
                Assert.Equal(3, (await server.JetStream.GetStreamAsync(stream, cancellationToken: TestContext.Current.CancellationToken)).Info.Config.NumReplicas);
            var killed = false;
            var plan = ControllerScene.Plan(60, CommandJob.Shell("sleep 0.1; echo out")) with { MaxConcurrency = 8 };
            var execution = await ControllerScene.RunAsync(executor, plan, onEvent: async nodeEvent =>
            {
                if (nodeEvent is NodeFinished && !killed)
                {
                    killed = true;
                    await cluster[0].KillAsync();
                }
            });
            Assert.All(execution.Results, result => Assert.True(result.Succeeded, result.Message));
            Assert.All(Enumerable.Range(0, 60), rank => Assert.Equal("out\n", execution.Text(rank)));
        }
        finally
        {
            foreach (var one in cluster)
                await one.DisposeAsync();
        }
    }

    [Fact]
    public async Task AShortPauseOfTheServerIsSurvived()
    {
        await using var scene = await ControllerScene.StartAsync();
        await scene.AddRelayAsync(ControllerScene.Exec());
        var executor = await scene.OpenAsync();
        var paused = false;
        var plan = ControllerScene.Plan(40, CommandJob.Shell("echo out")) with { MaxConcurrency = 4 };
        var execution = await ControllerScene.RunAsync(executor, plan, onEvent: async nodeEvent =>
        {
            if (nodeEvent is NodeFinished { Target.Index: > 8 } && !paused)
            {
                paused = true;
                scene.Nats.Pause();
                await Task.Delay(TimeSpan.FromSeconds(8), TestContext.Current.CancellationToken);
                scene.Nats.Resume();
            }
        });
        Assert.All(execution.Results, result => Assert.True(result.Succeeded, result.Message));
        Assert.All(Enumerable.Range(0, 40), rank => Assert.Equal("out\n", execution.Text(rank)));
    }

    [Fact]
    public async Task AServerThatRestartsWithItsFilesLosesNothing()
    {
        await using var scene = await ControllerScene.StartAsync();
        await using var server = await RelayServer.ConnectAsync(
            NatsServer.Options(scene.Nats) with { UsesMemory = false }, NullLogger.Instance, TestContext.Current.CancellationToken);
        await scene.AddRelayAsync(ControllerScene.Exec());
        await using var executor = await RelayExecutor.OpenAsync(
            server, ControllerScene.Options(), NullLogger.Instance, cancellationToken: TestContext.Current.CancellationToken);
        var restarted = false;
        var plan = ControllerScene.Plan(40, CommandJob.Shell("sleep 0.1; echo out")) with { MaxConcurrency = 8 };
        var execution = await ControllerScene.RunAsync(executor, plan, onEvent: async nodeEvent =>
        {
            if (nodeEvent is NodeFinished && !restarted)
            {
                restarted = true;
                await scene.Nats.KillAsync();
                await scene.Nats.RestartAsync();
            }
        });
        Assert.All(execution.Results, result => Assert.True(result.Succeeded, result.Message));
        Assert.All(Enumerable.Range(0, 40), rank => Assert.Equal("out\n", execution.Text(rank)));
    }
}
