using Xunit;

namespace Volley.Cli.Tests.Tui;

/// <summary>Every key of the terminal UI, typed into the built program.</summary>
public class TuiKeyTests
{
    // Which of its two streams is read first is not told by a job.
    private const string Job = "tell; case $host in n6) seq 1 500; exit 0 ;; n0|n9) echo oops >&2 ;; esac; echo hello from $host; case $host in n[0-2]) gate ;; n5) exit 3 ;; esac";

    [Fact]
    public async Task TabGoesFromTheOverviewToTheNodesAndBack()
    {
        await using var scene = StopScene.Prepare("n[0-9]", Job);
        await using var terminal = await StartAsync(scene);
        await terminal.ShowsAsync("overview", "r 3 running", "F 1 failed", "o 6 ok", "rrrooFoooo", "70%  7/10");

        await terminal.TypeAsync("Tab");
        await terminal.ShowsAsync("last line", " r n0   running", " F n5   failed", "    3 hello from n5", " o n6   ok");
        await terminal.TypeAsync("Tab");
        await terminal.ShowsAsync("overview", "rrrooFoooo");
        await EndAsync(scene, terminal);
    }

    [Fact]
    public async Task ArrowsMoveOverTheMapWhichNamesTheNode()
    {
        await using var scene = StopScene.Prepare("n[0-9]", Job);
        await using var terminal = await StartAsync(scene);
        await terminal.ShowsAsync("> n0  running");
        await terminal.TypeAsync("Right", "Right", "Right");
        await terminal.ShowsAsync("> n3  ok");
        await terminal.TypeAsync("Left");
        await terminal.ShowsAsync("> n2  running");
        await terminal.TypeAsync("End");
        await terminal.ShowsAsync("> n9  ok");
        await terminal.TypeAsync("Home");
        await terminal.ShowsAsync("> n0  running");
        await terminal.TypeAsync("Enter");
        await terminal.ShowsAsync("n0  running", " hello from n0", "!oops", "1/2 follow");
        await terminal.TypeAsync("Escape");
        await terminal.ShowsAsync("overview");
        await EndAsync(scene, terminal);
    }

    [Fact]
    public async Task ANodeIsScrolledFollowedAndSearched()
    {
        await using var scene = StopScene.Prepare("n[0-9]", Job);
        await using var terminal = await StartAsync(scene);
        // The seventh of the list.
        await terminal.TypeAsync("7");
        await terminal.ShowsAsync("n6  ok", " 1\n", " 21\n", "1/500");
        await terminal.TypeAsync("PgDn");
        await terminal.ShowsAsync("22/500");
        await terminal.TypeAsync("Down");
        await terminal.ShowsAsync("23/500");
        await terminal.TypeAsync("Up", "PgUp");
        await terminal.ShowsAsync("1/500");
        await terminal.TypeAsync("End");
        await terminal.ShowsAsync("480/500", " 500");
        await terminal.TypeAsync("Home", "f");
        await terminal.ShowsAsync("480/500 follow");
        await terminal.TypeAsync("f", "Home", "/");
        await terminal.SendAsync("49");
        await terminal.TypeAsync("Enter");
        await terminal.ShowsAsync("found in line 49");
        await terminal.TypeAsync("n");
        await terminal.ShowsAsync("found in line 149");
        await terminal.TypeAsync("N", "N");
        await terminal.ShowsAsync("found in line 499");
        await terminal.TypeAsync("/");
        await terminal.SendAsync("not there");
        await terminal.TypeAsync("Enter");
        await terminal.ShowsAsync("not there is not there");
        await EndAsync(scene, terminal);
    }

    [Fact]
    public async Task LeftAndRightGoThroughTheNodesOfTheList()
    {
        await using var scene = StopScene.Prepare("n[0-9]", Job);
        await using var terminal = await StartAsync(scene);
        await terminal.TypeAsync("Tab", "/");
        await terminal.SendAsync("state:ok");
        await terminal.TypeAsync("Enter");
        await terminal.ShowsAsync("/state:ok 6 of 10");
        await terminal.TypeAsync("Home", "Enter");
        await terminal.ShowsAsync("n3  ok");
        await terminal.TypeAsync("Right", "Right");
        await terminal.ShowsAsync("n6  ok");
        await terminal.TypeAsync("Left");
        await terminal.ShowsAsync("n4  ok");
        await terminal.TypeAsync("Left", "Left");
        await terminal.ShowsAsync("n3  ok", "this is the first node of the list");
        await EndAsync(scene, terminal);
    }

