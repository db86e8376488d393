using Xunit;

namespace Volley.Cli.Tests.Tui;

/// <summary>Every key of the terminal UI, typed into the built program.</summary>
public sealed class TuiKeyTests : IAsyncDisposable
{
    // Which of its two streams is read first is not told by a job.
    private const string Job = "tell; case $host in n6) seq 1 500; exit 0 ;; n0|n9) echo oops >&2 ;; esac; echo hello from $host; case $host in n[0-2]) gate ;; n5) exit 3 ;; esac";

    private StopScene? _scene;
    private TmuxTerminal? _terminal;

    private StopScene Scene => _scene!;

    private TmuxTerminal Terminal => _terminal!;

    public async ValueTask DisposeAsync()
    {
        if (_terminal is not null)
            await _terminal.DisposeAsync();
        if (_scene is not null)
            await _scene.DisposeAsync();
    }

    [Fact]
    public async Task TabGoesFromTheOverviewToTheNodesAndBack()
    {
        await StartAsync();
        await Terminal.ShowsAsync("overview", "r 3 running", "F 1 failed", "o 6 ok", "rrrooFoooo", "70%  7/10");

        await Terminal.TypeAsync("Tab");
        await Terminal.ShowsAsync("last line", " r n0   running", " F n5   failed", "    3 hello from n5", " o n6   ok");
        await Terminal.TypeAsync("Tab");
        await Terminal.ShowsAsync("overview", "rrrooFoooo");
        await EndAsync();
    }

    [Fact]
    public async Task ArrowsMoveOverTheMapWhichNamesTheNode()
    {
        await StartAsync();
        await Terminal.ShowsAsync("> n0  running");
        await Terminal.TypeAsync("Right", "Right", "Right");
        await Terminal.ShowsAsync("> n3  ok");
        await Terminal.TypeAsync("Left");
        await Terminal.ShowsAsync("> n2  running");
        await Terminal.TypeAsync("End");
        await Terminal.ShowsAsync("> n9  ok");
        await Terminal.TypeAsync("Home");
        await Terminal.ShowsAsync("> n0  running");
        await Terminal.TypeAsync("Enter");
        await Terminal.ShowsAsync("n0  running", " hello from n0", "!oops", "1/2 follow");
        await Terminal.TypeAsync("Escape");
        await Terminal.ShowsAsync("overview");
        await EndAsync();
    }

    [Fact]
    public async Task ANodeIsScrolledFollowedAndSearched()
    {
        await StartAsync();
        // The seventh of the list.
        await Terminal.TypeAsync("7");
        await Terminal.ShowsAsync("n6  ok", " 1\n", " 21\n", "1/500");
        await Terminal.TypeAsync("PgDn");
        await Terminal.ShowsAsync("22/500");
        await Terminal.TypeAsync("Down");
        await Terminal.ShowsAsync("23/500");
        await Terminal.TypeAsync("Up", "PgUp");
        await Terminal.ShowsAsync("1/500");
        await Terminal.TypeAsync("End");
        await Terminal.ShowsAsync("480/500", " 500");
        await Terminal.TypeAsync("Home", "f");
        await Terminal.ShowsAsync("480/500 follow");
        await Terminal.TypeAsync("f", "Home", "/");
        await Terminal.SendAsync("49");
        await Terminal.TypeAsync("Enter");
        await Terminal.ShowsAsync("found in line 49");
        await Terminal.TypeAsync("n");
        await Terminal.ShowsAsync("found in line 149");
        await Terminal.TypeAsync("N", "N");
        await Terminal.ShowsAsync("found in line 499");
        await Terminal.TypeAsync("/");
        await Terminal.SendAsync("not there");
        await Terminal.TypeAsync("Enter");
        await Terminal.ShowsAsync("not there was not found");
        await EndAsync();
    }

    [Fact]
    public async Task LeftAndRightGoThroughTheNodesOfTheList()
    {
        await StartAsync();
        await Terminal.TypeAsync("Tab", "/");
        await Terminal.SendAsync("state:ok");
        await Terminal.TypeAsync("Enter");
        await Terminal.ShowsAsync("/state:ok 6 of 10");
        await Terminal.TypeAsync("Home", "Enter");
        await Terminal.ShowsAsync("n3  ok");
        await Terminal.TypeAsync("Right", "Right");
        await Terminal.ShowsAsync("n6  ok");
        await Terminal.TypeAsync("Left");
        await Terminal.ShowsAsync("n4  ok");
        await Terminal.TypeAsync("Left", "Left");
        await Terminal.ShowsAsync("n3  ok", "this is the first node of the list");
        await EndAsync();
    }

