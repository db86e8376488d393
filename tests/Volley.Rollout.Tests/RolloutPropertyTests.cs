using System.Globalization;
using CsCheck;
using Volley.Testing;
using Xunit;

namespace Volley.Rollout.Tests;

/// <summary>Rollouts of random hosts and options, compared with a model.</summary>
public sealed class RolloutPropertyTests
{
    private static readonly Gen<TargetShare> Share = Gen.Select(Gen.Int[0, 100], Gen.Bool, (number, isPercent) => new TargetShare(isPercent ? number : number % 6, isPercent));
    private static readonly Gen<TargetShare> Size = Share.Select(share => share with { Number = Math.Max(1, share.Number) });

    private static readonly Gen<Case> Cases = Gen.Select(
        Gen.Enum<Fate>().Array[1, 24],
        Size.Array[0, 3],
        Gen.Int[1, 8],
        Gen.Int[0, 3],
        Gen.Select(Share.Nullable(0.4), Share.Nullable(0.4), Gen.Bool),
        Gen.Int[0, 2],
        (fates, sizes, parallel, canary, limits, spread) => new Case(fates, sizes, parallel, canary, limits.Item1, limits.Item2, limits.Item3, spread));

    private enum Fate
    {
        Succeeds,
        AlsoSucceeds,
        Fails,
        IsUnreachable,
        FailsItsCheck,
    }

    [Fact]
    public async Task ARolloutKeepsItsLimits() => await Cases.SampleAsync(
        async one =>
        {
            var scene = await RunAsync(one, one.Parallel);
            Check(one, scene);
        },
        iter: 300);

    [Fact]
    public async Task OneAfterTheOtherStopsExactlyWhereTheModelDoes() => await Cases.SampleAsync(
        async one =>
        {
            var scene = await RunAsync(one, parallel: 1);
            Check(one, scene);
            var (started, isStopped) = Model(one);
            Assert.Equal(started, scene.Events.OfType<NodeConnecting>().Select(connecting => connecting.Target.Index));
            Assert.Equal(isStopped ? StopReason.Threshold : StopReason.None, scene.Control.Reason);
        },
        iter: 300);

    private static async Task<RolloutScene> RunAsync(Case one, int parallel)
    {
        var scene = new RolloutScene(0)
        {
            Transport = new ScriptedTransport(target => CreateScript(one.Fates[target.Index])),
            Targets =
            [
                .. one.Fates.Select((_, number) => new Target(string.Create(CultureInfo.InvariantCulture, $"n{number}"))
                {
                    Attributes = new Dictionary<string, string> { ["rack"] = string.Create(CultureInfo.InvariantCulture, $"r{number % 3}") },
                }),
            ],
        };
        var rollout = CreatePlan(one, scene.Plan().Targets);
        return await scene.RunAsync(rollout, plan => plan with { MaxConcurrency = parallel });
    }

    private static NodeScript CreateScript(Fate fate) => fate == Fate.IsUnreachable
        ? NodeScript.FailsToConnect(new TransportException(NodeOutcome.ConnectTimedOut, "no answer"))
        : new NodeScript
        {
            Command = async process =>
            {
                await Task.Yield();
                var isCheck = process.Command.CommandLine == "check";
                process.Exit(fate == Fate.Fails || (isCheck && fate == Fate.FailsItsCheck) ? 1 : 0);
            },
        };

    private static RolloutPlan CreatePlan(Case one, IReadOnlyList<Target> targets) => new()
    {
        BatchSizes = [.. one.Sizes],
        Canary = [.. targets.TakeLast(one.Canary)],
        SpreadAttribute = one.Spread == 0 ? null : "rack",
        SpreadLimit = Math.Max(1, one.Spread),
        Check = one.HasCheck ? new RolloutCheck(CommandJob.Shell("check")) : null,
        MaxFailed = one.MaxFailed,
        MaxUnreachable = one.MaxUnreachable,
    };

