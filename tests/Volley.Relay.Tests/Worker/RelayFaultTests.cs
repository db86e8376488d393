using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Volley.Relay.Wire;
using Volley.Relay.Worker;
using Volley.Testing;
using Xunit;

namespace Volley.Relay.Tests.Worker;

public class RelayFaultTests
{
    public RelayFaultTests() => Assert.SkipUnless(TestRun.HasFaults, "runs with ./test --faults, because it waits for limits");

    private static readonly string Line = new('x', 1023);

    private static RunPlan Plan(int targets, Job? job = null) =>
        new(Enumerable.Range(0, targets).Select(i => new Target($"h{i}")), job ?? CommandJob.Shell("true"));

    [Fact]
    public async Task ADrainedRelayEndsWhatRunsAndLeavesTheRestToOthers()
    {
        await using var nats = await NatsServer.StartAsync();
        await using var server = await nats.ConnectAsync();
        await using var controller = await WrittenController.StartAsync(server, Plan(4), TimeSpan.FromSeconds(60));
        var exit = new TaskCompletionSource();
        var script = NodeScript.Exits(0) with { Command = async process => { await exit.Task; process.Exit(0); } };
        await using var one = await TestRelay.StartAsync(nats, script, options => options with { Capacity = 2 });
        await controller.SendAsync(0, 1);
        await WrittenController.WaitAsync(() => one.Transport.Starts == 2);
        await controller.SendAsync(2, 3);
        one.Drain();
        await WrittenController.WaitAsync(async () => (await RelayDirectory.ListAsync(server)) is [{ IsDraining: true, Running: 2 }]);
        await using var two = await TestRelay.StartAsync(nats, NodeScript.Exits(0));
        Assert.Equal([2, 3], (await controller.WaitForFinishedAsync(2)).Order());
        Assert.False(one.Ended.IsCompleted);
        exit.SetResult();
        await one.Ended.WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Equal([0, 1, 2, 3], (await controller.WaitForFinishedAsync(4)).Order());
        Assert.Equal((2, 2), (one.Transport.Starts, two.Transport.Starts));
    }

    [Fact]
    public async Task AStoppedRelayEndsItsCommandsAndReportsThem()
    {
        await using var nats = await NatsServer.StartAsync();
        await using var server = await nats.ConnectAsync();
        await using var controller = await WrittenController.StartAsync(server, Plan(2), TimeSpan.FromSeconds(60));
        await using var relay = await TestRelay.StartAsync(nats, NodeScript.Runs().DyingAt("TERM"));
        await controller.SendAsync(0, 1);
        await WrittenController.WaitAsync(() => relay.Transport.Starts == 2);
        relay.Stop();
        await controller.WaitForFinishedAsync(2);
        Assert.All(controller.Of("finished"), line => Assert.Equal("the relay r was stopped", line.GetProperty("message").GetString()));
        await relay.Ended.WaitAsync(TimeSpan.FromSeconds(60));
    }

    [Fact]
    public async Task CommandsEndWhenTheControllerIsSilentForTheLease()
    {
        await using var nats = await NatsServer.StartAsync();
        await using var server = await nats.ConnectAsync();
        await using var controller = await WrittenController.StartAsync(server, Plan(3), TimeSpan.FromSeconds(2));
        await using var relay = await TestRelay.StartAsync(nats, NodeScript.Runs().DyingAt("TERM"));
        await controller.SendAsync(0, 1);
        await WrittenController.WaitAsync(() => relay.Transport.Starts == 2);
        controller.IsSilent = true;
        var ending = await controller.WaitForEndingAsync(0);
        Assert.Equal((NodeOutcome.Canceled, StopReason.Requested), (ending.Outcome, ending.Stop));
        Assert.Contains("heard nothing of the controller", ending.Message, StringComparison.Ordinal);
        await controller.WaitForEndingAsync(1);
        // No target of a dead run begins.
        await controller.SendAsync(2);
        await WrittenController.WaitAsync(() => relay.Worker.Running == 1);
        await WrittenController.WaitAsync(() => relay.Worker.Running == 0);
        Assert.Equal(2, relay.Transport.Starts);
        // The controller is there again, as after a partition: what was stopped has its ends, and the rest goes on.
        controller.IsSilent = false;
        await WrittenController.WaitAsync(() => relay.Transport.Starts == 3);
        await controller.WaitForFinishedAsync(2);
    }

