using Volley.Cli.Tui;
using Volley.Cli.Tui.Nodes;
using Xunit;

namespace Volley.Cli.Tests.Tui;

/// <summary>What the events of a run make of the state of the terminal UI.</summary>
public sealed class TuiStateTests : IDisposable
{
    private readonly TuiScene _scene = new("n[0-4]");

    private TuiState State => _scene.State;

    public void Dispose() => _scene.Dispose();

    [Fact]
    public void ANodeGoesFromQueuedToItsEnd()
    {
        Assert.Equal(NodePhase.Queued, State.Nodes[0].Phase);
        _scene.Connect(0);
        Assert.Equal(NodePhase.Connecting, State.Nodes[0].Phase);
        _scene.Start(0);
        Assert.Equal(NodePhase.Running, State.Nodes[0].Phase);
        _scene.Exit(0, 0);
        Assert.Equal(NodePhase.Succeeded, State.Nodes[0].Phase);
        Assert.Equal(1, State.Done);
        Assert.Equal(4, State.Count(NodePhase.Queued));
    }

    [Theory]
    [InlineData(NodeOutcome.Signaled, nameof(NodePhase.Failed))]
    [InlineData(NodeOutcome.Faulted, nameof(NodePhase.Failed))]
    [InlineData(NodeOutcome.OutputLimitReached, nameof(NodePhase.Failed))]
    [InlineData(NodeOutcome.ElevationFailed, nameof(NodePhase.Failed))]
    [InlineData(NodeOutcome.ConnectFailed, nameof(NodePhase.Unreachable))]
    [InlineData(NodeOutcome.NameNotResolved, nameof(NodePhase.Unreachable))]
    [InlineData(NodeOutcome.AuthenticationFailed, nameof(NodePhase.Unreachable))]
    [InlineData(NodeOutcome.HostKeyRejected, nameof(NodePhase.Unreachable))]
    [InlineData(NodeOutcome.ConnectTimedOut, nameof(NodePhase.Unreachable))]
    [InlineData(NodeOutcome.ConnectionLost, nameof(NodePhase.Unreachable))]
    [InlineData(NodeOutcome.CommandTimedOut, nameof(NodePhase.TimedOut))]
    [InlineData(NodeOutcome.IdleTimedOut, nameof(NodePhase.TimedOut))]
    [InlineData(NodeOutcome.RelativeTimedOut, nameof(NodePhase.TimedOut))]
    [InlineData(NodeOutcome.DeadlineExceeded, nameof(NodePhase.TimedOut))]
    [InlineData(NodeOutcome.Canceled, nameof(NodePhase.Canceled))]
    [InlineData(NodeOutcome.NotStarted, nameof(NodePhase.Canceled))]
    public void EveryOutcomeHasItsPhase(NodeOutcome outcome, string phase)
    {
        _scene.Finish(3, new NodeResult(outcome));
        Assert.Equal(phase, State.Nodes[3].Phase.ToString());
        Assert.Equal(1, State.Done);
    }

    [Fact]
    public void ARetryKeepsTheOutputAndMarksItsEnd()
    {
        _scene.Start(0, 1);
        _scene.Print(0, "first");
        State.Apply(new NodeRetrying(_scene.Plan.Targets[0], new NodeResult(NodeOutcome.Exited) { ExitCode = 75 }, TimeSpan.FromSeconds(5)));
        Assert.Equal(NodePhase.Connecting, State.Nodes[0].Phase);
        Assert.Equal(2, State.Running);
        Assert.Equal("--- exit 75; attempt 2 in 5 s ---", State.Nodes[0].LastLine);
        State.Apply(new NodeStarted(_scene.Plan.Targets[0]));
        _scene.Print(0, "second\n");
        _scene.Print(1, "second\n");
        Assert.Equal(
            ["first", "--- exit 75; attempt 2 in 5 s ---", "second"],
            State.Nodes[0].Log.Read(0, 10).Select(line => System.Text.Encoding.UTF8.GetString(line.Bytes)));
        // Only the last attempt is compared.
        Assert.Equal(State.Nodes[1].Identity, State.Nodes[0].Identity);
        _scene.Exit(0, 0);
        Assert.Equal(NodePhase.Succeeded, State.Nodes[0].Phase);
    }