    [Theory]
    [InlineData("state:failed", "1 of 10", "n5")]
    [InlineData("exit:3", "1 of 10", "n5")]
    [InlineData("n[6-8]", "3 of 10", "n7")]
    [InlineData("500", "1 of 10", "n6")]
    [InlineData("state:run", "3 of 10", "n2")]
    public async Task SlashFilters(string filter, string count, string node)
    {
        await using var scene = StopScene.Prepare("n[0-9]", Job);
        await using var terminal = await StartAsync(scene);
        await terminal.TypeAsync("/");
        await terminal.SendAsync(filter);
        await terminal.ShowsAsync(count, $" {node} ");
        await terminal.TypeAsync("Escape");
        await terminal.ShowsAsync("n0", "n9");
        await EndAsync(scene, terminal);
    }

    [Fact]
    public async Task OOrdersByEachColumn()
    {
        await using var scene = StopScene.Prepare("n[0-9]", Job);
        await using var terminal = await StartAsync(scene);
        await terminal.TypeAsync("Tab", "o");
        await terminal.ShowsAsync(screen => At(screen, "n5") < At(screen, "n0") && At(screen, "n0") < At(screen, "n3"), "the failed one first, then those that run");
        await terminal.TypeAsync("O");
        await terminal.ShowsAsync(screen => At(screen, "n9") < At(screen, "n0") && At(screen, "n0") < At(screen, "n5"), "the other way round");
        await terminal.TypeAsync("o");
        await terminal.ShowsAsync("name↓");
        await terminal.TypeAsync("o");
        await terminal.ShowsAsync("time↓");
        await terminal.TypeAsync("o");
        await terminal.ShowsAsync("exit↓");
        await terminal.ShowsAsync(screen => At(screen, "n5") < At(screen, "n0"), "the largest exit code first");
        await terminal.TypeAsync("o");
        await terminal.ShowsAsync("last line (order)");
        await EndAsync(scene, terminal);

        static int At(string screen, string node) => screen.IndexOf($" {node} ", StringComparison.Ordinal);
    }

    [Fact]
    public async Task GShowsGroupsAndEnterTheirOutputAndNodes()
    {
        await using var scene = StopScene.Prepare("n[0-9]", "tell; case $host in n0) gate ;; n1) gate ;; n2) gate ;; n[3-5]) echo odd; exit 3 ;; *) echo same ;; esac");
        await using var terminal = await StartAsync(scene);
        await terminal.TypeAsync("g");
        await terminal.ShowsAsync("3 different results of 10 nodes", "4  n[6-9]  exit 0  same", "3  n[3-5]  exit 3  odd", "3  n[0-2]  running");
        await terminal.TypeAsync("Enter");
        await terminal.ShowsAsync("group", "n[6-9] (4)  ok", " same");
        await terminal.TypeAsync("Enter");
        await terminal.ShowsAsync("nodes of a group", " o n6   ok", " o n9   ok");
        await terminal.HidesAsync("n5");
        await terminal.TypeAsync("Escape");
        await terminal.ShowsAsync("n[6-9] (4)  ok");
        await terminal.TypeAsync("Escape");
        await terminal.ShowsAsync("3 different results");

        // It is live.
        await scene.OpenAsync("n0");
        await terminal.ShowsAsync("4 different results", "2  n[1-2]  running", "1  n0  exit 0");
        await terminal.TypeAsync("Space", "Down", "Space");
        await terminal.ShowsAsync("6 marked");
        await terminal.TypeAsync("d");
        await terminal.ShowsAsync("diff", "--- n[6-9]", "+++ n[1-2]", "-same", "n[6-9]: ok   n[1-2]: running");
        await scene.OpenAsync("n1");
        await scene.OpenAsync("n2");
        await terminal.ShowsAsync("10/10 done");
        await terminal.TypeAsync("q");
        await terminal.EndsAsync(0);
    }