    [Fact]
    public async Task CommandsGoOnWithoutALease()
    {
        await using var nats = await NatsServer.StartAsync();
        await using var server = await nats.ConnectAsync();
        await using var controller = await WrittenController.StartAsync(server, Plan(1));
        controller.IsSilent = true;
        await using var relay = await TestRelay.StartAsync(nats, NodeScript.Prints("done\n"));
        await controller.SendAsync(0);
        Assert.Equal(0, (await controller.WaitForEndingAsync(0)).ExitCode);
        await controller.WaitForFinishedAsync(1);
    }

    [Fact]
    public async Task AFullStreamBlocksTheCommandsUntilThereIsRoom()
    {
        await using var nats = await NatsServer.StartAsync();
        await using var server = await nats.ConnectAsync();
        await using var controller = await WrittenController.StartAsync(server, Plan(1), streamBytes: 2 * 1024 * 1024, reads: false);
        controller.IsSilent = true;
        await using var relay = await TestRelay.StartAsync(nats, PrintsLines(20_000));
        await controller.SendAsync(0);
        await WrittenController.WaitAsync(() => relay.Log.Any(line => line.Contains("does not take events", StringComparison.Ordinal)));
        Assert.Null((await controller.GetRecordAsync(0))!.Ending);
        controller.Purges = true;
        controller.Read();
        await controller.WaitForFinishedAsync(1);
        AssertAllLines(controller, 20_000);
        Assert.Equal(20_000 * 1024, (await controller.WaitForEndingAsync(0)).StdoutBytes);
    }

    [Fact]
    public async Task EventsWaitForCreditWhileTheControllerIsThere()
    {
        await using var nats = await NatsServer.StartAsync();
        await using var server = await nats.ConnectAsync();
        await using var controller = await WrittenController.StartAsync(server, Plan(1), TimeSpan.FromSeconds(60));
        await using var relay = await TestRelay.StartAsync(nats, PrintsLines(40_000));
        await controller.SendAsync(0);
        await WrittenController.WaitAsync(async () => (await controller.GetStateAsync()).Bytes > EventPublisher.CreditWindow - (1024 * 1024));
        // Everything that the relay could send has had its time to arrive if the state stays over two messages of the controller.
        for (var i = 0; i < 3; i++)
        {
            await Task.Delay(300, TestContext.Current.CancellationToken);
            Assert.InRange((await controller.GetStateAsync()).Bytes, 0, EventPublisher.CreditWindow + (2 * EventPublisher.BatchBytes));
        }

        controller.State = controller.State with { Credits = new() { [$"0.{relay.Worker.Id}"] = 1_000_000_000 } };
        await controller.WaitForFinishedAsync(1);
        AssertAllLines(controller, 40_000);
    }

    [Fact]
    public async Task AServerThatIsKilledAndStartedAgainLosesNothing()
    {
        await using var nats = await NatsServer.StartAsync();
        await using var server = await ConnectAsync(nats);
        await using var controller = await WrittenController.StartAsync(server, Plan(4), TimeSpan.FromSeconds(60), reads: false);
        var print = new TaskCompletionSource();
        await using var relay = await TestRelay.StartAsync(
            await ConnectAsync(nats),
            PrintsLines(3_000, print.Task));
        await controller.SendAsync(0, 1);
        await WrittenController.WaitAsync(async () => relay.Transport.Starts == 2 && (await controller.GetStateAsync()).Bytes > 1024 * 1024);
        await nats.KillAsync();
        print.SetResult();
        await nats.RestartAsync();
        await controller.SendAsync(2, 3);
        controller.Read();
        Assert.Equal([0, 1, 2, 3], (await controller.WaitForFinishedAsync(4)).Order());
        foreach (var rank in Enumerable.Range(0, 4))
            Assert.Equal(3_000 * 1024, (await controller.WaitForEndingAsync(rank)).StdoutBytes);
        Assert.Equal(4, relay.Transport.Starts);
        var seen = controller.Lines.Select(line => line.GetProperty("seq").GetInt64()).ToHashSet();
        Assert.Equal(Enumerable.Range(0, seen.Count).Select(i => (long)i), seen.Order());
    }

