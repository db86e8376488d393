using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using Volley.Cli.Output.Progress;
using Volley.Cli.Terminal.Cells;
using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Output;

public class ProgressViewTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void ARowIsOfTheRunAndOneOfEachNode()
    {
        var view = View("web[1-40]");
        var first = Node("web1");
        _time.Advance(TimeSpan.FromSeconds(62.5));
        var second = Node("web2", isConnected: false);
        _time.Advance(TimeSpan.FromSeconds(2.7));
        first.Append(StreamKind.Stdout, "Unpacking\n45% of it\n"u8);
        var lines = Lines(view.Draw(100, 24, 10, new RunCounts(2, 9, 28, 1), new RunAmount(1_200_000), [second, first]));
        Assert.Equal(3, lines.Length);
        Assert.Matches(@"^10/40 █+░+ 25%  9/min  3:16 left  2 running  1 failed  1\.2 MB$", lines[0]);
        Assert.Equal("r web1     1:05  ████░░░░░░  45%  45% of it", lines[1]);
        Assert.Equal("c web2      2 s  connecting", lines[2]);
    }

    [Fact]
    public void ARetryIsShownUntilTheNextAttemptPrints()
    {
        var view = View("web[1-4]");
        var node = Node("web1");
        node.Append(StreamKind.Stdout, "45% of"u8);
        node.ShowMark("exit 75; attempt 2 of 3 in 5 s");
        Assert.Equal("r web1     0 s  exit 75; attempt 2 of 3 in 5 s", Lines(view.Draw(100, 24, 0, new RunCounts(1, 0, 3, 0), default, [node]))[1]);
        node.Append(StreamKind.Stdout, "again\n"u8);
        Assert.Equal("r web1     0 s  again", Lines(view.Draw(100, 24, 0, new RunCounts(1, 0, 3, 0), default, [node]))[1]);
    }

    [Fact]
    public void ATransferIsMeasuredInBytes()
    {
        var view = View("web[1-4]");
        var totals = new TransferTotals(4);
        var node = Node("web1");
        var progress = new NodeProgress(node.Target, 60_000_000, 80_000_000) { Files = 1, TotalFiles = 2, CurrentFile = "data/one\ntwo" };
        node.Show(progress);
        totals.Add(progress);
        totals.Add(new NodeFinished(Node("web2", 1).Target, new NodeResult(NodeOutcome.Exited) { ExitCode = 0, TransferredFiles = 2, TransferredBytes = 80_000_000 }));
        Assert.Equal((140_000_000, 320_000_000), (totals.Bytes, totals.Expected));
        _time.Advance(TimeSpan.FromSeconds(10));
        var lines = Lines(view.Draw(100, 24, 1, new RunCounts(2, 1, 1, 0), new RunAmount(totals.Bytes, totals.Expected), [node]));
        Assert.Matches(@"^1/4 █+░+ 43%  14 MB/s  0:13 left  2 running  140 MB$", lines[0]);
        Assert.Equal("r web1    10 s  ███████░░░  75%  60 MB of 80 MB  data/one?two", lines[1]);
    }

    [Fact]
    public void ATransferThatRunsAgainCountsOnce()
    {
        var target = Node("web1").Target;
        var totals = new TransferTotals(2);
        totals.Add(new NodeConnecting(target));
        Assert.Equal((0, null), (totals.Bytes, totals.Expected));
        totals.Add(new NodeProgress(target, 50, 100));
        totals.Add(new NodeFinished(target, new NodeResult(NodeOutcome.ConnectionLost) { TransferredBytes = 60 }));
        Assert.Equal((60, 200), (totals.Bytes, totals.Expected));
        totals.Add(new NodeConnecting(target));
        Assert.Equal((0, null), (totals.Bytes, totals.Expected));
        totals.Add(new NodeProgress(target, 100, 100));
        Assert.Equal((100, 200), (totals.Bytes, totals.Expected));
    }

    [Theory]
    [InlineData(200, 60, 128, 128, "")]
    [InlineData(200, 60, 1000, 167, "+833 more")]
    [InlineData(80, 24, 128, 19, "+109 more")]
    [InlineData(80, 24, 20, 20, "")]
    [InlineData(130, 24, 30, 30, "")]
    [InlineData(40, 10, 10_000, 5, "+9995 more")]
    [InlineData(300, 100, 5, 5, "")]
    [InlineData(80, 5, 3, 0, "+3 more")]
    [InlineData(80, 3, 3, 0, "")]
    public void AsManyNodesAreShownAsFit(int columns, int lines, int running, int shown, string more)
    {
        var view = View(string.Create(CultureInfo.InvariantCulture, $"n[1-{running}]"));
        var nodes = Enumerable.Range(1, running).Select(n => Node(string.Create(CultureInfo.InvariantCulture, $"n{n}"), n - 1)).ToList();
        var canvas = view.Draw(columns, lines, 0, new RunCounts(running, 0, 0, 0), default, nodes);
        var rows = Lines(canvas);
        Assert.Equal(columns - 1, canvas.Width);
        Assert.InRange(canvas.Height, 1, Math.Max(1, lines - 3));
        Assert.Equal(shown, rows[1..].Sum(row => row.Split("r n").Length - 1));
        Assert.Equal(more.Length > 0, rows.Any(row => row.EndsWith(more, StringComparison.Ordinal) && row.Contains("more", StringComparison.Ordinal)));
        // The slowest first.
        if (shown > 0)
            Assert.StartsWith("r n1 ", rows[1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(10)]
    [InlineData(20)]
    [InlineData(40)]
    [InlineData(200)]
    public void NothingReachesTheLastColumnOfTheTerminal(int columns)
    {
        ImmutableArray<Target> targets = [RankedTarget.Create(0, new string('x', 300)), RankedTarget.Create(1, "漢字漢字漢字漢字漢字漢字")];
        var view = new ProgressView(targets, isAscii: false, _time);
        var node = Node(new string('x', 300));
        node.Append(StreamKind.Stdout, Encoding.UTF8.GetBytes(new string('漢', 300)));
        var canvas = view.Draw(columns, 24, 999_999, new RunCounts(64, 1, 2, 999_998), new RunAmount(long.MaxValue), [node, Node("漢字漢字漢字漢字漢字漢字", 1)]);
        Assert.Equal(columns - 1, canvas.Width);
        Assert.Equal(3, canvas.Height);
        Assert.All(Lines(canvas), line => Assert.InRange(CellWidth.Measure(line), 0, columns - 1));
    }

    [Theory]
    [InlineData(100, "10/40 [BAR] 25%  2/s  0:15 left  2 running  1 failed  17 B")]
    [InlineData(54, "10/40 [BAR] 25%  2/s  0:15 left  2 running  1 failed")]
    [InlineData(50, "10/40 [BAR] 25%  0:15 left  2 running  1 failed")]
    [InlineData(40, "10/40 [BAR] 25%  2 running  1 failed")]
    [InlineData(33, "10/40 [BAR] 2 running  1 failed")]
    [InlineData(28, "10/40 2 running  1 failed")]
    public void WhatDoesNotFitIsLeftOut(int columns, string expected)
    {
        var view = View("n[1-40]");
        _time.Advance(TimeSpan.FromSeconds(5));
        var line = Assert.Single(Lines(view.Draw(columns, 24, 10, new RunCounts(2, 9, 28, 1), new RunAmount(17), [])));
        Assert.Equal(expected, WithoutBar(line));
    }

    [Theory]
    [InlineData(0, 5, "0/40 [BAR] 0%  2 running")]
    [InlineData(1, 60, "1/40 [BAR] 2%  1/min  39:00 left  2 running")]
    [InlineData(20, 0.01, "20/40 [BAR] 50%  2000/s  0:01 left  2 running")]
    [InlineData(40, 5, "40/40 [BAR] 100%  2 running")]
    public void RateAndRemainingTimeAreShownWhereTheyAreKnown(int finished, double seconds, string expected)
    {
        var view = View("n[1-40]");
        _time.Advance(TimeSpan.FromSeconds(seconds));
        Assert.Equal(expected, WithoutBar(Lines(view.Draw(100, 24, finished, new RunCounts(2, finished, 0, 0), default, []))[0]));
    }

    [Fact]
    public void WithoutUnicodeAllIsAscii()
    {
        ImmutableArray<Target> targets = [new(new string('x', 300))];
        var view = new ProgressView(targets, isAscii: true, _time);
        var node = Node(new string('x', 300));
        node.Append(StreamKind.Stdout, "50% 漢字 é"u8);
        var lines = Lines(view.Draw(70, 24, 10, new RunCounts(2, 9, 28, 1), default, [node]));
        Assert.All(string.Concat(lines), character => Assert.InRange(character, ' ', '~'));
        Assert.Contains("#####-----  50%  50% ?? ?", lines[1], StringComparison.Ordinal);
    }

    [Fact]
    public void WhatANodePrintsAndItsNameAreMadeHarmless()
    {
        var view = new ProgressView([new Target("a\e[2J")], isAscii: false, _time);
        var node = Node("a\e[2J");
        node.Append(StreamKind.Stderr, "\e]0;owned\a\e[31mred"u8);
        var lines = Lines(view.Draw(80, 24, 0, new RunCounts(1, 0, 0, 0), default, [node]));
        Assert.Equal("r a^[[2J     0 s  ^[]0;owned^Gred", lines[1]);
    }

    [Fact]
    public void TheLastLineIsTheOneThatIsWrittenOver()
    {
        var node = Node("n1");
        node.Append(StreamKind.Stdout, "first\n"u8);
        node.Append(StreamKind.Stdout, "\n  \n"u8);
        Assert.Equal("first", node.LastLine);
        node.Append(StreamKind.Stdout, "10%\r20%\r"u8);
        Assert.Equal("20%", node.LastLine);
        for (var i = 0; i < 100; i++)
            node.Append(StreamKind.Stdout, Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{i}% of a long progress bar\r")));
        Assert.Equal("99% of a long progress bar", node.LastLine);
        Assert.Equal(0.99, node.Fraction);
        node.Append(StreamKind.Stderr, "oops"u8);
        Assert.Equal("oops", node.LastLine);
        node.Append(StreamKind.Stdout, "\ndone\n"u8);
        Assert.Equal("done", node.LastLine);
        Assert.Null(node.Fraction);
    }

    [Theory]
    [InlineData("web[1-12]", "web7", 20, "web7")]
    [InlineData("verylonghostname-with-domain-[1-12].cluster.example.internal", "verylonghostname-with-domain-7.cluster.example.internal", 20, "…7…")]
    [InlineData("node[100-120].cluster.example.internal", "node107.cluster.example.internal", 20, "node107…")]
    [InlineData("one-completely-long-name,another-name-that-is-long", "one-completely-long-name", 12, "one-c…g-name")]
    [InlineData("a-very-long-single-host-name", "a-very-long-single-host-name", 11, "a-ver…-name")]
    public void LongNamesLoseWhatAllHaveAndTheirMiddle(string hosts, string label, int width, string expected)
    {
        var names = new NodeNames(HostList.Parse(hosts).ToTargets(), isAscii: false);
        Assert.Equal(expected, names.Fit(label, width));
    }

    private static string[] Lines(Canvas canvas) => canvas.ToString().Split('\n');

    private static string WithoutBar(string line) => System.Text.RegularExpressions.Regex.Replace(line, " [█░]+ ", " [BAR] ");

    private ProgressView View(string hosts) => new(HostList.Parse(hosts).ToTargets(), isAscii: false, _time);

    private RunningNode Node(string name, int index = 0, bool isConnected = true) => new(RankedTarget.Create(index, name), _time.GetTimestamp(), new LineEscaper()) { IsConnected = isConnected };
}
