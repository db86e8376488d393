using System.Diagnostics;
using System.Globalization;
using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Tui;

/// <summary>Every view as text, at a small, a usual and a large size.</summary>
/// <remarks>
/// The expected screens are in the directory Screens. After an intended change: run these tests with VOLLEY_ACCEPT=1, and look at the difference
/// that git shows.
/// </remarks>
public class TuiViewTests
{
    public static TheoryData<string, int, int> Views
    {
        get
        {
            var data = new TheoryData<string, int, int>();
            foreach (var view in new[] { "overview", "nodes", "groups", "node", "split", "diff", "log", "help" })
            {
                data.Add(view, 40, 10);
                data.Add(view, 80, 24);
                data.Add(view, 200, 60);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Views))]
    public async Task LooksAsItIsMeantTo(string view, int width, int height)
    {
        using var scene = Scene();
        switch (view)
        {
            case "overview":
                scene.Press("Right", "Right", "Right");
                break;
            case "nodes":
                scene.Press("Right", "Tab", "Space", "Space");
                break;
            case "groups":
                scene.Press("g", "Space");
                break;
            case "node":
                scene.Press("4");
                break;
            case "split":
                scene.Press("Tab", "Space", "Space", "Space", "s");
                break;
            case "diff":
                scene.Press("Tab", "Space", "Space", "d");
                break;
            case "log":
                scene.Press("l");
                break;
            default:
                scene.Press("?");
                break;
        }

        // What moves nothing takes the message away.
        scene.Press("F5");
        var screen = scene.Screen(width, height);
        if (view == "diff")
        {
            while (screen.Contains("comparing...", StringComparison.Ordinal))
            {
                await Task.Yield();
                screen = scene.Screen(width, height);
            }
        }

        var path = Path.Combine(Repository.Root, "tests", "Volley.Cli.Tests", "Tui", "Screens", string.Create(CultureInfo.InvariantCulture, $"{view}-{width}x{height}.txt"));
        if (Environment.GetEnvironmentVariable("VOLLEY_ACCEPT") == "1")
            await File.WriteAllTextAsync(path, screen + "\n", TestContext.Current.CancellationToken);
        var expected = await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken);
        Assert.Equal(expected, screen + "\n");
    }

    [Fact]
    public void FourThousandNodesHaveACellEach()
    {
        using var scene = new TuiScene("n[1-4000]");
        for (var node = 0; node < 4000; node += 2)
        {
            scene.Start(node);
            scene.Exit(node, node % 10 == 0 ? 1 : 0);
        }

        var lines = scene.Screen(200, 60).Split('\n');
        Assert.Equal(string.Concat(Enumerable.Repeat("F.o.o.o.o.", 20)), lines[4]);
        Assert.Equal(4000, lines[4..24].Sum(line => line.Length));
        scene.Press("End");
        Assert.StartsWith("> n4000  queued", scene.Line(24, 200, 60), StringComparison.Ordinal);
        // Where they don't fit, the map scrolls to the one under the cursor.
        Assert.StartsWith("> n4000  queued", scene.Line(21), StringComparison.Ordinal);
        scene.Press("Home");
        Assert.StartsWith("> n1  exit 1", scene.Line(21), StringComparison.Ordinal);
    }

    [Fact]
    public void AScreenOfFiveThousandNodesIsDrawnAtOnce()
    {
        using var scene = new TuiScene("n[1-5000]");
        scene.Start([.. Enumerable.Range(0, 5000)]);
        foreach (var keys in new string[][] { ["Home"], ["Tab"], ["o"], ["o"], ["o"], ["o"], ["o"], ["/", "n", "Enter"], ["g"], ["Esc", "1"] })
        {
            for (var node = 0; node < 5000; node++)
                scene.Print(node, $"{keys[0]} of {node % 100}\n");
            scene.Screen(200, 60);
            var clock = Stopwatch.StartNew();
            scene.Press(keys);
            scene.State.Requeue([]);
            scene.Screen(200, 60);
            TestContext.Current.TestOutputHelper!.WriteLine($"{string.Join(' ', keys)}: {clock.Elapsed.TotalMilliseconds:0.0} ms");
            // A key is to be answered within 100 ms; a loaded machine gets ten times that.
            Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(1));
        }
    }

    [Theory]
    [InlineData(39, 10)]
    [InlineData(40, 9)]
    [InlineData(1, 1)]
    [InlineData(10, 3)]
    public void WhatIsTooSmallSaysSoAndComesBack(int width, int height)
    {
        using var scene = Scene();
        var before = scene.Screen(40, 10);
        Assert.StartsWith("too small: 40x10 is needed"[..Math.Min(width, 26)], scene.Screen(width, height), StringComparison.Ordinal);
        scene.Press("Down", "Up");
        Assert.Equal(before, scene.Screen(40, 10));
    }

    [Fact]
    public void NoScreenIsWiderThanItIs()
    {
        foreach (var keys in new string[][] { [], ["Tab"], ["g"], ["4"], ["5"], ["l"], ["?"], ["Tab", "Space", "Space", "s"], ["/", "x"], ["Tab", "Space", "w"] })
        {
            using var scene = Scene();
            scene.Press(keys);
            foreach (var (width, height) in new[] { (40, 10), (41, 11), (80, 24), (200, 60), (7, 2) })
            {
                var lines = scene.Screen(width, height).Split('\n');
                Assert.Equal(height, lines.Length);
                Assert.All(lines, line => Assert.InRange(Cli.Terminal.Cells.CellWidth.Measure(line), 0, width));
                Assert.DoesNotContain(lines, line => line.Any(char.IsControl));
            }
        }
    }

    /// <summary>A run in the middle: every state, wide and hostile text, progress.</summary>
    private static TuiScene Scene()
    {
        var scene = new TuiScene("web[1-40],db[1-8]", "apt-get", "upgrade");
        scene.Start([.. Enumerable.Range(0, 30)]);
        for (var node = 0; node < 20; node++)
        {
            scene.Print(node, $"Reading package lists...\nversion 12.{(node == 1 ? 7 : 8)}\n");
            if (node == 3)
            {
                scene.Print(node, "E: Could not get lock\n", StreamKind.Stderr);
                scene.Print(node, "漢字 are wide, 😀 too\n\u001b[2J\u001b]0;title\u0007hostile\n");
                for (var line = 1; line <= 60; line++)
                    scene.Print(node, $"line {line} {new string('x', line * 3)}\n");
            }

            scene.Exit(node, node == 3 ? 100 : 0, seconds: 1.5 + node);
        }

        scene.Time.Advance(TimeSpan.FromSeconds(20));
        for (var node = 20; node < 30; node++)
            scene.Print(node, $"Get:{node} packages {(node - 20) * 10}%");
        scene.Connect(30, 31);
        scene.Finish(32, new NodeResult(NodeOutcome.ConnectTimedOut) { Message = "no answer within 10 s", Elapsed = TimeSpan.FromSeconds(10) });
        scene.Finish(33, new NodeResult(NodeOutcome.CommandTimedOut) { Elapsed = TimeSpan.FromSeconds(15) });
        scene.Finish(34, new NodeResult(NodeOutcome.Canceled) { Stop = StopReason.Requested, Elapsed = TimeSpan.FromSeconds(2) });
        scene.State.AddMessage("web1: transport native: ssh_config asks for nothing beyond it");
        scene.State.AddMessage("volley: web33: connect timed out: no answer within 10 s");
        return scene;
    }
}