    [Fact]
    public async Task CommandsEndWhenTheServerIsAwayForTheLease()
    {
        await using var nats = await NatsServer.StartAsync();
        await using var server = await ConnectAsync(nats);
        await using var controller = await WrittenController.StartAsync(server, Plan(1), TimeSpan.FromSeconds(3));
        await using var relay = await TestRelay.StartAsync(
            await ConnectAsync(nats),
            NodeScript.Runs().DyingAt("TERM"));
        await controller.SendAsync(0);
        await WrittenController.WaitAsync(() => relay.Transport.Starts == 1);
        await nats.KillAsync();
        await WrittenController.WaitAsync(() => relay.Transport.ProcessesDisposed == 1);
        await nats.RestartAsync();
        await controller.WaitForFinishedAsync(1);
        var ending = await controller.WaitForEndingAsync(0);
        Assert.Equal(NodeOutcome.Canceled, ending.Outcome);
        Assert.Contains("heard nothing of the controller for 2 s", ending.Message, StringComparison.Ordinal);
    }

    /// <summary>The server is stopped while the claim is sent. The client gives up the wait for the answer, and the server stores the claim later.</summary>
    [Fact]
    public async Task AClaimWhoseAnswerIsLostIsReadBack()
    {
        await using var nats = await NatsServer.StartAsync();
        await using var server = await nats.ConnectAsync();
        await using var controller = await WrittenController.StartAsync(server, Plan(1), TimeSpan.FromSeconds(60));
        var claims = new TargetClaims(controller.Bucket, controller.Run, "r-1", TimeProvider.System, NullLogger.Instance);
        nats.Pause();
        using var giveUp = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        var claiming = claims.ClaimAsync(0, 0, "token", giveUp.Token, TestContext.Current.CancellationToken);
        // The client waits 5 s for an answer.
        await Task.Delay(TimeSpan.FromSeconds(6), TestContext.Current.CancellationToken);
        Assert.False(claiming.IsCompleted, claiming.IsFaulted ? claiming.Exception!.ToString() : "the server has answered, although it is stopped");
        nats.Resume();
        var claim = await claiming.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
        Assert.Equal(ClaimOutcome.Won, claim.Outcome);
        var (_, revision) = (await controller.Bucket.GetAsync(RelayNames.TargetKey(0, 0), TestContext.Current.CancellationToken))!.Value;
        Assert.Equal(claim.Revision, revision);
        Assert.Equal(ClaimOutcome.Lost, (await claims.ClaimAsync(0, 0, "other", CancellationToken.None, CancellationToken.None)).Outcome);
    }

    /// <summary>Connects a client whose streams survive a restart of the server.</summary>
    private static Task<RelayServer> ConnectAsync(NatsServer nats) =>
        RelayServer.ConnectAsync(NatsServer.Options(nats) with { UsesMemory = false }, NullLogger.Instance, TestContext.Current.CancellationToken);

    private static NodeScript PrintsLines(int count, Task? rest = null) => NodeScript.Exits(0) with
    {
        Command = async process =>
        {
            var text = new StringBuilder();
            for (var i = 0; i < count; i++)
            {
                if (i == count / 2 && rest is not null)
                {
                    await process.PrintAsync(text.ToString());
                    text.Clear();
                    await rest;
                }

                text.Append(Line).Append('\n');
                if (text.Length < 32 * 1024)
                    continue;
                await process.PrintAsync(text.ToString());
                text.Clear();
            }

            if (text.Length > 0)
                await process.PrintAsync(text.ToString());
            process.Exit(0);
        },
    };

    private static void AssertAllLines(WrittenController controller, int count)
    {
        Assert.Equal(count * 1024, controller.Of("output").Sum(line => line.GetProperty("text").GetString()!.Length));
        Assert.Equal(Enumerable.Range(0, controller.Lines.Count), controller.Lines.Select(line => line.GetProperty("seq").GetInt32()));
    }
}
