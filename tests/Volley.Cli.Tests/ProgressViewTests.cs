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

    [Theory]
    [InlineData(100, "10/40 [BAR] 25% 2/s 0:15 left 2 running, 1 failed")]
    [InlineData(46, "10/40 [BAR] 25% 0:15 left 2 running, 1 failed")]
    [InlineData(40, "10/40 [BAR] 25% 2 running, 1 failed")]
    [InlineData(35, "10/40 [BAR] 2 running, 1 failed")]
    [InlineData(28, "10/40 2 running, 1 failed")]
    public void WhatDoesNotFitIsLeftOut(int columns, string expected)
    {
        var view = new ProgressView(new Style(IsOn: false), 40, _time);
        _time.Advance(TimeSpan.FromSeconds(5));
        var line = Assert.Single(view.Draw(columns, 10, new RunCounts(2, 9, 28, 1), []));
        Assert.Equal(expected, Regex.Replace(line, " [━ ]+ (?=[0-9])", " [BAR] "));
    }

    [Theory]
    [InlineData(0, 5, "0/40 [BAR] 0% 2 running")]
    [InlineData(1, 60, "1/40 [BAR] 2% 1/min 39:00 left 2 running")]
    [InlineData(20, 0.01, "20/40 [BAR] 50% 2000/s 0:01 left 2 running")]
    [InlineData(40, 5, "40/40 [BAR] 100% 2 running")]
    public void RateAndRemainingTimeAreShownWhereTheyAreKnown(int finished, double seconds, string expected)
    {
        var view = new ProgressView(new Style(IsOn: false), 40, _time);
        _time.Advance(TimeSpan.FromSeconds(seconds));
        var line = view.Draw(100, finished, new RunCounts(2, finished, 0, 0), [])[0];
        Assert.Equal(expected, Regex.Replace(line, " [━ ]+ (?=[0-9])", " [BAR] "));
    }

    [Fact]
    public void WithoutUnicodeAllIsAscii()
    {
        var view = new ProgressView(new Style(IsOn: true, IsAscii: true), 40, _time);
        var lines = view.Draw(40, 10, new RunCounts(2, 9, 28, 1), [Node(new string('x', 300), _time.GetTimestamp(), true)]);
        Assert.All(string.Concat(lines), character => Assert.InRange(character, '\e', '~'));
        Assert.Equal(39, lines[1].Length);
    }

    [Fact]
    public void ANodesNameIsMadeHarmless()
    {
        var lines = new ProgressView(new Style(IsOn: false), 1, _time).Draw(80, 0, new RunCounts(1, 0, 0, 0), [Node("a\e[2J[red]", _time.GetTimestamp(), true)]);
        Assert.Equal("  a^[[2J[red]  0.0 s", lines[1]);
    }

    private static RunningNode Node(string name, long since, bool isConnected) => new(new Target(0, name), since, isConnected);
}
