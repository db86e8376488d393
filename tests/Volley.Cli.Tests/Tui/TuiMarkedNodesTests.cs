using Xunit;

namespace Volley.Cli.Tests.Tui;

/// <summary>What is done with marked nodes once they have finished, in the built program: run again, and written to files.</summary>
public class TuiMarkedNodesTests
{
    [Fact]
    public async Task RRunsMarkedNodesAgainAndTheirLastResultCounts()
    {
        await using var scene = StopScene.Prepare("n[0-3]", "tell; case $host in n1) exit 0 ;; n0) gate ;; esac; test -e again || { echo first; exit 3; }; echo second");
        await using var terminal = await TmuxTerminal.StartAsync(scene, "--require-all-success");
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

        // Back from the node, and out.
        await terminal.TypeAsync("q");
        await terminal.ShowsAsync("overview");
        await terminal.TypeAsync("q");
        var shown = await terminal.EndsAsync(0);
        Assert.DoesNotContain("failed", shown, StringComparison.Ordinal);
    }

    [Fact]
    public async Task QStopsWhatRunsAgain()
    {
        await using var scene = StopScene.Prepare("n[0-1]", "tell; test -e again && exec sleep 1000; exit 3");
        await using var terminal = await TmuxTerminal.StartAsync(scene);
        await scene.ToldAsync(2);
        await terminal.ShowsAsync("2/2 done");
        await File.WriteAllTextAsync(Path.Combine(scene.Folder, "again"), "", TestContext.Current.CancellationToken);
        await terminal.TypeAsync("Space", "r");
        await scene.ToldAsync(1);
        await terminal.ShowsAsync("r 1 running", "F 1 failed");
        await terminal.TypeAsync("q");
        await terminal.ShowsAsync("1 job running: q again to stop it");
        await terminal.TypeAsync("q");
        var shown = await terminal.EndsAsync(130);
        Assert.Contains("exit 3: n1\ncanceled: n0\n", shown, StringComparison.Ordinal);
        await scene.AssertNothingLeftAsync();
    }

    [Fact]
    public async Task WWritesMarkedNodesToFilesAsTheySentIt()
    {
        await using var scene = StopScene.Prepare("n[0-1]", "printf 'a\\r\\n\\n\\000b'; test $host = n1 || printf 'e\\nf' >&2; seq 1 100000");
        await using var terminal = await TmuxTerminal.StartAsync(scene);
        await terminal.ShowsAsync("2/2 done");
        await terminal.TypeAsync("w");
        await terminal.ShowsAsync("write n0 to directory: volley-output");
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
        await terminal.ShowsAsync("not written: ", "already exists");

        // What is typed replaces the proposal, and ~ is the home directory.
        await terminal.TypeAsync("a", "w");
        await terminal.ShowsAsync("write 2 nodes to directory: volley-output");
        await terminal.SendAsync("~/of both");
        await terminal.TypeAsync("Enter");
        await terminal.ShowsAsync("3 files written to ", "/of both");
        Assert.Equal(["n0.stderr", "n0.stdout", "n1.stdout"],
            Directory.GetFiles(Path.Combine(terminal.Folder, "of both")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        await terminal.TypeAsync("q");
        await terminal.EndsAsync(0);
    }
}
