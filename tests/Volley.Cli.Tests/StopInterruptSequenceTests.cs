using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Volley.Cli.Tests;

/// <summary>What a press of Ctrl+C means after the presses before it.</summary>
public class StopInterruptSequenceTests
{
    private readonly FakeTimeProvider _time = new();

    [Theory]
    [InlineData(0)]
    [InlineData(500)]
    [InlineData(1000)]
    public void ASecondPressWithinASecondTerminates(int milliseconds)
    {
        var sequence = new InterruptSequence(isBatch: false, _time);
        Assert.Equal(InterruptSequence.Action.ShowStatus, sequence.Press(isStopping: false));
        _time.Advance(TimeSpan.FromMilliseconds(milliseconds));
        Assert.Equal(InterruptSequence.Action.Terminate, sequence.Press(isStopping: false));
    }

    [Fact]
    public void EveryLaterPressIsAFirstOneAgain()
    {
        var sequence = new InterruptSequence(isBatch: false, _time);
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(InterruptSequence.Action.ShowStatus, sequence.Press(isStopping: false));
            _time.Advance(TimeSpan.FromMilliseconds(1001));
        }
    }

    [Fact]
    public void InBatchModeTheFirstPressTerminates() =>
        Assert.Equal(InterruptSequence.Action.Terminate, new InterruptSequence(isBatch: true, _time).Press(isStopping: false));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void WhileTheRunIsBeingEndedEveryPressKills(bool isBatch)
    {
        // Whatever ends it, so also the first one.
        var sequence = new InterruptSequence(isBatch, _time);
        Assert.Equal(InterruptSequence.Action.Kill, sequence.Press(isStopping: true));
        Assert.Equal(InterruptSequence.Action.Kill, sequence.Press(isStopping: true));
    }
}
