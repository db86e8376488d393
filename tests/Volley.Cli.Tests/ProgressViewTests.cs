using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Time.Testing;
using Volley.Cli.Rendering;
using Volley.Cli.Terminal;
using Volley.Targets;
using Xunit;

namespace Volley.Cli.Tests;

public class ProgressViewTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void OneLineIsOfTheRunAndOneOfEachNode()
    {
        var view = new ProgressView(new Style(IsOn: false), 40, _time);
        var since = _time.GetTimestamp();
        _time.Advance(TimeSpan.FromSeconds(2.5));
        var lines = view.Draw(80, 10, new RunCounts(2, 9, 28, 1), [Node("web1", since, true), Node("web2", since, false)]);
        Assert.Equal(3, lines.Length);
        Assert.StartsWith("10/40 ", lines[0], StringComparison.Ordinal);
        Assert.Contains(" 25% ", lines[0], StringComparison.Ordinal);
        Assert.EndsWith(" 2 running, 1 failed", lines[0], StringComparison.Ordinal);
        Assert.Equal("  web1  2.5 s", lines[1]);
        Assert.Equal("  web2  2.5 s  connecting", lines[2]);
    }

    [Theory]
    [InlineData(10)]
    [InlineData(20)]
    [InlineData(40)]
    [InlineData(200)]
    public void NoLineIsAsWideAsTheTerminal(int columns)
    {
        foreach (var isOn in new[] { false, true })
        {
            var view = new ProgressView(new Style(isOn), 1_000_000, _time);
            var lines = view.Draw(columns, 999_999, new RunCounts(64, 1, 2, 999_998), [Node(new string('x', 300), _time.GetTimestamp(), false), Node("漢字漢字漢字漢字漢字漢字", 0, true)]);
            Assert.Equal(3, lines.Length);
            Assert.All(lines, line => Assert.InRange(new StringInfo(Regex.Replace(line, "\e\\[[0-9;]*m", "")).LengthInTextElements, 0, columns - 1));
            if (!isOn)
                Assert.DoesNotContain(lines, line => line.Contains('\e'));
        }
    }

    [Fact]
    public void ANodesNameIsMadeHarmless()
    {
        var lines = new ProgressView(new Style(IsOn: false), 1, _time).Draw(80, 0, new RunCounts(1, 0, 0, 0), [Node("a\e[2J[red]", _time.GetTimestamp(), true)]);
        Assert.Equal("  a^[[2J[red]  0.0 s", lines[1]);
    }

    private static RunningNode Node(string name, long since, bool isConnected) => new(new Target(0, name), since, isConnected);
}
