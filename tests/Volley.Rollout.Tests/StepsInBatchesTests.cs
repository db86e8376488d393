using System.Collections.Concurrent;
using System.Collections.Immutable;
using Volley.Testing;
using Xunit;

namespace Volley.Rollout.Tests;

/// <summary>Several steps in a rollout: a batch runs all of them before the next batch begins.</summary>
public class StepsInBatchesTests
{
    private readonly ConcurrentQueue<string> _log = new();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(9)]
    public async Task TheBarrierIsThatOfTheBatch(int window)
    {
        var scene = new RolloutScene(5) { Transport = Logging(_ => 0) };
        await RunAsync(scene, new RolloutPlan { BatchSizes = [new TargetShare(2, IsPercent: false)] }, window);
        Assert.Equal("n[1-2] n[3-4] n5", scene.Batches);
        Assert.Equal(0, scene.Summary.FailedCount);
        Assert.Equal(
            ["1 n1", "1 n2", "2 n1", "2 n2", "1 n3", "1 n4", "2 n3", "2 n4", "1 n5", "2 n5"],
            _log.Chunk(2).SelectMany(pair => pair.Order(StringComparer.Ordinal)));
    }

    [Fact]
    public async Task AFailedTargetHoldsUpNeitherItsBatchNorTheNext()
    {
        var scene = new RolloutScene(4) { Transport = Logging(command => command == "1 n2" ? 7 : 0) };
        await RunAsync(scene, new RolloutPlan { BatchSizes = [new TargetShare(2, IsPercent: false)] }, window: 2);
        Assert.Equal("step 1: exit 7", Assert.Single(scene.Summary.Failures()).Key);
        Assert.Equal(7, _log.Count);
    }

    [Fact]
    public async Task ACodeThatCountsAsSuccessLeadsToTheNextStep()
    {
        var scene = new RolloutScene(2) { Transport = Logging(command => command[0] == '1' ? 3 : 0) };
        await RunAsync(scene, new RolloutPlan(), window: 2, plan => plan with { OkCodes = ImmutableHashSet.Create(0, 3) });
        Assert.Equal((4, 0), (_log.Count, scene.Summary.FailedCount));
    }

    [Fact]
    public async Task ASpreadThatWouldWaitForTheBarrierIsRefused() => await Assert.ThrowsAsync<ArgumentException>(
        () => RunAsync(new RolloutScene(2), new RolloutPlan { SpreadAttribute = "rack" }, window: 2));

    private static async Task RunAsync(RolloutScene scene, RolloutPlan rollout, int window, Func<RunPlan, RunPlan>? change = null) =>
        await scene.RunAsync(rollout, plan =>
        {
            var steps = new StepsJob(CommandJob.Shell("1"), CommandJob.Shell("2")) { HasBarrier = true };
            plan = plan with { Job = steps, MaxConcurrency = window };
            return change?.Invoke(plan) ?? plan;
        }).WaitAsync(Transcript.DefaultLimit, TestContext.Current.CancellationToken);

    private ScriptedTransport Logging(Func<string, int> code) => new(NodeScript.Exits(0) with
    {
        Command = process =>
        {
            var command = $"{process.Command.CommandLine} {process.Target.Host}";
            _log.Enqueue(command);
            process.Exit(code(command));
            return Task.CompletedTask;
        },
    });
}
