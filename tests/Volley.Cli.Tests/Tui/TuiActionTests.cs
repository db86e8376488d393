using Xunit;

namespace Volley.Cli.Tests.Tui;

/// <summary>Which nodes the keys act on: those that are marked, else what is under the cursor.</summary>
public sealed class TuiActionTests : IDisposable
{
    private readonly TuiScene _scene = new("n[0-59]");

    public TuiActionTests()
    {
        _scene.Start([.. Enumerable.Range(0, 60)]);
        for (var node = 0; node < 60; node++)
        {
            _scene.Print(node, node % 10 == 0 ? "bad\n" : "good\n");
            _scene.Exit(node, node % 10 == 0 ? 1 : 0);
        }

        _scene.IsLive = false;
    }

    private string LastRow => _scene.Line(23);

    public void Dispose() => _scene.Dispose();

    [Fact]
    public void WithoutMarksTheRowUnderTheCursorIsMeant()
    {
        _scene.Press("Tab", "Down", "Down", "r");
        Assert.Equal("running n2 again", LastRow);
        _scene.Press("Enter", "w", "x", "Enter");
        Assert.Equal(["again n2", "write x n2"], _scene.Asked);
    }

    [Fact]
    public void InTheGroupsTheWholeGroupIsMeant()
    {
        _scene.Press("g", "End", "r");
        Assert.Equal("running 6 nodes again", LastRow);
        _scene.Press("w");
        Assert.StartsWith("write 54 nodes to directory: volley-output", LastRow, StringComparison.Ordinal);
        Assert.Equal(["again n0 n10 n20 n30 n40 n50"], _scene.Asked);
    }

    [Fact]
    public void MarkedNodesThatAFilterHidesAreAskedAbout()
    {
        // All of a group are marked, and the filter shows others.
        _scene.Press("g", "Space", "Esc", "Tab", "/");
        _scene.Type("state:failed");
        _scene.Press("Enter", "a", "r");
        Assert.Equal("run again: 60 marked nodes, 54 not in the list? y or n", LastRow);
        Assert.Empty(_scene.Asked);
        _scene.Press("Enter");
        Assert.Equal("nothing was done", LastRow);
        _scene.Press("w", "q");
        Assert.Equal("nothing was done", LastRow);
        _scene.Press("r", "Ctrl+C");
        Assert.Equal("nothing was done", LastRow);
        Assert.Empty(_scene.Asked);
        _scene.Press("r", "y");
        Assert.Equal("running 60 nodes again", LastRow);
        Assert.StartsWith("again n0 n1 n2", Assert.Single(_scene.Asked), StringComparison.Ordinal);
    }

    [Fact]
    public void MarkedNodesInSightAreNotAskedAbout()
    {
        _scene.Press("Tab", "/");
        _scene.Type("state:failed");
        _scene.Press("Enter", "a", "r");
        Assert.Equal(["again n0 n10 n20 n30 n40 n50"], _scene.Asked);
        Assert.Equal("running 6 nodes again", LastRow);
    }

    [Fact]
    public void WhatAKeyDoesNotApplyToIsSaid()
    {
        _scene.Press("c");
        Assert.Equal("n0 is done already", LastRow);
        _scene.Press("a", "c");
        Assert.Equal("60 nodes are done already", LastRow);
        _scene.Press("Tab", "/");
        _scene.Type("nowhere");
        _scene.Press("Enter", "Tab", "a", "Tab", "w");
        Assert.Empty(_scene.Asked);
    }

    [Fact]
    public void NothingUnderTheCursorIsNothingToActOn()
    {
        _scene.Press("Tab", "/");
        _scene.Type("nowhere");
        _scene.Press("Enter", "r");
        Assert.Equal("no node is selected or marked", LastRow);
    }

