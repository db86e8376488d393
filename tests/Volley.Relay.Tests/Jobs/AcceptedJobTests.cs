using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using Volley.Relay.Jobs;
using Volley.Relay.Wire;
using Xunit;

namespace Volley.Relay.Tests.Jobs;

public class AcceptedJobTests
{
    [Fact]
    public async Task ThePlanOfARelayIsThatOfTheController()
    {
        var job = CommandJob.Program("echo", "a b") with
        {
            Environment = ImmutableDictionary<string, string>.Empty.Add("ALL", "1").Add("TOKEN", "open"),
            TargetEnvironment = target => new Dictionary<string, string> { ["RANK"] = $"{target.Index}", ["TOKEN"] = $"hunter{target.Index}", ["RAW"] = "\udcff" },
            Secrets = ["TOKEN"],
        };
        var round = JobScene.Round(job, plan => plan with
        {
            ConnectTimeout = TimeSpan.FromSeconds(3.5),
            CommandTimeout = Timeout.InfiniteTimeSpan,
            IdleTimeout = TimeSpan.FromMinutes(2),
            Drain = Timeout.InfiniteTimeSpan,
            StopGrace = TimeSpan.FromMilliseconds(1500),
            MaxOutput = 1234,
            OkCodes = [0, 3],
        });
        var (accepted, piece) = await AcceptAsync(round);
        var targets = accepted.ReadPiece(piece, 0).Targets[1..];
        Assert.DoesNotContain("hunter", Encoding.UTF8.GetString([.. piece, .. JsonSerializer.SerializeToUtf8Bytes(accepted.Document, WireJson.Default.JobDocument)]), StringComparison.Ordinal);
        Assert.Throws<RefusedException>(() => accepted.CreatePlan(targets, JobInputs.None, null));
        var secrets = new SecretsReply(round.Plan.Targets.ToDictionary(target => target.Index, target => JobVariables.GetSecret(job, target)!), null);
        var plan = accepted.CreatePlan(targets, JobInputs.None, secrets);
        Assert.Equal([1, 2], targets.Select(target => target.Rank));
        Assert.Equal(["db2", "db3"], plan.Targets.Select(target => target.Label));
        Assert.Equal(
            (round.Plan.ConnectTimeout, round.Plan.CommandTimeout, round.Plan.IdleTimeout, round.Plan.Drain, round.Plan.StopGrace, round.Plan.MaxOutput),
            (plan.ConnectTimeout, plan.CommandTimeout, plan.IdleTimeout, plan.Drain, plan.StopGrace, plan.MaxOutput));
        Assert.Equal([0, 3], plan.OkCodes!.Order());
        var command = (CommandJob)plan.Job;
        Assert.Equal(["ALL"], command.Environment.Keys);
        var variables = command.TargetEnvironment!(plan.Targets[0]);
        Assert.Equal(("1", "hunter1", "\udcff"), (variables["RANK"], variables["TOKEN"], variables["RAW"]));
    }

    [Fact]
    public async Task EachStepHasItsOwnVariables()
    {
        var steps = Enumerable.Range(0, 3).Select(step => CommandJob.Shell("true") with
        {
            TargetEnvironment = step == 2 ? null : target => new Dictionary<string, string> { ["STEP"] = $"{step} of {target.Index}" },
        });
        var (accepted, piece) = await AcceptAsync(JobScene.Round(new StepsJob(steps)));
        var plan = accepted.CreatePlan(accepted.ReadPiece(piece, 0).Targets[2..], JobInputs.None, null);
        var read = ((StepsJob)plan.Job).Steps;
        Assert.Equal("0 of 2", read[0].TargetEnvironment!(plan.Targets[0])["STEP"]);
        Assert.Equal("1 of 2", read[1].TargetEnvironment!(plan.Targets[0])["STEP"]);
        Assert.Empty(read[2].TargetEnvironment!(plan.Targets[0]));
    }

