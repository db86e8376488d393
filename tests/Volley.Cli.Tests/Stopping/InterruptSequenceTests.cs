using Microsoft.Extensions.Time.Testing;
using Volley.Cli.Run;
using Xunit;
using Action = Volley.Cli.Run.InterruptSequence.Action;

namespace Volley.Cli.Tests.Stopping;

public class InterruptSequenceTests
{
    private readonly FakeTimeProvider _time = new();

    [Theory]
    [InlineData(0, "Terminate")]
    [InlineData(999, "Terminate")]
    [InlineData(1000, "Terminate")]
    [InlineData(1001, "ShowStatus")]
    [InlineData(60_000, "ShowStatus")]
    public void ASecondPressEndsTheRunWithinASecond(int milliseconds, string second)
    {
        var presses = new InterruptSequence(isBatch: false, _time);
        Assert.Equal(Action.ShowStatus, presses.Press(isStopping: false));
        _time.Advance(TimeSpan.FromMilliseconds(milliseconds));
        Assert.Equal(second, $"{presses.Press(isStopping: false)}");
    }

    [Fact]
    public void ALatePressCountsAsAFirstOne()
    {
        var presses = new InterruptSequence(isBatch: false, _time);
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(Action.ShowStatus, presses.Press(isStopping: false));
            _time.Advance(TimeSpan.FromSeconds(1.5));
        }

        Assert.Equal(Action.ShowStatus, presses.Press(isStopping: false));
        _time.Advance(TimeSpan.FromSeconds(0.5));
        Assert.Equal(Action.Terminate, presses.Press(isStopping: false));
    }

    [Fact]
    public void InBatchTheFirstPressEndsTheRun() =>
        Assert.Equal(Action.Terminate, new InterruptSequence(isBatch: true, _time).Press(isStopping: false));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void APressWhileTheRunIsBeingEndedKills(bool isBatch)
    {
        var presses = new InterruptSequence(isBatch, _time);
        Assert.Equal(Action.Kill, presses.Press(isStopping: true));
        _time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(Action.Kill, presses.Press(isStopping: true));
    }
}