    [Theory]
    [InlineData("state:failed", "1 of 10", "n5")]
    [InlineData("exit:3", "1 of 10", "n5")]
    [InlineData("n[6-8]", "3 of 10", "n7")]
    [InlineData("500", "1 of 10", "n6")]
    [InlineData("state:run", "3 of 10", "n2")]
    public async Task SlashFilters(string filter, string count, string node)
    {
        await StartAsync();
        await Terminal.TypeAsync("/");
        await Terminal.SendAsync(filter);
        await Terminal.ShowsAsync(count, $" {node} ");
        await Terminal.TypeAsync("Escape");
        await Terminal.ShowsAsync("n0", "n9");
        await EndAsync();
    }

    [Fact]
    public async Task OOrdersByEachColumn()
    {
        await StartAsync();
        await Terminal.TypeAsync("Tab", "o");
        await Terminal.ShowsAsync(screen => At(screen, "n5") < At(screen, "n0") && At(screen, "n0") < At(screen, "n3"), "the failed one first, then those that run");
        await Terminal.TypeAsync("O");
        await Terminal.ShowsAsync(screen => At(screen, "n9") < At(screen, "n0") && At(screen, "n0") < At(screen, "n5"), "the other way round");
        await Terminal.TypeAsync("o");
        await Terminal.ShowsAsync("name↓");
        await Terminal.TypeAsync("o");
        await Terminal.ShowsAsync("time↓");
        await Terminal.TypeAsync("o");
        await Terminal.ShowsAsync("exit↓");
        await Terminal.ShowsAsync(screen => At(screen, "n5") < At(screen, "n0"), "the largest exit code first");
        await Terminal.TypeAsync("o");
        await Terminal.ShowsAsync("last line (order)");
        await EndAsync();

        static int At(string screen, string node) => screen.IndexOf($" {node} ", StringComparison.Ordinal);
    }

    [Fact]
    public async Task GShowsGroupsAndEnterTheirOutputAndNodes()
    {
        await StartAsync("tell; case $host in n[0-2]) gate ;; n[3-5]) echo odd; exit 3 ;; *) echo same ;; esac");
        await Terminal.TypeAsync("g");
        await Terminal.ShowsAsync("3 different results of 10 nodes", "4  n[6-9]  exit 0  same", "3  n[3-5]  exit 3  odd", "3  n[0-2]  running");
        await Terminal.TypeAsync("Enter");
        await Terminal.ShowsAsync("group", "n[6-9] (4)  ok", " same");
        await Terminal.TypeAsync("Enter");
        await Terminal.ShowsAsync("nodes of a group", " o n6   ok", " o n9   ok");
        await Terminal.HidesAsync("n5");
        await Terminal.TypeAsync("Escape");
        await Terminal.ShowsAsync("n[6-9] (4)  ok");
        await Terminal.TypeAsync("Escape");
        await Terminal.ShowsAsync("3 different results");

        // It is live.
        await Scene.OpenAsync("n0");
        await Terminal.ShowsAsync("4 different results", "2  n[1-2]  running", "1  n0  exit 0");
        await Terminal.TypeAsync("Space", "Down", "Space");
        await Terminal.ShowsAsync("6 marked");
        await Terminal.TypeAsync("d");
        await Terminal.ShowsAsync("diff", "--- n[6-9]", "+++ n[1-2]", "-same", "n[6-9]: ok   n[1-2]: running");
        await Scene.OpenAsync("n1");
        await Scene.OpenAsync("n2");
        await Terminal.ShowsAsync("10/10 done");
        await Terminal.TypeAsync("C-c");
        await Terminal.EndsAsync(0);
    }

