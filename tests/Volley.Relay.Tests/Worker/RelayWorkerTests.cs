using System.Text.Json;
using Volley.Relay.Wire;
using Volley.Testing;
using Xunit;

namespace Volley.Relay.Tests.Worker;

public class RelayWorkerTests
{
    private static RunPlan Plan(int targets, Job? job = null) =>
        new(Enumerable.Range(0, targets).Select(i => new Target($"h{i}")), job ?? CommandJob.Shell("true"));

    [Fact]
    public async Task TargetsHaveTheRanksAndTheEndingsOfTheRun()
    {
        await using var nats = await NatsServer.StartAsync();
        await using var server = await nats.ConnectAsync();
        await using var controller = await WrittenController.StartAsync(server, Plan(40), TimeSpan.FromSeconds(60));
        await using var relay = await TestRelay.StartAsync(nats, NodeScript.Prints("h\u00e9llo\n", 3));
        await controller.SendAsync([.. Enumerable.Range(0, 16)]);
        await controller.SendAsync([39, 17]);
        Assert.Equal([.. Enumerable.Range(0, 16), 17, 39], (await controller.WaitForFinishedAsync(18)).Order());
        foreach (var line in controller.Of("output"))
            Assert.Equal(($"h{line.GetProperty("rank").GetInt32()}", "h\u00e9llo\n"), (line.GetProperty("node").GetString(), line.GetProperty("text").GetString()));
        Assert.Equal(Enumerable.Range(0, controller.Lines.Count), controller.Lines.Select(line => line.GetProperty("seq").GetInt32()));
        var ending = await controller.GetRecordAsync(39);
        Assert.Equal(relay.Worker.Id, ending!.Relay);
        Assert.Equal((3, 7L), (JsonEventReader.ReadResult(ending.Ending!.Value).ExitCode, JsonEventReader.ReadResult(ending.Ending.Value).StdoutBytes));
        Assert.All(controller.Of("finished"), line => Assert.False(line.GetProperty("main_rank").GetBoolean()));
        Assert.Equal(0, await controller.CountChunksAsync());
        await WrittenController.WaitAsync(() => relay.Worker.Running == 0);
        Assert.Single(relay.Passwords);
    }

    [Fact]
    public async Task ChunksThatAreDeliveredTwiceRunOnceOnWhateverRelay()
    {
        await using var nats = await NatsServer.StartAsync();
        await using var server = await nats.ConnectAsync();
        await using var controller = await WrittenController.StartAsync(server, Plan(16), TimeSpan.FromSeconds(60));
        await using var one = await TestRelay.StartAsync(nats, NodeScript.Exits(0));
        await using var two = await TestRelay.StartAsync(nats, NodeScript.Exits(0));
        for (var i = 0; i < 8; i++)
            await controller.SendAsync([.. Enumerable.Range(0, 16)]);
        await controller.WaitForFinishedAsync(16);
        await WrittenController.WaitAsync(async () => await controller.CountChunksAsync() == 0);
        Assert.Equal(16, one.Transport.Starts + two.Transport.Starts);
        Assert.Equal(16, controller.Of("finished").Count);
    }

    [Fact]
    public async Task JobsThatAreNotSignedAreRefusedWhereSignaturesAreRequired()
    {
        await using var nats = await NatsServer.StartAsync();
        await using var server = await nats.ConnectAsync();
        await using var controller = await WrittenController.StartAsync(server, Plan(3), TimeSpan.FromSeconds(60));
        var signers = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        await File.WriteAllTextAsync(signers, "", TestContext.Current.CancellationToken);
        await using var relay = await TestRelay.StartAsync(nats, NodeScript.Exits(0), options => options with { AllowedSignersFile = signers });
        await controller.SendAsync(2, 0);
        await WrittenController.WaitAsync(() => controller.Of("refused").Count > 0);
        var refused = controller.Of("refused")[0].Deserialize(WireJson.Default.RefusedLine)!;
        Assert.Equal([2, 0], refused.Ranks);
        Assert.Contains("not signed", refused.Reason, StringComparison.Ordinal);
        await WrittenController.WaitAsync(async () => await controller.CountChunksAsync() == 0);
        Assert.Null(await controller.GetRecordAsync(0));
        Assert.Equal(0, relay.Transport.Connects);
        File.Delete(signers);
    }

