using System.Collections.Immutable;
using Volley.Testing;
using Xunit;

namespace Volley.Rollout.Tests;

public sealed class RolloutExecutorTests
{
    private static readonly NodeScript Fails = NodeScript.Exits(1);
    private static readonly NodeScript Unreachable = NodeScript.FailsToConnect(new TransportException(NodeOutcome.ConnectFailed, "refused"));

    [Theory]
    [InlineData("3", 8, "n[1-3] n[4-6] n[7-8]")]
    [InlineData("1,50%", 10, "n1 n[2-6] n[7-10]")]
    [InlineData("1,10%,100%", 30, "n1 n[2-4] n[5-30]")]
    [InlineData("10%", 5, "n1 n2 n3 n4 n5")]
    [InlineData("50", 3, "n[1-3]")]
    public async Task BatchesHaveTheirSizesAndTheLastOneIsRepeated(string sizes, int count, string batches)
    {
        var scene = await new RolloutScene(count).RunAsync(new RolloutPlan { BatchSizes = Sizes(sizes) });
        Assert.Equal(batches, scene.Batches);
        Assert.Equal(count, scene.Events.OfType<NodeFinished>().Count());
        Assert.Equal(0, scene.Summary.FailedCount);
    }

    [Fact]
    public async Task ABatchStartsOnlyAfterTheOneBefore()
    {
        var gate = new TaskCompletionSource();
        var scene = new RolloutScene(4, (1, NodeScript.Runs(gate.Task)));
        var running = scene.RunAsync(new RolloutPlan { BatchSizes = Sizes("2") }, plan => plan with { MaxConcurrency = 4 }, nodeEvent =>
        {
            if (nodeEvent is NodeFinished { Target.Index: 1 })
                gate.TrySetResult();
        });
        await running.WaitAsync(Transcript.DefaultLimit, TestContext.Current.CancellationToken);
        var order = scene.Events.Select(one => one switch
        {
            BatchStarted started => $"begin {started.Batch.Number}",
            BatchFinished finished => $"end {finished.Batch.Number}: {finished.Succeeded}+{finished.Failed}",
            NodeFinished => "done",
            _ => "",
        }).Where(text => text.Length > 0);
        Assert.Equal(["begin 1", "done", "done", "end 1: 2+0", "begin 2", "done", "done", "end 2: 2+0"], order);
    }

    [Theory]
    [InlineData("0", "n1", "n[2-10]")]
    [InlineData("1", "n[1-2]", "n[3-10]")]
    [InlineData("2", "n[1-10]", "")]
    [InlineData("19%", "n[1-2]", "n[3-10]")]
    [InlineData("20%", "n[1-10]", "")]
    public async Task MoreFailuresThanAllowedStopTheRun(string limit, string started, string untouched)
    {
        var scene = await new RolloutScene(10, (1, Fails), (2, Fails)).RunAsync(new RolloutPlan { MaxFailed = TargetShare.Parse(limit) });
        Assert.Equal(started, scene.Started);
        Assert.Equal(untouched, scene.Untouched);
        Assert.Equal(untouched.Length > 0 ? StopReason.Threshold : StopReason.None, scene.Control.Reason);
    }

    [Fact]
    public async Task AThresholdIsCountedInTheLastBatchToo()
    {
        var scene = await new RolloutScene(3, (3, Fails)).RunAsync(new RolloutPlan { BatchSizes = Sizes("1"), MaxFailed = new TargetShare(0, false) });
        Assert.Equal(StopReason.Threshold, scene.Control.Reason);
        Assert.Equal(new ThresholdExceeded(scene.Plan().Targets[2], RolloutThreshold.Failed, 1, 0), Assert.Single(scene.Events.OfType<ThresholdExceeded>()));
        Assert.Equal("", scene.Untouched);
    }