    [Fact]
    public async Task OnlyTheSignedPieceIsRead()
    {
        var (accepted, piece) = await AcceptAsync(JobScene.Round());
        accepted.ReadPiece(piece, 0);
        Assert.Throws<RefusedException>(() => accepted.ReadPiece(piece, 1));
        Assert.Throws<RefusedException>(() => accepted.ReadPiece(piece, -1));
        var other = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(piece).Replace("db1", "db9", StringComparison.Ordinal));
        Assert.Throws<RefusedException>(() => accepted.ReadPiece(other, 0));
    }

    [Theory]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("""{"targets":null}""")]
    [InlineData("""{"targets":[]}""")]
    [InlineData("""{"targets":[null]}""")]
    [InlineData("""{"targets":[{"rank":0}]}""")]
    [InlineData("""{"targets":[{"rank":-1,"host":"a"}]}""")]
    [InlineData("""{"targets":[{"rank":99999999999,"host":"a"}]}""")]
    [InlineData("""{"targets":[{"rank":1,"host":"a"},{"rank":1,"host":"b"}]}""")]
    [InlineData("""{"targets":[{"rank":2,"host":"a"},{"rank":1,"host":"b"}]}""")]
    [InlineData("""{"targets":[{"rank":1,"host":"-oProxyCommand=x"}]}""")]
    [InlineData("""{"targets":[{"rank":1,"host":"a","user":"$(id)"}]}""")]
    [InlineData("""{"targets":[{"rank":1,"host":"a","address":"../x"}]}""")]
    [InlineData("""{"targets":[{"rank":1,"host":"a","proxyJump":"a/b"}]}""")]
    [InlineData("""{"targets":[{"rank":1,"host":"a","port":0}]}""")]
    [InlineData("""{"targets":[{"rank":1,"host":"a","port":99999999999}]}""")]
    [InlineData("""{"targets":[{"rank":1,"host":"a","label":""}]}""")]
    [InlineData("""{"targets":[{"rank":1,"host":"a","label":"x\u0000"}]}""")]
    [InlineData("""{"targets":[{"rank":1,"host":"a","variables":[]}]}""")]
    [InlineData("""{"targets":[{"rank":1,"host":"a","variables":[null]}]}""")]
    [InlineData("""{"targets":[{"rank":1,"host":"a","variables":[{"A":null}]}]}""")]
    [InlineData("""{"targets":[{"rank":1,"host":"a","variables":[{"A=B":"1"}]}]}""")]
    [InlineData("""{"targets":[{"rank":1,"host":"a","variables":[{"A":"1"},{"A":"1"}]}]}""")]
    [InlineData("""{"targets":[{"rank":1,"host":"a","variables":{"A":"1"}}]}""")]
    public async Task AHostilePieceIsRefused(string text)
    {
        var piece = Encoding.UTF8.GetBytes(text);
        var (document, _) = await JobScene.BuildAsync(JobScene.Round());
        var hash = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(piece));
        var job = await JobBuilder.SignAsync(document with { Pieces = [hash] }, null, TestContext.Current.CancellationToken);
        var accepted = new JobPolicy(null, allowsExec: false).Accept(job, JobScene.Run, 0, JobScene.Queue, JobScene.Now);
        Assert.DoesNotContain(Assert.Throws<RefusedException>(() => accepted.ReadPiece(piece, 0)).Message, char.IsControl);
    }

    [Fact]
    public async Task PiecesAreSplitByNumberAndSize()
    {
        var targets = HostList.Parse("n[1-1200]").ToTargets();
        var job = CommandJob.Shell("true") with { TargetEnvironment = target => new Dictionary<string, string> { ["BIG"] = new('x', target.Index < 20 ? 100_000 : 10) } };
        var builder = new JobBuilder(JobScene.Round(job), JobScene.Queue, targets);
        var pieces = new List<byte[]>();
        await builder.WritePiecesAsync((number, bytes) =>
        {
            Assert.Equal(pieces.Count, number);
            pieces.Add(bytes);
            return ValueTask.CompletedTask;
        });
        var signed = await JobBuilder.SignAsync(builder.CreateDocument(JobScene.Now), null, TestContext.Current.CancellationToken);
        var accepted = new JobPolicy(null, allowsExec: false).Accept(signed, JobScene.Run, 0, JobScene.Queue, JobScene.Now);
        Assert.All(pieces, piece => Assert.True(piece.Length <= JobBuilder.MaxBytes));
        var read = pieces.Select((piece, number) => accepted.ReadPiece(piece, number).Targets).ToList();
        Assert.Equal(Enumerable.Range(0, 1200), read.SelectMany(piece => piece.Select(target => target.Rank)));
        Assert.All(targets, target => Assert.Contains(read[builder.PieceOf(target)], found => found.Rank == target.Index && found.Host == target.Host));
    }

    [Fact]
    public async Task WhatIsTooLargeOrCantBeSentIsNamedBeforeItIsSent()
    {
        static string Refusal(Job job, Func<RunPlan, RunPlan>? change = null, RelayConnectionSettings? connections = null)
        {
            var round = JobScene.Round(job, change, connections);
            return Assert.Throws<RelayException>(() => JobBuilder.Check(round.Plan, round.Connections)).Message;
        }

        Assert.Contains("copies of files", Refusal(new PullJob(["/etc/hosts"], "to")), StringComparison.Ordinal);
        Assert.Contains("wait for all targets", Refusal(new StepsJob(CommandJob.Shell("a")) { HasBarrier = true }), StringComparison.Ordinal);
        Assert.Contains("multiple of the median", Refusal(new PingJob(), plan => plan with { RelativeTimeout = 3 }), StringComparison.Ordinal);
        Assert.Contains("configuration of the relays", Refusal(new PingJob(), null, new RelayConnectionSettings { SshOptions = ["IdentityFile=x"] }), StringComparison.Ordinal);
        var own = new RunPlan([new Target("db1") { IdentityFile = "/home/me/key" }], new PingJob());
        Assert.Contains("db1: relays use their own keys", Assert.Throws<RelayException>(() => JobBuilder.Check(own, new())).Message, StringComparison.Ordinal);
        var large = JobScene.Round(CommandJob.Shell("true") with { TargetEnvironment = _ => Enumerable.Range(0, 9).ToDictionary(i => $"V{i}", _ => new string('x', 100_000)) });
        Assert.Contains("db1: the variables", (await Assert.ThrowsAsync<RelayException>(() => JobScene.BuildAsync(large))).Message, StringComparison.Ordinal);
        var (document, _) = await JobScene.BuildAsync(JobScene.Round(CommandJob.Shell(new string('x', 700_000))));
        var refused = await Assert.ThrowsAsync<RelayException>(() => JobBuilder.SignAsync(document, null, TestContext.Current.CancellationToken).AsTask());
        Assert.Contains("--script", refused.Message, StringComparison.Ordinal);
    }

    private static async Task<(AcceptedJob Job, byte[] Piece)> AcceptAsync(JobRound round)
    {
        var (document, piece) = await JobScene.BuildAsync(round);
        var signed = await JobBuilder.SignAsync(document, null, TestContext.Current.CancellationToken);
        return (new JobPolicy(null, allowsExec: false).Accept(signed, JobScene.Run, 0, JobScene.Queue, JobScene.Now), piece);
    }
}