    [Fact]
    public async Task SShowsMarkedNodesSideBySideAndDTheirDifferences()
    {
        await using var scene = StopScene.Prepare("n[0-9]", Job);
        await using var terminal = await StartAsync(scene);
        await terminal.TypeAsync("Tab", "s");
        await terminal.ShowsAsync("s shows 2 to 4 marked nodes, 0 are: space marks");
        await terminal.TypeAsync("d");
        await terminal.ShowsAsync("d compares 2 marked nodes");
        await terminal.TypeAsync("Home", "Space", "End", "Space");
        await terminal.ShowsAsync("2 marked");
        await terminal.TypeAsync("s");
        await terminal.ShowsAsync("split", "n0 running", "│n9 ok", "│ hello from n9", " hello from n0");
        await terminal.TypeAsync("Right", "Enter");
        await terminal.ShowsAsync("n9  ok");
        await terminal.TypeAsync("Escape", "d");
        await terminal.ShowsAsync("--- n0", "+++ n9", "-hello from n0", "+hello from n9");
        await EndAsync(scene, terminal);
    }

    [Fact]
    public async Task AMarksTheWholeListAndAgainNone()
    {
        await using var scene = StopScene.Prepare("n[0-9]", Job);
        await using var terminal = await StartAsync(scene);
        await terminal.TypeAsync("Tab", "a");
        await terminal.ShowsAsync("10 marked", "*o n9");
        await terminal.TypeAsync("a");
        await terminal.ShowsAsync("nothing is marked");
        await EndAsync(scene, terminal);
    }

    [Fact]
    public async Task CCancelsTheMarkedNodesOnly()
    {
        await using var scene = StopScene.Prepare("n[0-9]", Job);
        await using var terminal = await StartAsync(scene);
        await terminal.TypeAsync("c");
        await terminal.ShowsAsync("no node is marked");
        await terminal.TypeAsync("Right", "Space", "c");
        await terminal.ShowsAsync("canceling 1", "x 1 canceled", "r 2 running", "rxr");
        await scene.OpenAsync("n0");
        await scene.OpenAsync("n2");
        await terminal.ShowsAsync("10/10 done");
        await terminal.TypeAsync("q");
        var shown = await terminal.EndsAsync(0);
        Assert.Contains("canceled: n1", shown, StringComparison.Ordinal);
        await scene.AssertNothingLeftAsync();
    }

    [Fact]
    public async Task RRunsMarkedNodesAgainAndTheirLastResultCounts()
    {
        await using var scene = StopScene.Prepare("n[0-3]", "tell; case $host in n1) exit 0 ;; n0) gate ;; esac; test -e again || { echo first; exit 3; }; echo second");
        await using var terminal = await TmuxTerminal.StartAsync();
        await terminal.RunAsync(scene.CommandLine("--tui --require-all-success"));
        await scene.ToldAsync(4);
        await terminal.ShowsAsync("F 2 failed", "r 1 running", "o 1 ok");
        await File.WriteAllTextAsync(Path.Combine(scene.Folder, "again"), "", TestContext.Current.CancellationToken);

        await terminal.TypeAsync("/");
        await terminal.SendAsync("state:failed");
        await terminal.TypeAsync("Enter", "a", "r");
        await scene.ToldAsync(2);
        await terminal.ShowsAsync("no node matches state:failed");
        await scene.OpenAsync("n0");
        await terminal.ShowsAsync("4/4 done");
        await terminal.TypeAsync("4");
        await terminal.ShowsAsync("the list has 0 nodes");
        await terminal.TypeAsync("Escape");
        await terminal.ShowsAsync("overview");
        await terminal.TypeAsync("Escape", "4");
        await terminal.ShowsAsync("n3  ok", "run 2", " second");
        await terminal.HidesAsync(" first");

        await terminal.TypeAsync("q");
        var shown = await terminal.EndsAsync(0);
        Assert.DoesNotContain("failed", shown, StringComparison.Ordinal);
    }

    [Fact]
    public async Task QStopsWhatRunsAgain()
    {
        await using var scene = StopScene.Prepare("n[0-1]", "tell; test -e again && exec sleep 1000; exit 3");
        await using var terminal = await TmuxTerminal.StartAsync();
        await terminal.RunAsync(scene.CommandLine("--tui"));
        await scene.ToldAsync(2);
        await terminal.ShowsAsync("2/2 done");
        await File.WriteAllTextAsync(Path.Combine(scene.Folder, "again"), "", TestContext.Current.CancellationToken);
        await terminal.TypeAsync("Space", "r");
        await scene.ToldAsync(1);
        await terminal.ShowsAsync("r 1 running", "F 1 failed");
        await terminal.TypeAsync("q");
        await terminal.ShowsAsync("1 jobs running: q again to stop them");
        await terminal.TypeAsync("q");
        var shown = await terminal.EndsAsync(130);
        Assert.Contains("exit 3: n1\ncanceled: n0\n", shown, StringComparison.Ordinal);
        await scene.AssertNothingLeftAsync();
    }