    [Fact]
    public async Task MessagesThatAreNoChunksAreDroppedAndOtherProtocolsAreLeftToOtherRelays()
    {
        await using var nats = await NatsServer.StartAsync();
        await using var server = await nats.ConnectAsync();
        await using var controller = await WrittenController.StartAsync(server, Plan(3), TimeSpan.FromSeconds(60));
        await using var relay = await TestRelay.StartAsync(nats, NodeScript.Exits(0));
        await controller.SendAsync("[1, 2"u8.ToArray());
        await controller.SendAsync(new WorkItem(JobDocument.CurrentProtocol, "unknown", 0, WrittenController.Queue, 0, [1]));
        await controller.SendAsync(new WorkItem(JobDocument.CurrentProtocol, controller.Run, 0, "group:other", 0, [1]));
        await controller.SendAsync(new WorkItem(JobDocument.CurrentProtocol + 1, controller.Run, 0, WrittenController.Queue, 0, [1]));
        await controller.SendAsync(new WorkItem(JobDocument.CurrentProtocol, controller.Run, 0, WrittenController.Queue, 0, [700]));
        await controller.SendAsync(2);
        Assert.Equal(2, Assert.Single(await controller.WaitForFinishedAsync(1)));
        await WrittenController.WaitAsync(() => controller.Of("refused").Count > 0);
        await WrittenController.WaitAsync(async () => await controller.CountChunksAsync() == 1);
        Assert.Equal(1, relay.Transport.Starts);
        Assert.Equal(2, relay.Log.Count(line => line.Contains("no chunk", StringComparison.Ordinal)));
        Assert.Single(relay.Log, line => line.Contains("protocol", StringComparison.Ordinal));
        Assert.Single(relay.Log, line => line.Contains("no such job", StringComparison.Ordinal));
    }

    [Fact]
    public async Task StopsAndCancellationsOfTheControllerReachTheCommands()
    {
        await using var nats = await NatsServer.StartAsync();
        await using var server = await nats.ConnectAsync();
        await using var controller = await WrittenController.StartAsync(server, Plan(4), TimeSpan.FromSeconds(60));
        await using var relay = await TestRelay.StartAsync(nats, NodeScript.Runs().DyingAt("TERM"));
        await controller.SendAsync(0, 1, 2);
        await WrittenController.WaitAsync(() => relay.Transport.Starts == 3);
        controller.State = controller.State with { Canceled = ["0.1"] };
        Assert.Equal(1, Assert.Single(await controller.WaitForFinishedAsync(1)));
        Assert.Equal("requested", controller.Of("finished")[0].GetProperty("stop").GetString());
        controller.State = controller.State with { Stop = "Interrupt" };
        await controller.WaitForFinishedAsync(3);
        Assert.All(controller.Of("finished").Skip(1), line => Assert.Equal("interrupt", line.GetProperty("stop").GetString()));
        // A chunk that comes late is ended at once.
        await controller.SendAsync(3);
        await controller.WaitForFinishedAsync(4);
        Assert.Equal(3, relay.Transport.Starts);
    }

    [Fact]
    public async Task EndingsThatTheControllerHasWrittenStand()
    {
        await using var nats = await NatsServer.StartAsync();
        await using var server = await nats.ConnectAsync();
        await using var controller = await WrittenController.StartAsync(server, Plan(2), TimeSpan.FromSeconds(60));
        var exit = new TaskCompletionSource();
        var script = NodeScript.Exits(0) with { Command = async process => { await exit.Task; process.Exit(0); } };
        await using var relay = await TestRelay.StartAsync(nats, script);
        await controller.SendAsync(0, 1);
        await WrittenController.WaitAsync(() => relay.Transport.Starts == 2);
        var (claim, revision) = (await controller.Bucket.GetAsync(RelayNames.TargetKey(0, 1), TestContext.Current.CancellationToken))!.Value;
        Assert.NotNull(await controller.Bucket.TryWriteAsync(
            RelayNames.TargetKey(0, 1), """{"relay":"controller","token":"t","ending":{}}"""u8.ToArray(), revision, TestContext.Current.CancellationToken));
        Assert.Contains(relay.Worker.Id, System.Text.Encoding.UTF8.GetString(claim), StringComparison.Ordinal);
        exit.SetResult();
        Assert.Equal(0, Assert.Single(await controller.WaitForFinishedAsync(1)));
        await WrittenController.WaitAsync(() => relay.Worker.Running == 0);
        Assert.Single(relay.Log, line => line.Contains("does not count", StringComparison.Ordinal));
        Assert.Equal("controller", (await controller.GetRecordAsync(1))!.Relay);
        Assert.Single(controller.Of("finished"));
    }

