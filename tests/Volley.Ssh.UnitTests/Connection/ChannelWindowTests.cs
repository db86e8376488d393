using Volley.Ssh.Connection;
using Xunit;

namespace Volley.Ssh.UnitTests.Connection;

/// <summary>How much a distant peer can send in a round trip.</summary>
public sealed class ChannelWindowTests
{
    private const int MaxRoundTrips = 100;

    [Theory]
    [InlineData(1000)]
    [InlineData(32 << 10)]
    [InlineData(100_000)]
    [InlineData(250_000)]
    public void ADistantPeerGetsMostOfTheLargestWindowInEachRoundTrip(int chunk)
    {
        var window = new ChannelWindow(WindowBudget.FirstWindow, new WindowBudget());
        long sent = 0, mayArrive = window.Size;
        for (var i = 0; i < MaxRoundTrips; i++)
        {
            // The peer sends all that it may; what it gets back arrives a round trip later.
            sent = mayArrive;
            Assert.True(window.TryReceive((int)sent));
            mayArrive = 0;
            for (var left = (int)sent; left > 0; left -= chunk)
                mayArrive += window.Consume(Math.Min(chunk, left), emptied: left <= chunk);
        }

        Assert.Equal(ChannelWindow.Largest, window.Size);
        Assert.InRange(sent, ChannelWindow.Largest / 4 * 3, ChannelWindow.Largest);
    }

    [Fact]
    public void AWindowDoesNotGrowForAConsumerThatIsBehind()
    {
        var window = new ChannelWindow(WindowBudget.FirstWindow, new WindowBudget());
        Assert.True(window.TryReceive(window.Size));
        for (var i = 0; i < MaxRoundTrips; i++)
        {
            var back = (int)window.Consume(WindowBudget.FirstWindow / 2, emptied: false);
            Assert.Equal(WindowBudget.FirstWindow / 2, back);
            Assert.True(window.TryReceive(back));
        }

        Assert.Equal(WindowBudget.FirstWindow, window.Size);
    }
}