    [Fact]
    public void TheListOfTheOverviewIsSelectedByKeys()
    {
        Assert.StartsWith("> n0  exit 1", _scene.Line(5), StringComparison.Ordinal);
        // The map has one row: below it is the list of what failed.
        _scene.Press("Down");
        Assert.StartsWith("> n0", _scene.Line(5), StringComparison.Ordinal);
        _scene.Press("Down", "Down");
        Assert.StartsWith("> n20  exit 1", _scene.Line(5), StringComparison.Ordinal);
        _scene.Press("Space", "End");
        Assert.StartsWith("> n50  exit 1", _scene.Line(5), StringComparison.Ordinal);
        _scene.Press("Home", "Enter");
        Assert.StartsWith("n0  exit 1", _scene.Line(1), StringComparison.Ordinal);
        _scene.Press("q", "Up", "Right");
        Assert.StartsWith("> n1  ok", _scene.Line(5), StringComparison.Ordinal);
        _scene.Press("r");
        Assert.Equal(["again n20"], _scene.Asked);
    }

    [Fact]
    public void TheCursorStaysWithItsNodeInTheListOfTheOverview()
    {
        _scene.Screen();
        _scene.Press("Down", "Down", "r");
        _scene.Screen();
        // It is queued, which the list does not show: the cursor stays in its place.
        Assert.StartsWith("> n20", _scene.Line(5), StringComparison.Ordinal);
        _scene.Start(10);
        Assert.StartsWith("> n20", _scene.Line(5), StringComparison.Ordinal);
    }

    [Fact]
    public void ADoubleClickOpensWhatWasClicked()
    {
        _scene.Screen();
        _scene.Session.Click(4, 9);
        Assert.StartsWith("n20  exit 1", _scene.Line(1), StringComparison.Ordinal);
        _scene.Session.DoubleClick(4, 9);
        Assert.StartsWith("n20  exit 1", _scene.Line(1), StringComparison.Ordinal);
        _scene.Press("q");
        _scene.Screen();
        _scene.Session.Click(7, 4);
        Assert.StartsWith("> n7  ok", _scene.Line(5), StringComparison.Ordinal);
        _scene.Session.DoubleClick(7, 4);
        Assert.StartsWith("n7  ok", _scene.Line(1), StringComparison.Ordinal);
        // Below the last row there is nothing.
        _scene.Press("q", "g");
        _scene.Screen();
        _scene.Session.DoubleClick(7, 20);
        Assert.Contains("groups", _scene.Line(0), StringComparison.Ordinal);
        _scene.Session.DoubleClick(7, 3);
        Assert.StartsWith("n[0,10,20,30,40,50] (6)", _scene.Line(1), StringComparison.Ordinal);
    }

    [Fact]
    public void QGoesBackFromWhatWasOpened()
    {
        foreach (var key in new[] { "?", "l", "1" })
        {
            _scene.Press(key, "q");
            Assert.Contains("overview", _scene.Line(0), StringComparison.Ordinal);
        }

        _scene.Press("Tab", "Space", "Space", "d", "q", "s", "q");
        Assert.Contains("nodes", _scene.Line(0), StringComparison.Ordinal);
        Assert.Empty(_scene.Asked);
        _scene.Press("?", "Ctrl+C");
        _scene.Press("q", "q");
        Assert.Equal(["leave", "leave"], _scene.Asked);
    }

    [Fact]
    public void QStopsWhereCtrlCHasAsked()
    {
        foreach (var key in new[] { "?", "l", "1" })
        {
            using var scene = new TuiScene("n[1-3]");
            scene.Start(0, 1, 2);
            scene.Press(key, "Ctrl+C", "q");
            Assert.Equal(["stop"], scene.Asked);
        }
    }

    [Theory]
    [InlineData("x/y", "x/y")]
    [InlineData("~other/x", null)]
    public void OnlyOurOwnHomeDirectoryIsExpanded(string typed, string? expected)
    {
        _scene.Press("w");
        _scene.Type(typed);
        _scene.Press("Enter");
        Assert.Equal(expected is null ? [] : [$"write {expected} n0"], _scene.Asked);
    }

    [Fact]
    public void AProposalIsReplacedByTypingAndKeptByBackspace()
    {
        _scene.Press("w", "Backspace", "2", "Enter");
        _scene.Press("w", "Enter");
        Assert.Equal(["write volley-outpu2 n0", "write volley-output n0"], _scene.Asked);
    }
}
