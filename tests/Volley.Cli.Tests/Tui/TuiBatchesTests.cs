using Volley.Rollout;
using Xunit;

namespace Volley.Cli.Tests.Tui;

/// <summary>The batches of a rollout in the terminal UI, and its keys there.</summary>
public sealed class TuiBatchesTests : IDisposable
{
    private readonly TuiScene _scene = new("n[1-5]", new RolloutPlan { BatchSizes = [new TargetShare(2, IsPercent: false)] });

    public void Dispose() => _scene.Dispose();

    [Fact]
    public void EachBatchIsARow()
    {
        _scene.Press("b");
        Assert.Equal("3 batches, 0 done", _scene.Line(1));
        Begin(1);
        _scene.Start(0, 1);
        _scene.Exit(0, 0);
        Assert.Equal("   1  running        1/2  n[1-2]", _scene.Line(2));
        Assert.Equal("   2  queued         0/2  n[3-4]", _scene.Line(3));
        _scene.Exit(1, 3);
        Assert.Equal("   1  checking       2/2  1 failed  n[1-2]", _scene.Line(2));
        _scene.State.Apply(new BatchFinished(_scene.Plan.Targets[0], _scene.State.Batches[0], 1, 1));
        _scene.State.Apply(new BatchWaiting(_scene.Plan.Targets[2], _scene.State.Batches[1], null));
        Assert.Equal("batch 2 waits: y begins it", _scene.Line(1));
        Assert.Equal("   1  failed         2/2  1 failed  n[1-2]", _scene.Line(2));
        Assert.Equal("   2  waits          0/2  n[3-4]", _scene.Line(3));
        Begin(2);
        Assert.Equal("3 batches, 1 done", _scene.Line(1));
        _scene.Press("Down", "Enter");
        Assert.Contains("nodes of a batch", _scene.Line(0), StringComparison.Ordinal);
        Assert.Contains("n3", _scene.Screen(), StringComparison.Ordinal);
        Assert.DoesNotContain("n1", _scene.Screen(), StringComparison.Ordinal);
    }

    [Fact]
    public void EachViewSaysThatABatchWaits()
    {
        Begin(1);
        _scene.Exit(0, 0);
        _scene.Exit(1, 0);
        _scene.State.Apply(new BatchFinished(_scene.Plan.Targets[0], _scene.State.Batches[0], 2, 0));
        _scene.State.Apply(new BatchWaiting(_scene.Plan.Targets[2], _scene.State.Batches[1], null));
        Assert.Contains("batch 2 waits: b shows the batches, y there begins it", _scene.Screen(), StringComparison.Ordinal);
        _scene.State.Apply(new BatchWaiting(_scene.Plan.Targets[2], _scene.State.Batches[1], TimeSpan.FromHours(1)));
        Assert.Contains("waiting 1 h before batch 2: b shows the batches", _scene.Screen(), StringComparison.Ordinal);
        Begin(2);
        Assert.DoesNotContain("b shows the batches", _scene.Screen(), StringComparison.Ordinal);
    }

    [Fact]
    public void AfterAStopNothingWaits()
    {
        Begin(1);
        _scene.Exit(0, 0);
        _scene.Exit(1, 0);
        _scene.State.Apply(new BatchFinished(_scene.Plan.Targets[0], _scene.State.Batches[0], 2, 0));
        _scene.State.Apply(new BatchWaiting(_scene.Plan.Targets[2], _scene.State.Batches[1], null));
        foreach (var target in _scene.Plan.Targets.Skip(2))
            _scene.State.Apply(new NodeFinished(target, new NodeResult(NodeOutcome.NotStarted) { Stop = StopReason.Requested }));
        Assert.DoesNotContain("waits", _scene.Screen(), StringComparison.Ordinal);
        _scene.Press("b");
        Assert.Equal("stopped: 1 of 3 batches done", _scene.Line(1));
        Assert.Equal("   2  not started    0/2  n[3-4]", _scene.Line(3));
        _scene.Press("y");
        Assert.Contains("no batch waits", _scene.Screen(), StringComparison.Ordinal);
    }

    [Fact]
    public void ABatchThatAStopLeftUncheckedIsStopped()
    {
        Begin(1);
        _scene.Exit(0, 0);
        _scene.Exit(1, 0);
        _scene.State.Apply(new NodeChecked(_scene.Plan.Targets[1], new NodeResult(NodeOutcome.NotChecked) { Stop = StopReason.Requested }));
        _scene.Press("b");
        Assert.StartsWith("   1  stopped        2/2  1 failed", _scene.Line(2), StringComparison.Ordinal);
    }

    [Fact]
    public void ItsKeysApprovePauseAndAbort()
    {
        var rollout = _scene.Rollout!;
        _scene.Press("b", "y");
        Assert.Contains("no batch waits", _scene.Screen(), StringComparison.Ordinal);
        _scene.Press("p");
        Assert.True(rollout.IsPaused);
        Assert.Equal("pauses before the next batch: y continues", _scene.Line(1));
        _scene.Press("y");
        Assert.False(rollout.IsPaused);
        _scene.Press("x", "n");
        Assert.Empty(_scene.Asked);
        _scene.Press("x", "y");
        Assert.Equal(["abort"], _scene.Asked);
    }

    [Fact]
    public void AFailedCheckShowsAtItsNode()
    {
        Begin(1);
        _scene.Start(0);
        _scene.Exit(0, 0);
        _scene.State.Apply(new NodeChecked(_scene.Plan.Targets[0], new NodeResult(NodeOutcome.CheckFailed) { Reason = "exit 7" }));
        _scene.Press("Tab", "Enter");
        Assert.Contains("check failed: exit 7", _scene.Screen(), StringComparison.Ordinal);
    }

    [Fact]
    public void ARunWithoutBatchesSaysSo()
    {
        using var scene = new TuiScene("n1");
        scene.Press("b");
        Assert.Contains("the run has no batches", scene.Screen(), StringComparison.Ordinal);
    }

    private void Begin(int number) => _scene.State.Apply(new BatchStarted(_scene.Plan.Targets[0], _scene.State.Batches[number - 1]));
}
