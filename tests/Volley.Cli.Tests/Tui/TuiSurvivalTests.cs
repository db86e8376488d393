using System.Diagnostics;
using System.Text.RegularExpressions;
using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Tui;

/// <summary>What the terminal UI must survive.</summary>
public class TuiSurvivalTests
{
    [Fact]
    public async Task ItFitsItselfToAnySizeAtAnyTime()
    {
        await using var scene = StopScene.Prepare("n[0-9]", "tell; echo out of $host; gate");
        await using var terminal = await TmuxTerminal.StartAsync(scene);
        await scene.ToldAsync(10);
        await terminal.ShowsAsync("r 10 running");
        foreach (var keys in new string[][] { [], ["Tab"], ["g"], ["Escape"], ["5"], ["l"] })
        {
            await terminal.TypeAsync(keys.DefaultIfEmpty("Home").ToArray());
            await terminal.ResizeAsync(200, 60);
            await terminal.ShowsAsync(screen => screen.Split('\n')[0].Length == 199 && screen.Split('\n').Length >= 60, "200 by 60");
            await terminal.ResizeAsync(40, 10);
            await terminal.ShowsAsync(screen => screen.Split('\n')[0].Length is 39 && screen.Contains("? help", StringComparison.Ordinal), "40 by 10");
            await terminal.ResizeAsync(20, 5);
            await terminal.ShowsAsync("too small: 40x10 is");
            await terminal.ResizeAsync(80, 24);
            await terminal.ShowsAsync(screen => screen.Split('\n')[0].Length == 79 && screen.Contains("? help", StringComparison.Ordinal), "80 by 24");
        }

        await terminal.TypeAsync("C-c");
        await terminal.ShowsAsync("10 jobs running");
        await terminal.TypeAsync("C-c");
        await terminal.EndsAsync(130);
    }

    [Fact]
    public async Task WideCharactersAndHostileSequencesStayInTheirPlaces()
    {
        await using var scene = StopScene.Prepare("n[0-1]",
            @"printf '漢字かな交じり文 👩‍🔬 👍🏽 🇩🇪 é\n'; printf '\033[2J\033[H\033]0;owned\007\033[?1049l\033c\033(0title\n'; printf '\302\2332J\n'; printf 'x%.0s' $(seq 300); echo; head -c 3000 /dev/urandom; echo; echo the end");
        await using var terminal = await TmuxTerminal.StartAsync(scene);
        await terminal.ShowsAsync("2/2 done");
        await terminal.TypeAsync("1");
        await terminal.ShowsAsync(" 漢字かな交じり文 👩🔬 👍 DE é\n", " ^[[2J^[[H^[]0;owned^G^[[?1049l^[c^[(0title\n", " <U+009B>2J\n", "q back", "n0  ok");
        Assert.Equal("1", await terminal.StateAsync("#{alternate_on}"));
        Assert.NotEqual("owned", await terminal.StateAsync("#{pane_title}"));
        await terminal.TypeAsync("End");
        var screen = await terminal.ShowsAsync(" the end", "q back");
        Assert.Equal(24, screen.TrimEnd('\n').Split('\n').Length);
        await terminal.TypeAsync("Escape");
        await terminal.ShowsAsync("overview");
        await terminal.TypeAsync("q");
        await terminal.EndsAsync(0);
    }

    [Fact]
    public async Task ANodeThatPrintsWithoutEndLeavesItLiveAndMemoryFlat()
    {
        await using var scene = StopScene.Prepare("n[0-1]", "case $host in n0) exec yes 'all work and no play makes a long line of text' ;; *) tell; gate; echo done ;; esac");
        await using var terminal = await TmuxTerminal.StartAsync(scene);
        await scene.ToldAsync(1);
        await terminal.TypeAsync("1");
        await terminal.ShowsAsync(screen => Regex.IsMatch(screen, @"\d{7,}/\d{7,} follow"), "a million lines");
        var program = ProgramOf(scene);
        Assert.InRange(MemoryOf(program), 0, 200_000_000);

        // A key is answered while it goes on.
        await terminal.TypeAsync("Home");
        await terminal.ShowsAsync(" 1/");
        await terminal.TypeAsync("Right");
        await terminal.ShowsAsync("n1  running");
        await scene.OpenAsync("n1");
        await terminal.ShowsAsync("n1  ok", " done");
        await terminal.TypeAsync("C-c");
        await terminal.ShowsAsync("1 job running");
        await terminal.TypeAsync("C-c");
        await terminal.EndsAsync(130);
    }