    /// <summary>What holds however many run at once.</summary>
    private static void Check(Case one, RolloutScene scene)
    {
        var batches = CreatePlan(one, scene.Plan().Targets).GetBatches(scene.Plan().Targets);
        Assert.Equal(Enumerable.Range(0, one.Fates.Length), batches.SelectMany(batch => batch.Targets).Select(target => target.Index).Order());
        var batchOf = batches.SelectMany(batch => batch.Targets.Select(target => (target.Index, batch.Number))).ToDictionary();
        var finished = new HashSet<int>();
        var connected = new HashSet<int>();
        foreach (var nodeEvent in scene.Events)
        {
            var index = nodeEvent.Target.Index;
            if (nodeEvent is NodeFinished)
                Assert.True(finished.Add(index), "a target ended twice");
            if (nodeEvent is NodeConnecting)
            {
                Assert.True(connected.Add(index), "a target started twice");
                Assert.All(batchOf.Where(other => other.Value < batchOf[index]), other => Assert.Contains(other.Key, finished));
            }
        }

        Assert.Equal(one.Fates.Length, finished.Count);
        // With a check, a success is one that was checked.
        var isChecked = scene.Events.OfType<NodeChecked>().Select(check => check.Target.Index).ToList();
        Assert.Equal(isChecked.Count, isChecked.Distinct().Count());
        Assert.All(scene.Summary.Results.Index(), result => Assert.True(!one.HasCheck || !result.Item!.Succeeded || isChecked.Contains(result.Index)));
        Assert.All(scene.Summary.Results, result => Assert.True(result!.Outcome != NodeOutcome.NotChecked || scene.Control.Reason == StopReason.Threshold));
        Assert.Equal(
            (scene.Summary.Results.Count(result => result!.Succeeded), scene.Summary.FailedCount, 0, 0),
            (scene.Control.Counts.Completed, scene.Control.Counts.Failed, scene.Control.Counts.Running, scene.Control.Counts.Queued));
        // Checks are limited by the window alone.
        var most = one.Spread == 0 || one.HasCheck ? one.Parallel : Math.Min(one.Parallel, 3 * one.Spread);
        Assert.InRange(scene.Transport.MostAtOnce, 0, most);
        var isStopped = scene.Control.Reason == StopReason.Threshold;
        Assert.Equal(Model(one).IsStopped, isStopped);
        Assert.Equal(isStopped ? 1 : 0, scene.Events.OfType<ThresholdExceeded>().Count());
        // A stop leaves the rest not started, and without a stop nothing is left.
        Assert.All(scene.Summary.Results, result => Assert.True(isStopped || result!.Outcome != NodeOutcome.NotStarted));
        if (scene.Events.OfType<ThresholdExceeded>().SingleOrDefault() is { } exceeded)
            Assert.All(batchOf.Where(other => other.Value > batchOf[exceeded.Target.Index]), other => Assert.DoesNotContain(other.Key, connected));
    }

    /// <summary>Runs the hosts of a case in thought, one after the other.</summary>
    private static (List<int> Started, bool IsStopped) Model(Case one)
    {
        var count = one.Fates.Length;
        var maxFailed = one.MaxFailed is { } failedShare ? GetCount(failedShare, count) : one.HasCheck ? 0 : int.MaxValue;
        var maxUnreachable = one.MaxUnreachable is { } unreachableShare ? GetCount(unreachableShare, count) : one.HasCheck ? 0 : int.MaxValue;
        var canary = Math.Min(one.Canary, count);
        var started = new List<int>();
        var (failed, unreachable) = (0, 0);
        var next = 0;
        if (canary > 0 && !RunBatch(Enumerable.Range(count - canary, canary), isCanary: true))
            return (started, true);
        for (var batch = 0; next < count - canary; batch++)
        {
            var size = one.Sizes.Length == 0 ? count : Math.Max(1, GetCount(one.Sizes[Math.Min(batch, one.Sizes.Length - 1)], count));
            var hosts = Enumerable.Range(next, Math.Min(size, count - canary - next)).ToList();
            next += hosts.Count;
            if (!RunBatch(hosts, isCanary: false))
                return (started, true);
        }

        return (started, false);

        static int GetCount(TargetShare share, int count) => share.IsPercent ? (int)Math.Floor(count * share.Number / 100m) : share.Number;

        bool RunBatch(IEnumerable<int> hosts, bool isCanary)
        {
            var all = hosts.ToList();
            foreach (var host in all)
            {
                started.Add(host);
                failed += one.Fates[host] == Fate.Fails ? 1 : 0;
                unreachable += one.Fates[host] == Fate.IsUnreachable ? 1 : 0;
                if (failed > maxFailed || unreachable > maxUnreachable || (isCanary && one.Fates[host] is Fate.Fails or Fate.IsUnreachable))
                    return false;
            }

            foreach (var host in all.Where(host => one.HasCheck && one.Fates[host] == Fate.FailsItsCheck))
            {
                failed++;
                if (failed > maxFailed || isCanary)
                    return false;
            }

            return true;
        }
    }

    private sealed record Case(
        Fate[] Fates, TargetShare[] Sizes, int Parallel, int Canary, TargetShare? MaxFailed, TargetShare? MaxUnreachable, bool HasCheck, int Spread)
    {
        public override string ToString() =>
            $"{string.Join(' ', Fates)}; sizes {string.Join(',', Sizes)}; parallel {Parallel}; canary {Canary}; max {MaxFailed} {MaxUnreachable}; check {HasCheck}; spread {Spread}";
    }
}