    [Fact]
    public async Task TargetsThatWereBegunBeforeAreRefusedAndBeginningsAreRecorded()
    {
        await using var nats = await NatsServer.StartAsync();
        await using var server = await nats.ConnectAsync();
        await using var controller = await WrittenController.StartAsync(server, Plan(2), TimeSpan.FromSeconds(60));
        await using var relay = await TestRelay.StartAsync(nats, NodeScript.Exits(4));
        await controller.SendAsync(0);
        await controller.WaitForFinishedAsync(1);
        // A claim that was deleted makes a chunk that is sent again look new.
        await controller.Bucket.RemoveAsync(RelayNames.TargetKey(0, 0), TestContext.Current.CancellationToken);
        await controller.SendAsync(0, 1);
        await controller.WaitForFinishedAsync(3);
        Assert.Equal(2, relay.Transport.Starts);
        var again = await controller.WaitForEndingAsync(0);
        Assert.Equal((NodeOutcome.Refused, "sent again"), (again.Outcome, again.Reason));
        var audit = relay.AuditLog.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonElement.Parse(line)).ToArray();
        Assert.Equal("accepted", audit[0].GetProperty("event").GetString());
        Assert.Equal(["h0", "h1"], audit.Where(line => line.GetProperty("event").GetString() == "begin").Select(line => line.GetProperty("host").GetString()));
        Assert.Equal([1, 4, 4], audit.Where(line => line.GetProperty("event").GetString() == "end").Select(line => line.GetProperty("code").GetInt32()).Order());
    }

    [Fact]
    public async Task SecretVariablesAreAskedOfTheControllerAndInputsAreRead()
    {
        await using var nats = await NatsServer.StartAsync();
        await using var server = await nats.ConnectAsync();
        using var input = StandardInput.FromStream(new MemoryStream("input"u8.ToArray()));
        var job = CommandJob.Shell("printf %s \"$NAME $PASSWORD $(cat)\"") with
        {
            Input = input,
            Secrets = ["PASSWORD"],
            TargetEnvironment = target => new Dictionary<string, string> { ["PASSWORD"] = $"secret{target.Index}", ["NAME"] = target.Host },
        };
        await using var controller = await WrittenController.StartAsync(server, Plan(3, job), TimeSpan.FromSeconds(60));
        await using var secrets = await controller.AnswerSecretsAsync(new SecretsReply(new() { [2] = [new() { ["PASSWORD"] = "secret2" }] }, "elevate"));
        await using var relay = await TestRelay.StartAsync(await nats.ConnectAsync(), new ExecTransport());
        await controller.SendAsync(2);
        await controller.WaitForFinishedAsync(1);
        Assert.Equal("h2 secret2 input", Assert.Single(controller.Of("output")).GetProperty("text").GetString());
        Assert.Equal("elevate", Assert.Single(relay.Passwords));
    }

    [Fact]
    public async Task RelaysAreListedWhileTheyRun()
    {
        await using var nats = await NatsServer.StartAsync();
        await using var server = await nats.ConnectAsync();
        Assert.Empty(await RelayDirectory.ListAsync(server, TestContext.Current.CancellationToken));
        await using var relay = await TestRelay.StartAsync(nats, NodeScript.Exits(0), options => options with
        {
            Capacity = 7,
            Labels = options.Labels.Add("rack", "r1"),
        });
        await WrittenController.WaitAsync(async () => (await RelayDirectory.ListAsync(server)).Count == 1);
        var info = (await RelayDirectory.ListAsync(server))[0];
        Assert.Equal((relay.Worker.Id, "r", "g", 7, "1", true, false), (info.Id, info.Name, info.Group, info.Capacity, info.Version, info.IsCompatible, info.IsDraining));
        Assert.Equal("r1", info.Labels["rack"]);
        Assert.InRange(DateTimeOffset.UtcNow - info.Seen, TimeSpan.FromMinutes(-1), TimeSpan.FromMinutes(1));
        relay.Drain();
        await relay.Ended;
        Assert.Empty(await RelayDirectory.ListAsync(server));
    }
}