    [Fact]
    public async Task WWritesMarkedNodesToFilesAsTheySentIt()
    {
        await using var scene = StopScene.Prepare("n[0-1]", "printf 'a\\r\\n\\n\\000b'; printf 'e\\nf' >&2; seq 1 100000");
        await using var terminal = await TmuxTerminal.StartAsync();
        await terminal.RunAsync(scene.CommandLine("--tui"));
        await terminal.ShowsAsync("2/2 done");
        await terminal.TypeAsync("w");
        await terminal.ShowsAsync("no node is marked");
        await terminal.TypeAsync("Space", "w");
        await terminal.ShowsAsync("write 1 to folder: volley-output");
        await terminal.TypeAsync("Enter");
        await terminal.ShowsAsync("2 files written to volley-output");

        var folder = Path.Combine(terminal.Folder, "volley-output");
        Assert.Equal(["n0.stderr", "n0.stdout"], Directory.GetFiles(folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal("e\nf", await File.ReadAllTextAsync(Path.Combine(folder, "n0.stderr"), TestContext.Current.CancellationToken));
        Assert.Equal(
            "a\r\n\n\0b" + string.Concat(Enumerable.Range(1, 100_000).Select(n => $"{n}\n")),
            await File.ReadAllTextAsync(Path.Combine(folder, "n0.stdout"), TestContext.Current.CancellationToken));

        // Nothing is written over.
        await terminal.TypeAsync("w", "Enter");
        await terminal.ShowsAsync("not written: ", "is there already");
        await terminal.TypeAsync("q");
        await terminal.EndsAsync(0);
    }

    [Fact]
    public async Task LShowsWhatWasSaidAndHelpAllKeys()
    {
        await using var scene = StopScene.Prepare("n[0-9]", Job);
        await using var terminal = await StartAsync(scene);
        await terminal.TypeAsync("l");
        await terminal.ShowsAsync("log", "n0: transport exec: asked for", "n9: transport exec: asked for");
        await terminal.TypeAsync("Escape");
        await terminal.ShowsAsync("overview");
        await terminal.TypeAsync("?");
        await terminal.ShowsAsync("help", "q, Ctrl+C   quit; with jobs running twice", "cancel the marked nodes only");
        await terminal.TypeAsync("End");
        await terminal.ShowsAsync("0 to 9      running, tenths of its progress");
        await terminal.TypeAsync("Escape");
        await terminal.ShowsAsync("overview");
        await EndAsync(scene, terminal);
    }

    [Fact]
    public async Task TheMouseSelectsAndScrolls()
    {
        await using var scene = StopScene.Prepare("n[0-9]", Job);
        await using var terminal = await StartAsync(scene);
        await terminal.ShowsAsync("rrrooFoooo");
        // A press and a release in SGR encoding (xterm's control sequences): the sixth cell of the map.
        await terminal.SendAsync("\e[<0;6;5M\e[<0;6;5m");
        await terminal.ShowsAsync("> n5  exit 3");
        await terminal.TypeAsync("7");
        await terminal.ShowsAsync("1/500");
        await terminal.SendAsync("\e[<65;6;5M");
        await terminal.ShowsAsync("4/500");
        await EndAsync(scene, terminal);
    }

    private static async Task<TmuxTerminal> StartAsync(StopScene scene)
    {
        var terminal = await TmuxTerminal.StartAsync();
        await terminal.RunAsync(scene.CommandLine("--tui"));
        await scene.ToldAsync(10);
        await terminal.ShowsAsync("3 running", "7/10");
        return terminal;
    }

    private static async Task EndAsync(StopScene scene, TmuxTerminal terminal)
    {
        await scene.OpenAsync("n0");
        await scene.OpenAsync("n1");
        await scene.OpenAsync("n2");
        await terminal.ShowsAsync("10/10 done");
        await terminal.TypeAsync("q");
        await terminal.EndsAsync(0);
    }
}