    [Fact]
    public void CountsAlwaysAddUp()
    {
        _scene.Start(0, 1, 2);
        _scene.Exit(1, 3);
        _scene.Finish(4, new NodeResult(NodeOutcome.NotStarted));
        _scene.Connect(1);
        Assert.Equal(5, NodePhases.All.Sum(State.Count));
        Assert.Equal(3, State.Running);
        Assert.Equal(1, State.Done);
    }

    [Fact]
    public void DurationsGrowUntilTheEnd()
    {
        _scene.Start(0);
        _scene.Time.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(TimeSpan.FromSeconds(3), State.Nodes[0].Elapsed);
        Assert.Equal(TimeSpan.Zero, State.Nodes[1].Elapsed);
        _scene.Exit(0, 0, seconds: 2.5);
        _scene.Time.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(TimeSpan.FromSeconds(2.5), State.Nodes[0].Elapsed);
    }

    [Fact]
    public void TheRunsOwnTimeEndsWithItsLastNode()
    {
        for (var node = 0; node < 5; node++)
        {
            _scene.Time.Advance(TimeSpan.FromSeconds(1));
            _scene.Exit(node, 0);
        }

        _scene.Time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(TimeSpan.FromSeconds(5), State.Elapsed);
    }

    [Fact]
    public void ANodeThatRunsAgainBeginsAnew()
    {
        _scene.Start(0);
        _scene.Print(0, "first\n");
        _scene.Exit(0, 1);
        State.Requeue([State.Nodes[0]]);
        Assert.Equal(NodePhase.Queued, State.Nodes[0].Phase);
        Assert.Equal(0, State.Nodes[0].Log.LineCount);
        Assert.Equal("", State.Nodes[0].LastLine);
        _scene.Start(0);
        _scene.Print(0, "second\n");
        _scene.Exit(0, 0);
        Assert.Equal("second", State.Nodes[0].LastLine);
        Assert.Equal(2, State.Nodes[0].Runs);
        Assert.Equal(1, State.Done);
    }

    [Theory]
    [InlineData("one\ntwo\n", "two")]
    [InlineData("one\ntwo\n\n  \n", "two")]
    [InlineData("one\ntw", "tw")]
    [InlineData(" 10%\r 20%\r 30%", " 30%")]
    [InlineData(" 10%\r 20%\r\n", " 20%")]
    [InlineData("\u001b[31mred\u001b[0m\n", "red")]
    [InlineData("\u001b]0;title\u0007x\n", "^[]0;title^Gx")]
    public void TheLastLineIsWhatWasPrintedLast(string output, string line)
    {
        _scene.Print(0, output);
        Assert.Equal(line, State.Nodes[0].LastLine);
    }

    [Theory]
    [InlineData("downloading 45%\n", 0.45)]
    [InlineData("45.5 % of it", 0.455)]
    [InlineData("Progress: [ 99%]\n", 0.99)]
    [InlineData("file 3/20 done\n", 0.15)]
    [InlineData("(12 / 48)\n", 0.25)]
    [InlineData("step 1/4, then 3/4\n", 0.75)]
    public void ProgressIsFoundInTheLastLine(string output, double progress)
    {
        _scene.Start(0);
        _scene.Print(0, output);
        Assert.Equal(progress, State.Nodes[0].Progress!.Value, 3);
    }

    [Theory]
    [InlineData("nothing\n")]
    [InlineData("101%\n")]
    [InlineData("/usr/1/2/x\n")]
    [InlineData("2026/11/24\n")]
    [InlineData("7/3\n")]
    [InlineData("3/0\n")]
    public void WhatIsNoProgressIsNotTakenForOne(string output)
    {
        _scene.Start(0);
        _scene.Print(0, output);
        Assert.Null(State.Nodes[0].Progress);
    }

    [Fact]
    public void AptAndDpkgLinesAreProgress()
    {
        _scene.Start(0);
        _scene.Print(0, "Reading package lists...\n1 upgraded, 1 newly installed, 0 to remove and 7 not upgraded.\n");
        Assert.Null(State.Nodes[0].Progress);
        _scene.Print(0, "Unpacking curl (7.88) ...\n");
        Assert.Equal(0.25, State.Nodes[0].Progress);
        _scene.Print(0, "Unpacking git (2.39) over (2.38) ...\nSetting up curl (7.88) ...\n");
        Assert.Equal(0.75, State.Nodes[0].Progress);
        _scene.Print(0, "Setting up git (2.39) ...\n");
        Assert.Equal(1, State.Nodes[0].Progress);
    }
}