    [Fact]
    public async Task SShowsMarkedNodesSideBySideAndDTheirDifferences()
    {
        await StartAsync();
        await Terminal.TypeAsync("Tab", "s");
        await Terminal.ShowsAsync("s shows 2 to 4 marked nodes, 0 are marked");
        await Terminal.TypeAsync("d");
        await Terminal.ShowsAsync("d compares 2 marked nodes");
        await Terminal.TypeAsync("Home", "Space", "End", "Space");
        await Terminal.ShowsAsync("2 marked");
        await Terminal.TypeAsync("s");
        await Terminal.ShowsAsync("split", "n0 running", "│n9 ok", "│ hello from n9", " hello from n0");
        await Terminal.TypeAsync("Right", "Enter");
        await Terminal.ShowsAsync("n9  ok");
        await Terminal.TypeAsync("Escape", "d");
        await Terminal.ShowsAsync("--- n0", "+++ n9", "-hello from n0", "+hello from n9");
        await EndAsync();
    }

    [Fact]
    public async Task AMarksTheWholeListAndAgainNone()
    {
        await StartAsync();
        await Terminal.TypeAsync("Tab", "a");
        await Terminal.ShowsAsync("10 marked", "*o n9");
        await Terminal.TypeAsync("a");
        await Terminal.ShowsAsync("nothing is marked");
        await EndAsync();
    }

    [Fact]
    public async Task CCancelsTheMarkedNodesOnlyElseTheOneUnderTheCursor()
    {
        await StartAsync();
        await Terminal.TypeAsync("End", "c");
        await Terminal.ShowsAsync("n9 is done already");
        await Terminal.TypeAsync("Home", "Right", "Space", "End", "c");
        await Terminal.ShowsAsync("canceling n1", "x 1 canceled", "r 2 running", "rxr");
        await Scene.OpenAsync("n0");
        await Scene.OpenAsync("n2");
        await Terminal.ShowsAsync("10/10 done");
        await Terminal.TypeAsync("q");
        var shown = await Terminal.EndsAsync(0);
        Assert.Contains("canceled: n1", shown, StringComparison.Ordinal);
        await Scene.AssertNothingLeftAsync();
    }

    [Fact]
    public async Task LShowsWhatWasSaidAndHelpAllKeys()
    {
        await StartAsync();
        await Terminal.TypeAsync("l");
        await Terminal.ShowsAsync("log", "n0: transport exec: requested", "n9: transport exec: requested");
        await Terminal.TypeAsync("Escape");
        await Terminal.ShowsAsync("overview");
        await Terminal.TypeAsync("?");
        await Terminal.ShowsAsync("help", "q, Ctrl+C   quit; with jobs running twice", "cancel the marked nodes only");
        await Terminal.TypeAsync("End");
        await Terminal.ShowsAsync("0 to 9      running, tenths of its progress");
        await Terminal.TypeAsync("Escape");
        await Terminal.ShowsAsync("overview");
        await EndAsync();
    }

    [Fact]
    public async Task TheMouseSelectsAndScrolls()
    {
        await StartAsync();
        await Terminal.ShowsAsync("rrrooFoooo");
        // A press and a release in SGR encoding (xterm's control sequences): the sixth cell of the map.
        await Terminal.SendAsync("\e[<0;6;5M\e[<0;6;5m");
        await Terminal.ShowsAsync("> n5  exit 3");
        // The first row of the list below is the node that failed, wherever the cursor of the map is.
        await Terminal.TypeAsync("Home");
        await Terminal.ShowsAsync("> n0  running");
        await Terminal.SendAsync("\e[<0;6;8M\e[<0;6;8m");
        await Terminal.ShowsAsync("n5  exit 3", " hello from n5");
        await Terminal.TypeAsync("q");
        await Terminal.ShowsAsync("> n5  exit 3");
        await Terminal.TypeAsync("7");
        await Terminal.ShowsAsync("1/500");
        await Terminal.SendAsync("\e[<65;6;5M");
        await Terminal.ShowsAsync("4/500");
        await EndAsync();
    }

    /// <summary>Ten nodes, of which the first three wait at their gates.</summary>
    private async Task StartAsync(string job = Job)
    {
        _scene = StopScene.Prepare("n[0-9]", job);
        _terminal = await TmuxTerminal.StartAsync(_scene);
        await _scene.ToldAsync(10);
        await _terminal.ShowsAsync("3 running", "7/10");
    }

    private async Task EndAsync()
    {
        await Scene.OpenAsync("n0");
        await Scene.OpenAsync("n1");
        await Scene.OpenAsync("n2");
        await Terminal.ShowsAsync("10/10 done");
        // Where a view was opened from another, q goes back to that.
        await Terminal.TypeAsync("C-c");
        await Terminal.EndsAsync(0);
    }
}