    [Fact]
    public async Task ThousandsOfNodesAreAnsweredAtOnce()
    {
        var count = TestRun.IsLong ? 5000 : 1500;
        await using var terminal = await TmuxTerminal.StartAsync(200, 60);
        await terminal.RunAsync($"'{BuiltProgram.Path}' --tui --transport exec -H 'n[1-{count}]' --parallel 100 -- sh -c 'echo out of %h; test %n != 1400'");
        await terminal.ShowsAsync($"/{count} done");
        var clock = Stopwatch.StartNew();
        for (var i = 0; i < 10; i++)
        {
            await terminal.TypeAsync("Tab");
            await terminal.ShowsAsync("last line");
            await terminal.TypeAsync("Tab");
            await terminal.ShowsAsync("> n1 ");
        }

        // Twenty keys, a screen looked at for each, while thousands of processes start: a loaded machine gets ten times 100 ms for a key.
        Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(20));
        await terminal.ShowsAsync($"{count}/{count} done", "F 1 failed");
        await terminal.TypeAsync("g");
        await terminal.ShowsAsync($"{count} different results");
        await terminal.TypeAsync("Escape");
        await terminal.ShowsAsync("overview");
        await terminal.TypeAsync("/");
        await terminal.SendAsync("state:failed");
        await terminal.TypeAsync("Enter");
        await terminal.ShowsAsync($"1 of {count}", "n1401");
        await terminal.TypeAsync("q");
        var shown = await terminal.EndsAsync(0);
        Assert.Contains("exit 1: n1401", shown, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WithTermDumbItIsTheStreamWithANote()
    {
        await using var terminal = await TmuxTerminal.StartAsync(200, 24, "tmux-256color", "TERM=dumb");
        await terminal.RunAsync($"'{BuiltProgram.Path}' --tui --transport exec -H 'n[1-2]' echo out of %h");
        var screen = await terminal.ShowsAsync("code 0");
        Assert.Contains("volley: the terminal (TERM=dumb) can't show the terminal UI; output is shown as lines\n", screen, StringComparison.Ordinal);
        Assert.Contains("n1: out of n1\n", screen, StringComparison.Ordinal);
        Assert.Contains("n2: out of n2\n", screen, StringComparison.Ordinal);
    }

    [Fact]
    public async Task FilesReportsAndMessagesAreThereAsInAnyOtherMode()
    {
        await using var scene = StopScene.Prepare("n[0-1]", "tell; test -e again && { echo second; exit 0; }; echo first; echo err >&2; exit 3");
        await using var terminal = await TmuxTerminal.StartAsync(scene, "--output-dir out --report report.json");
        await scene.ToldAsync(2);
        await terminal.ShowsAsync("2/2 done");
        await File.WriteAllTextAsync(Path.Combine(scene.Folder, "again"), "", TestContext.Current.CancellationToken);
        await terminal.TypeAsync("Space", "r");
        await scene.ToldAsync(1);
        await terminal.ShowsAsync("F 1 failed", "o 1 ok");
        await terminal.TypeAsync("q");
        await terminal.EndsAsync(0);
        string Read(string name) => File.ReadAllText(Path.Combine(terminal.Folder, name));
        Assert.Equal("second\n", Read("out/n0.stdout"));
        Assert.False(File.Exists(Path.Combine(terminal.Folder, "out/n0.stderr")));
        Assert.Equal("first\n", Read("out/n1.stdout"));
        Assert.Equal("err\n", Read("out/n1.stderr"));
        Assert.Contains("\"succeeded\": 1", Read("out/summary.json"), StringComparison.Ordinal);
        Assert.Contains("\"succeeded\": 1", Read("report.json"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--stdin", "--stdin sends standard input to the hosts, but the terminal UI reads keys from it; leave one of the two out")]
    [InlineData("--no-prefix", "--no-prefix has no effect in the terminal UI, which always shows names; leave one of the two out")]
    [InlineData("--progress always", "--progress has no effect in the terminal UI, which always shows progress; leave one of the two out")]
    public async Task WhatHasNoPlaceInItIsRefused(string option, string message)
    {
        await using var terminal = await TmuxTerminal.StartAsync(200);
        await terminal.RunAsync($"'{BuiltProgram.Path}' --tui {option} --transport exec -H n1 true");
        await terminal.ShowsAsync($"volley: {message}", "code 2");
    }

    [Fact]
    public async Task AScriptFromAPipeCantRunAgainAndOneFromAFileCan()
    {
        await using var terminal = await TmuxTerminal.StartAsync();
        await terminal.RunAsync($"'{BuiltProgram.Path}' --tui --transport exec -H n0 --script <(echo 'echo ran; exit 3')");
        await terminal.ShowsAsync("1/1 done", "ran");
        await terminal.TypeAsync("Space", "r");
        await terminal.ShowsAsync("the script came through a pipe and can't be read again");
        await terminal.TypeAsync("q");
        await terminal.EndsAsync(3);
        await terminal.TypeAsync("clear", "Enter");
        await File.WriteAllTextAsync(Path.Combine(terminal.Folder, "script"), "echo run >>runs; wc -l <runs\n", TestContext.Current.CancellationToken);
        await terminal.RunAsync($"'{BuiltProgram.Path}' --tui --transport exec -H n0 --script script");
        await terminal.ShowsAsync("1/1 done", "  1");
        await terminal.TypeAsync("Space", "r");
        await terminal.ShowsAsync("1/1 done", "  2");
        await terminal.TypeAsync("q");
        await terminal.EndsAsync(0);
    }

    private static int ProgramOf(StopScene scene) =>
        Assert.Single(Processes.WithCommandLine(scene.Script), process => process.CommandLine.StartsWith(BuiltProgram.Path, StringComparison.Ordinal)).Id;

    private static long MemoryOf(int process)
    {
        using var running = Process.GetProcessById(process);
        return running.WorkingSet64;
    }
}
