using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Tui;

/// <summary>How the terminal UI is left, in each phase of a run, with which exit code, and how it leaves the terminal.</summary>
public class TuiQuitTests
{
    [Fact]
    public async Task AfterTheRunItStaysUntilQAndHasTheUsualSummaryAndCode()
    {
        await using var scene = StopScene.Prepare("n[0-3]", "case $host in n0) exit 0 ;; n2) echo bad >&2; exit 3 ;; esac");
        await using var terminal = await TmuxTerminal.StartAsync(scene, "--check-all-nodes");
        await terminal.ShowsAsync("4/4 done", "F 1 failed", "o 3 ok");

        await terminal.TypeAsync("q");

        var shown = await terminal.EndsAsync(1);
        Assert.Contains("volley: 1 of 4 failed\nexit 3: n2\n", shown, StringComparison.Ordinal);
        Assert.Contains("volley: 4 hosts in ", shown, StringComparison.Ordinal);
    }

    [Fact]
    public async Task GroupsArePrintedAfterItAndTheLastResultOfANodeCounts()
    {
        await using var scene = StopScene.Prepare("n[0-2]", "echo hi; case $host in n1) test -e ready || { >ready; exit 3; } ;; esac");
        await using var terminal = await TmuxTerminal.StartAsync(scene, "--output tui,gather");
        await terminal.ShowsAsync("3/3 done", "F 1 failed");
        await terminal.TypeAsync("Tab", "a", "r", "Tab");
        await terminal.ShowsAsync("3/3 done", "o 3 ok");
        await terminal.TypeAsync("q");

        var shown = await terminal.EndsAsync(0);
        Assert.Contains("---------------\nn[0-2] (3)\n---------------\nhi\n", shown, StringComparison.Ordinal);
        Assert.DoesNotContain("exit 3", shown, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WithJobsRunningQAsksAndASecondOneStopsThem()
    {
        await using var scene = StopScene.Prepare("n[0-3]", "tell; exec sleep 1000");
        await using var terminal = await TmuxTerminal.StartAsync(scene, "--parallel 2");
        await scene.ToldAsync(2);
        await terminal.ShowsAsync("r 2 running", ". 2 queued");

        await terminal.TypeAsync("q");
        await terminal.ShowsAsync("2 jobs running: q again to stop them");
        await terminal.TypeAsync("q");

        var shown = await terminal.EndsAsync(130);
        Assert.Contains("canceled: n[0-1]\nnot started: n[2-3]\n", shown, StringComparison.Ordinal);
        await scene.AssertNothingLeftAsync();
    }

    [Fact]
    public async Task AnotherKeyTakesTheFirstQBack()
    {
        await using var scene = StopScene.Prepare("n[0-1]", "tell; gate");
        await using var terminal = await TmuxTerminal.StartAsync(scene, "--batch");
        await scene.ToldAsync(2);
        await terminal.TypeAsync("C-c");
        await terminal.ShowsAsync("2 jobs running: q again to stop them");
        await terminal.TypeAsync("Right");
        await terminal.HidesAsync("again to stop them");
        await terminal.TypeAsync("q");
        await terminal.ShowsAsync("2 jobs running: q again to stop them");
        await terminal.TypeAsync("Left");
        await terminal.HidesAsync("again to stop them");

        await scene.OpenAsync("n0");
        await scene.OpenAsync("n1");
        await terminal.ShowsAsync("2/2 done");
        await terminal.TypeAsync("C-c");

        await terminal.EndsAsync(0);
    }

    [Fact]
    public async Task TheQuestionGoesAwayWhenTheJobsEndByThemselves()
    {
        await using var scene = StopScene.Prepare("n[0-1]", "tell; gate");
        await using var terminal = await TmuxTerminal.StartAsync(scene);
        await scene.ToldAsync(2);
        await terminal.TypeAsync("q");
        await terminal.ShowsAsync("2 jobs running: q again to stop them");
        await scene.OpenAsync("n0");
        await terminal.ShowsAsync("1 job running: q again to stop it");
        await scene.OpenAsync("n1");
        await terminal.ShowsAsync("2/2 done");
        await terminal.HidesAsync("again to stop");
        await terminal.TypeAsync("q");
        var shown = await terminal.EndsAsync(0);
        // Nothing of the screen is left, so the summary is always there.
        Assert.Contains("volley: 2 hosts in ", shown, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CtrlCInAPromptClosesThePromptAndCountsForNothing()
    {
        await using var scene = StopScene.Prepare("n0", "tell; gate");
        await using var terminal = await TmuxTerminal.StartAsync(scene);
        await scene.ToldAsync(1);
        await terminal.TypeAsync("/");
        await terminal.SendAsync("n3");
        await terminal.ShowsAsync("no node matches n3");
        await terminal.TypeAsync("C-c");
        await terminal.HidesAsync("no node matches");
        await terminal.TypeAsync("C-c");
        await terminal.ShowsAsync("1 job running: q again to stop it");
        await terminal.TypeAsync("Home");
        await scene.OpenAsync("n0");
        await terminal.ShowsAsync("1/1 done");
        await terminal.TypeAsync("w", "C-c");
        await terminal.HidesAsync("to directory");
        await terminal.TypeAsync("C-c");
        var shown = await terminal.EndsAsync(0);
        Assert.Contains("volley: 1 host in ", shown, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CtrlCTwiceStopsTheJobs()
    {
        await using var scene = StopScene.Prepare("n[0-1]", "tell; echo $host printed; exec sleep 1000");
        await using var terminal = await TmuxTerminal.StartAsync(scene);
        await scene.ToldAsync(2);
        await terminal.ShowsAsync("n0 printed", "r 2 running");
        await terminal.TypeAsync("C-c");
        await terminal.ShowsAsync("2 jobs running");
        await terminal.TypeAsync("C-c");
        await terminal.EndsAsync(130);
        await scene.AssertNothingLeftAsync();
    }

    [Fact]
    public async Task AThirdQWaitsForNoGrace()
    {
        await using var scene = StopScene.Prepare("n[0-1]", "trap '' TERM; tell; while :; do sleep 1000; done");
        await using var terminal = await TmuxTerminal.StartAsync(scene);
        await scene.ToldAsync(2);
        await terminal.ShowsAsync("r 2 running");
        await terminal.TypeAsync("q");
        await terminal.ShowsAsync("2 jobs running");
        await terminal.TypeAsync("q");
        await terminal.TypeAsync("q");
        await terminal.EndsAsync(130);
        await scene.AssertNothingLeftAsync();
    }

    [Theory]
    [InlineData(Signals.Terminate, 143)]
    [InlineData(Signals.HangUp, 129)]
    [InlineData(Signals.Quit, 131)]
    public async Task ASignalEndsTheRunAndGivesTheTerminalBack(int signal, int code)
    {
        await using var scene = StopScene.Prepare("n[0-1]", "tell; exec sleep 1000");
        await using var terminal = await TmuxTerminal.StartAsync(scene);
        await scene.ToldAsync(2);
        await terminal.ShowsAsync("r 2 running");

        StopCalls.Send(ProgramOf(scene), signal);

        var shown = await terminal.EndsAsync(code);
        Assert.Contains("canceled: n[0-1]", shown, StringComparison.Ordinal);
        await scene.AssertNothingLeftAsync();
    }

    [Fact]
    public async Task ASignalAlsoEndsTheUiAfterTheRun()
    {
        await using var scene = StopScene.Prepare("n[0-1]", "exit 5");
        await using var terminal = await TmuxTerminal.StartAsync(scene, "--fail-fast");
        await terminal.ShowsAsync("2/2 done");
        StopCalls.Send(ProgramOf(scene), Signals.Terminate);
        // The run was stopped before by its failure, and the first reason wins.
        await terminal.EndsAsync(5);
    }

    [Fact]
    public async Task AnInterruptFromOutsideCountsAsAPress()
    {
        await using var scene = StopScene.Prepare("n[0-1]", "tell; exec sleep 1000");
        await using var terminal = await TmuxTerminal.StartAsync(scene);
        await scene.ToldAsync(2);
        await terminal.ShowsAsync("r 2 running");
        StopCalls.Send(ProgramOf(scene), Signals.Interrupt);
        await terminal.ShowsAsync("2 jobs running: q again to stop them");
        StopCalls.Send(ProgramOf(scene), Signals.Interrupt);
        await terminal.EndsAsync(130);
        await scene.AssertNothingLeftAsync();
    }

    [Fact]
    public async Task CtrlZGivesTheShellItsTerminalAndFgComesBack()
    {
        await using var scene = StopScene.Prepare("n[0-1]", "tell; gate");
        await using var terminal = await TmuxTerminal.StartAsync(scene);
        await scene.ToldAsync(2);
        await terminal.ShowsAsync("r 2 running");

        await terminal.TypeAsync("C-z");
        await terminal.ShowsAsync("Stopped");
        await terminal.EndsAsync(148);
        await terminal.RunAsync("fg");
        await terminal.ShowsAsync("r 2 running");

        await scene.OpenAsync("n0");
        await scene.OpenAsync("n1");
        await terminal.ShowsAsync("2/2 done");
        await terminal.TypeAsync("q");
        await terminal.EndsAsync(0);
    }

    [Fact]
    public async Task AClosedTerminalEndsTheRun()
    {
        await using var scene = StopScene.Prepare("n[0-1]", "tell; exec sleep 1000");
        await using (var terminal = await TmuxTerminal.StartAsync(scene))
        {
            await scene.ToldAsync(2);
            await terminal.ShowsAsync("r 2 running");
        }

        await scene.AssertNothingLeftAsync();
    }

    private static int ProgramOf(StopScene scene) =>
        Assert.Single(Processes.WithCommandLine(scene.Script), process => process.CommandLine.StartsWith(BuiltProgram.Path, StringComparison.Ordinal)).Id;
}