    [Fact]
    public async Task UnreachableHostsCountOnlyInTheirOwnThreshold()
    {
        var scene = new RolloutScene(4, (1, Unreachable), (2, Unreachable));
        await scene.RunAsync(new RolloutPlan { MaxFailed = new TargetShare(0, false) });
        Assert.Equal(StopReason.None, scene.Control.Reason);
        scene = new RolloutScene(4, (1, Unreachable), (2, Unreachable), (3, Fails));
        await scene.RunAsync(new RolloutPlan { MaxUnreachable = new TargetShare(1, false) });
        Assert.Equal(RolloutThreshold.Unreachable, Assert.Single(scene.Events.OfType<ThresholdExceeded>()).Threshold);
        Assert.Equal("n[3-4]", scene.Untouched);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task AFailureInTheCanaryStopsEverything(bool isUnreachable)
    {
        var scene = new RolloutScene(5, (4, isUnreachable ? Unreachable : Fails));
        await scene.RunAsync(new RolloutPlan { Canary = [scene.Plan().Targets[3]], MaxFailed = new TargetShare(3, false) });
        Assert.Equal("n4", scene.Batches);
        Assert.Equal("n[1-3,5]", scene.Untouched);
        Assert.Equal(RolloutThreshold.Canary, Assert.Single(scene.Events.OfType<ThresholdExceeded>()).Threshold);
        Assert.Equal(1, Math.Sign(scene.Summary.ExitCode(ExitCodeStrategy.MainRank)));
    }

    [Fact]
    public async Task RunningCommandsAreEndedAtAThreshold()
    {
        var firstStarted = new TaskCompletionSource();
        var scene = new RolloutScene(3, (1, NodeScript.Runs()), (2, new NodeScript
        {
            Command = async process =>
            {
                await firstStarted.Task;
                process.Exit(4);
            },
        }));
        await scene.RunAsync(new RolloutPlan { MaxFailed = new TargetShare(0, false) }, plan => plan with { MaxConcurrency = 2 }, nodeEvent =>
        {
            if (nodeEvent is NodeStarted { Target.Index: 0 })
                firstStarted.TrySetResult();
        });
        Assert.Equal(["TERM"], scene.Transport.SignalsTo(0));
        var ended = scene.Summary.Results[0]!;
        Assert.Equal((NodeOutcome.Canceled, StopReason.Threshold, 1), (ended.Outcome, ended.Stop, ended.Code));
        Assert.Equal("n3", scene.Untouched);
    }

    [Fact]
    public async Task AttributesLimitHowManyRunAtOnce()
    {
        var gate = new Lock();
        var (running, most) = (new Dictionary<string, int>(), new Dictionary<string, int>());
        var script = new NodeScript
        {
            Command = async process =>
            {
                var rack = process.Target.Attributes["rack"];
                lock (gate)
                    most[rack] = Math.Max(most.GetValueOrDefault(rack), running[rack] = running.GetValueOrDefault(rack) + 1);
                await Task.Yield();
                lock (gate)
                    running[rack]--;
            },
        };
        var scene = new RolloutScene(0)
        {
            Transport = new ScriptedTransport(script),
            Targets = [.. Enumerable.Range(0, 40).Select(number => new Target($"n{number}") { Attributes = Rack(number < 30 ? "a" : "b") })],
        };
        await scene.RunAsync(new RolloutPlan { SpreadAttribute = "rack", SpreadLimit = 2 }, plan => plan with { MaxConcurrency = 8 });
        Assert.Equal("n[0-39]", scene.Started);
        Assert.InRange(most["a"], 1, 2);
        Assert.InRange(most["b"], 1, 2);
    }

    [Fact]
    public async Task ACheckRunsAtTheHostsOfTheBatchThatSucceeded()
    {
        var commands = new List<string>();
        NodeScript Record(int host, bool isHealthy) => new()
        {
            Command = process =>
            {
                lock (commands)
                    commands.Add($"{host} {process.Command.CommandLine}");
                process.Exit(process.Command.CommandLine == "check" && !isHealthy ? 7 : host == 1 ? 1 : 0);
                return Task.CompletedTask;
            },
        };
        var scene = new RolloutScene(5, [.. Enumerable.Range(1, 5).Select(host => (host, Record(host, isHealthy: host != 3)))]);
        await scene.RunAsync(new RolloutPlan
        {
            BatchSizes = Sizes("3"),
            MaxFailed = new TargetShare(1, false),
            Check = new RolloutCheck(CommandJob.Shell("check") with { Retry = new CommandRetry(2) { Delay = TimeSpan.Zero } }),
        });
        Assert.Equal(["1 work", "2 work", "3 work", "2 check", "3 check", "3 check", "3 check"], commands);
        var result = scene.Summary.Results[2]!;
        Assert.Equal((NodeOutcome.CheckFailed, "check failed: exit 7", 1), (result.Outcome, result.Cause, result.Code));
        Assert.Equal(new ThresholdExceeded(scene.Plan().Targets[2], RolloutThreshold.Failed, 2, 1), Assert.Single(scene.Events.OfType<ThresholdExceeded>()));
        Assert.Equal("n[4-5]", scene.Untouched);
    }

    [Fact]
    public async Task AFailedCheckStopsARolloutWithoutAThresholdOfItsOwn()
    {
        var scene = new RolloutScene(3, (1, new NodeScript
        {
            Command = process =>
            {
                process.Exit(process.Command.CommandLine == "check" ? 1 : 0);
                return Task.CompletedTask;
            },
        }));
        await scene.RunAsync(new RolloutPlan { BatchSizes = Sizes("1"), Check = new RolloutCheck(CommandJob.Shell("check")) });
        Assert.Equal(StopReason.Threshold, scene.Control.Reason);
        Assert.Equal("n[2-3]", scene.Untouched);
    }

    [Fact]
    public async Task AStopEndsACheck()
    {
        var scene = new RolloutScene(2, (1, new NodeScript
        {
            Command = process => process.Command.CommandLine == "check" ? Task.Delay(Timeout.Infinite, process.Ended) : Task.CompletedTask,
        }));
        var running = scene.RunAsync(new RolloutPlan { BatchSizes = Sizes("1"), Check = new RolloutCheck(CommandJob.Shell("check")) });
        await scene.Transport.StartsAsync(2);
        scene.Control.Stop(StopReason.Interrupt);
        await running.WaitAsync(Transcript.DefaultLimit, TestContext.Current.CancellationToken);
        Assert.Equal(["TERM"], scene.Transport.SignalsTo(0));
        var result = scene.Summary.Results[0]!;
        Assert.Equal((NodeOutcome.NotChecked, StopReason.Interrupt, "not checked", 130, 0), (result.Outcome, result.Stop, result.Cause, result.Code, result.ExitCode));
        Assert.Equal("n2", scene.Untouched);
        Assert.Empty(scene.Events.OfType<BatchFinished>());
    }

    [Fact]
    public async Task AStopWithinABatchLeavesItsHostsUnchecked()
    {
        var scene = new RolloutScene(4, (2, Fails));
        await scene.RunAsync(new RolloutPlan { BatchSizes = Sizes("3"), Check = new RolloutCheck(CommandJob.Shell("check")) });
        Assert.Equal([NodeOutcome.NotChecked, NodeOutcome.Exited, NodeOutcome.NotStarted, NodeOutcome.NotStarted], scene.Summary.Results.Select(result => result!.Outcome));
        Assert.Equal((StopReason.Threshold, 1), (scene.Summary.Results[0]!.Stop, scene.Summary.Results[0]!.Code));
    }

    [Fact]
    public async Task HostsCountAsRunningWhileTheyAreChecked()
    {
        var scene = new RolloutScene(4, (3, new NodeScript
        {
            Command = process => process.Command.CommandLine == "check" ? Task.Delay(Timeout.Infinite, process.Ended) : Task.CompletedTask,
        }));
        var secondChecked = new TaskCompletionSource();
        var running = scene.RunAsync(new RolloutPlan { BatchSizes = Sizes("3"), Check = new RolloutCheck(CommandJob.Shell("check")) }, seen: nodeEvent =>
        {
            if (nodeEvent is NodeChecked { Target.Index: 1 })
                secondChecked.TrySetResult();
        });
        await secondChecked.Task.WaitAsync(Transcript.DefaultLimit, TestContext.Current.CancellationToken);
        Assert.Equal(new RunCounts(1, 2, 1, 0), scene.Control.Counts);
        scene.Control.Stop(StopReason.Interrupt);
        await running.WaitAsync(Transcript.DefaultLimit, TestContext.Current.CancellationToken);
        Assert.Equal(new RunCounts(1, 2, 1, 0), scene.Control.CountsAtStop);
        Assert.Equal([NodeOutcome.Exited, NodeOutcome.Exited, NodeOutcome.NotChecked, NodeOutcome.NotStarted], scene.Summary.Results.Select(result => result!.Outcome));
    }

    [Fact]
    public async Task EarlierHostsAreCheckedFirstAndDoNotRun()
    {
        var scene = new RolloutScene(4);
        await scene.RunAsync(new RolloutPlan
        {
            BatchSizes = Sizes("50%"),
            Canary = [scene.Plan().Targets[2]],
            Check = new RolloutCheck(CommandJob.Shell("check")),
            Earlier = Earlier(1, 3),
        });
        Assert.Equal("n[2,4] n3 n1", scene.Batches);
        Assert.Equal([true, false, false], scene.Events.OfType<BatchStarted>().Select(started => started.Batch.ChecksOnly));
        Assert.Equal("n[1,3]", scene.Started);
        Assert.Equal(4, scene.Events.OfType<NodeChecked>().Count());
        Assert.Equal(0, scene.Summary.FailedCount);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task AFailedCheckOfEarlierHostsStopsTheRest(bool isCanary)
    {
        var scene = new RolloutScene(3, (1, Fails));
        await scene.RunAsync(new RolloutPlan
        {
            Canary = isCanary ? [scene.Plan().Targets[0]] : [],
            MaxFailed = new TargetShare(isCanary ? 3 : 0, IsPercent: false),
            Check = new RolloutCheck(CommandJob.Shell("check")),
            Earlier = Earlier(0),
        });
        Assert.Equal("n[2-3]", scene.Untouched);
        var exceeded = Assert.Single(scene.Events.OfType<ThresholdExceeded>());
        Assert.Equal(isCanary ? RolloutThreshold.Canary : RolloutThreshold.Failed, exceeded.Threshold);
        Assert.Equal(NodeOutcome.CheckFailed, scene.Summary.Results[0]!.Outcome);
    }

    [Fact]
    public async Task AStopBeforeEarlierHostsAreCheckedLeavesThemUnchecked()
    {
        var scene = new RolloutScene(2);
        scene.Control.Stop(StopReason.Interrupt);
        await scene.RunAsync(new RolloutPlan { Check = new RolloutCheck(CommandJob.Shell("check")), Earlier = Earlier(0) });
        Assert.Equal([NodeOutcome.NotChecked, NodeOutcome.NotStarted], scene.Summary.Results.Select(result => result!.Outcome));
    }

    [Fact]
    public async Task ABarrierDoesNotWaitForEarlierHosts()
    {
        var scene = new RolloutScene(3);
        await scene.RunAsync(
            new RolloutPlan { Check = new RolloutCheck(CommandJob.Shell("check")), Earlier = Earlier(0) },
            plan => plan with { Job = new StepsJob([CommandJob.Shell("one"), CommandJob.Shell("two")]) { HasBarrier = true } })
            .WaitAsync(Transcript.DefaultLimit, TestContext.Current.CancellationToken);
        Assert.Equal(0, scene.Summary.FailedCount);
    }

    [Fact]
    public async Task AFailedCheckIsAFailureForFailFast()
    {
        var scene = new RolloutScene(4, (1, FailsItsCheck()));
        await scene.RunAsync(
            new RolloutPlan { BatchSizes = Sizes("2"), MaxFailed = new TargetShare(3, IsPercent: false), Check = new RolloutCheck(CommandJob.Shell("check")) },
            plan => plan with { FailFast = true });
        Assert.Equal((StopReason.FailFast, "n1"), (scene.Control.Reason, scene.Control.FirstFailure?.Label));
        Assert.Equal("n[3-4]", scene.Untouched);
        Assert.Empty(scene.Events.OfType<ThresholdExceeded>());
    }

    [Fact]
    public async Task AHostThatCannotBeReachedForItsCheckHasFailedIt()
    {
        var connections = 0;
        var script = new NodeScript
        {
            Connect = (_, _) => Interlocked.Increment(ref connections) == 1 ? Task.CompletedTask : throw new TransportException(NodeOutcome.ConnectTimedOut, "no answer"),
        };
        var scene = new RolloutScene(3, (1, script));
        await scene.RunAsync(new RolloutPlan { BatchSizes = Sizes("1"), MaxUnreachable = TargetShare.All, Check = new RolloutCheck(CommandJob.Shell("check")) });
        var exceeded = Assert.Single(scene.Events.OfType<ThresholdExceeded>());
        Assert.Equal((RolloutThreshold.Failed, "n[2-3]"), (exceeded.Threshold, scene.Untouched));
        Assert.Equal("check failed: connect timed out", scene.Summary.Results[0]!.Cause);
    }

    [Fact]
    public async Task WithACheckAnUnreachableHostStopsTheRollout()
    {
        var scene = new RolloutScene(3, (1, Unreachable));
        await scene.RunAsync(new RolloutPlan { BatchSizes = Sizes("1"), MaxFailed = new TargetShare(3, IsPercent: false), Check = new RolloutCheck(CommandJob.Shell("check")) });
        Assert.Equal(RolloutThreshold.Unreachable, Assert.Single(scene.Events.OfType<ThresholdExceeded>()).Threshold);
        Assert.Equal("n[2-3]", scene.Untouched);
    }

    [Fact]
    public async Task AttemptsOfAFailingCheckAreReported()
    {
        var scene = new RolloutScene(1, (1, FailsItsCheck()));
        await scene.RunAsync(new RolloutPlan
        {
            Check = new RolloutCheck(CommandJob.Shell("check") with { Retry = new CommandRetry(2) { Delay = TimeSpan.FromMilliseconds(1) } }),
        });
        Assert.Equal(
            [("exit 1", 0), ("exit 1", 1)],
            scene.Events.OfType<CheckRetrying>().Select(retrying => (retrying.Result.Cause, retrying.Result.Retries)));
    }

    [Fact]
    public async Task APauseLastsItsTimeUnlessItIsEnded()
    {
        var scene = new RolloutScene(3);
        await scene.RunAsync(new RolloutPlan { BatchSizes = Sizes("1"), Pause = TimeSpan.FromMinutes(5) }, seen: nodeEvent =>
        {
            if (nodeEvent is BatchWaiting { Batch.Number: 2 })
                _ = AdvanceAsync();
            else if (nodeEvent is BatchWaiting)
                scene.Rollout.Continue();
        });
        Assert.Equal("n1 n2 n3", scene.Batches);
        Assert.All(scene.Events.OfType<BatchWaiting>(), waiting => Assert.Equal(TimeSpan.FromMinutes(5), waiting.Pause));

        async Task AdvanceAsync()
        {
            // The timer may be created a moment after the event.
            while (!scene.Events.OfType<BatchStarted>().Any(started => started.Batch.Number == 2))
            {
                scene.Time.Advance(TimeSpan.FromMinutes(5));
                await Task.Yield();
            }
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ABatchWaitsForItsApproval(bool isApproved)
    {
        var scene = new RolloutScene(2);
        await scene.RunAsync(new RolloutPlan { BatchSizes = Sizes("1"), NeedsApproval = true }, seen: nodeEvent =>
        {
            if (nodeEvent is not BatchWaiting { Pause: null })
                return;
            if (isApproved)
                scene.Rollout.Continue();
            else
                scene.Control.Stop(StopReason.Requested);
        });
        Assert.Equal(isApproved ? "n[1-2]" : "n1", scene.Started);
        Assert.Equal(isApproved ? "" : "n2", scene.Untouched);
    }

    [Fact]
    public async Task APausedRolloutCompletesItsBatchFirst()
    {
        var scene = new RolloutScene(4);
        scene.Rollout.Pause();
        await scene.RunAsync(new RolloutPlan { BatchSizes = Sizes("2") }, seen: nodeEvent =>
        {
            if (nodeEvent is BatchWaiting { Pause: null })
                scene.Rollout.Continue();
        });
        Assert.Equal("n[1-2] n[3-4]", scene.Batches);
        Assert.Equal(2, Assert.Single(scene.Events.OfType<BatchWaiting>()).Batch.Number);
    }

    [Fact]
    public async Task CodesOfSuccessAreNoFailures()
    {
        var scene = await new RolloutScene(3, (1, Fails), (2, NodeScript.Exits(2)))
            .RunAsync(new RolloutPlan { MaxFailed = new TargetShare(1, false) }, plan => plan with { OkCodes = [1] });
        Assert.Equal([true, false, false], scene.Summary.Results.Select(result => result!.Succeeded));
        Assert.Equal([0, 2, 1], scene.Summary.Results.Select(result => result!.Code));
        Assert.Equal(StopReason.Threshold, scene.Control.Reason);
    }

    [Fact]
    public async Task ADeadlineEndsAPause()
    {
        var scene = new RolloutScene(2);
        await scene.RunAsync(
            new RolloutPlan { BatchSizes = Sizes("1"), NeedsApproval = true }, plan => plan with { Deadline = TimeSpan.FromMilliseconds(50) });
        Assert.Equal(StopReason.Deadline, scene.Control.Reason);
        Assert.Contains(scene.Events, one => one is NodeFinished { Target.Index: 1, Result.Outcome: NodeOutcome.NotStarted });
    }

    [Fact]
    public async Task AStopByTheUserReplacesAThreshold()
    {
        var scene = await new RolloutScene(2, (1, Fails)).RunAsync(new RolloutPlan { MaxFailed = new TargetShare(0, false) }, seen: nodeEvent =>
        {
            if (nodeEvent is ThresholdExceeded)
                nodeEvent.ToString();
        });
        scene.Control.Stop(StopReason.Deadline);
        Assert.Equal(StopReason.Threshold, scene.Control.Reason);
        scene.Control.Stop(StopReason.Interrupt);
        Assert.Equal(StopReason.Interrupt, scene.Control.Reason);
    }

    [Fact]
    public async Task EventsOfBatchesSurviveTheirJsonForm()
    {
        var scene = new RolloutScene(3, (3, Fails));
        await scene.RunAsync(new RolloutPlan
        {
            BatchSizes = Sizes("1"),
            Canary = [scene.Plan().Targets[1]],
            Pause = TimeSpan.FromSeconds(1),
            MaxFailed = new TargetShare(0, false),
            Check = new RolloutCheck(CommandJob.Shell("check")),
        }, seen: nodeEvent =>
        {
            if (nodeEvent is BatchWaiting)
                scene.Rollout.Continue();
        });
        var buffer = new System.Buffers.ArrayBufferWriter<byte>();
        using var writer = new JsonEventWriter(buffer);
        foreach (var nodeEvent in scene.Events)
            writer.Write(nodeEvent, TimeSpan.Zero);
        var lines = System.Text.Encoding.UTF8.GetString(buffer.WrittenSpan).TrimEnd('\n').Split('\n');
        var read = lines.Select(line => JsonEventReader.Read(System.Text.Encoding.UTF8.GetBytes(line), rank => scene.Plan().Targets[rank], out _)!.ToString());
        Assert.Equal(scene.Events.Select(Describe), read.Select((text, index) => index < scene.Events.Count ? Describe(text) : text));
        Assert.Contains(lines, line => line.Contains("\"event\":\"batch_waiting\"", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.Contains("\"threshold\":\"failed\",\"count\":1,\"limit\":0", StringComparison.Ordinal));

        static string Describe(object? one) => System.Text.RegularExpressions.Regex.Replace($"{one}", "Elapsed = [^,]*", "");
    }

    private static NodeScript FailsItsCheck() => new()
    {
        Command = process =>
        {
            process.Exit(process.Command.CommandLine == "check" ? 1 : 0);
            return Task.CompletedTask;
        },
    };

    private static ImmutableDictionary<int, NodeResult> Earlier(params int[] indices) =>
        indices.ToImmutableDictionary(index => index, _ => new NodeResult(NodeOutcome.Exited) { ExitCode = 0 });

    private static ImmutableArray<TargetShare> Sizes(string text) => [.. text.Split(',').Select(item => TargetShare.Parse(item)!.Value)];

    private static Dictionary<string, string> Rack(string rack) => new() { ["rack"] = rack };
}
