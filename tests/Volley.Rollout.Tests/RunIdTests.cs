using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Volley.Rollout.Tests;

public class RunIdTests
{
    [Fact]
    public void LaterRunsSortLater()
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 11, 30, 8, 0, 0, TimeSpan.Zero));
        var before = RunId.Create(time);
        for (var i = 0; i < 1000; i++)
        {
            time.Advance(TimeSpan.FromSeconds(i % 2 == 0 ? 0.125 : 1e6));
            var after = RunId.Create(time);
            Assert.True(string.CompareOrdinal(before.ToString(), after.ToString()) < 0);
            before = after;
        }
    }

    [Fact]
    public void RunsOfTheSameMomentDiffer()
    {
        var time = new FakeTimeProvider();
        Assert.True(Enumerable.Range(0, 100).Select(_ => RunId.Create(time)).Distinct().Count() > 98);
    }

    [Fact]
    public void ATextIsReadBack()
    {
        var id = RunId.Create(TimeProvider.System);
        Assert.Equal(RunId.Length, id.ToString().Length);
        Assert.True(RunId.TryParse(id.ToString(), out var read));
        Assert.Equal(id, read);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("17")]
    [InlineData("0123456789a")]
    [InlineData("0123456789ail")]
    [InlineData("0123456789AB")]
    [InlineData("../456789abc")]
    public void OtherTextsAreNone(string? text) => Assert.False(RunId.TryParse(text, out _));
}
