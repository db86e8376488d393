using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Stopping;

/// <summary>A terminal that is closed, and a program that is halted and goes on.</summary>
public class StopTerminalTests
{
    private const string CtrlZ = "\x1a";

    [Theory]
    [InlineData("normal")]
    [InlineData("stream")]
    public async Task AClosedTerminalEndsTheRun(string mode)
    {
        await using var scene = StopScene.Prepare("n[0-3]", "tell; echo early; trap 'echo bye; exit' TERM; sleep 1000 & wait");
        using var terminal = StopCalls.OpenTerminal(out var name);
        // A session leader that opens a terminal gets it as its own; the exec keeps the process.
        await using var run = ProgramRun.Start(ProgramStart.Shell(
            $"exec {scene.CommandLine($"--output {mode} --parallel 2")} <>{name} >&0 2>&0"));
        await scene.ToldAsync(2);

        terminal.Dispose();

        Assert.Equal(129, await run.WaitForExitAsync());
        await scene.AssertNothingLeftAsync();
        Assert.Equal(2, scene.Told.Count);
    }

    [Theory]
    [InlineData("normal")]
    [InlineData("stream")]
    public async Task AClosedTerminalEndsTheRunOfAProgramThatLeadsNoSession(string mode)
    {
        // Nobody signals it: it meets the closed terminal when it next writes.
        await using var scene = StopScene.Prepare("n[0-3]", "tell; case $host in n0) gate; echo line ;; *) exec sleep 1000 ;; esac");
        using var terminal = StopCalls.OpenTerminal(out var name);
        await using var run = ProgramRun.Start(ProgramStart.Shell(
            $"(exec {scene.CommandLine($"--output {mode} --parallel 2")} <>{name} >&0 2>&0); exit $?"));
        await scene.ToldAsync(2);

        terminal.Dispose();
        await scene.OpenAsync("n0");

        Assert.Equal(129, await run.WaitForExitAsync());
        await scene.AssertNothingLeftAsync();
        Assert.Equal(2, scene.Told.Count);
    }

    [Theory]
    [InlineData("normal")]
    [InlineData("stream")]
    public async Task CtrlZHaltsTheProgramAndNothingIsLost(string mode)
    {
        await using var scene = StopScene.Prepare("n[0-1]", "tell; echo before; gate; seq 1 20000; tell; gate; echo after");
        await using var shell = PtyProgram.Start(ProgramStart.Shell(
            $"set -m; {scene.CommandLine($"--output {mode} --progress always")}; echo halted $?; read -r _; fg; echo code $?")
            with
        { StdoutToPipe = true });
        await scene.ToldAsync(2);
        var program = Assert.Single(Processes.Descendants(shell.ProcessId), process => process.CommandLine.StartsWith(BuiltProgram.Path, StringComparison.Ordinal));

        shell.Type(CtrlZ);
        await shell.Stdout.ReadUntilAsync($"halted {128 + 20}\n");
        Assert.Equal('T', Processes.Find(program.Id)!.State);
        // The jobs don't notice, until a pipe is full.
        Assert.All(scene.Told, told => Assert.True(Processes.IsAlive(told.Process)));
        await scene.OpenAsync("n0");
        await scene.OpenAsync("n1");

        shell.Type("\r");
        await scene.ToldAsync(2);
        await scene.OpenAsync("n0");
        await scene.OpenAsync("n1");

        await shell.Stdout.ReadUntilAsync("code 0\n");
        Assert.Equal(0, await shell.WaitForExitAsync());
        var lines = shell.Stdout.Text.Split('\n');
        var numbers = Enumerable.Range(1, 20_000).Select(n => $"{n}");
        string[] wanted = ["before", .. numbers, "after"];
        if (mode == "normal")
        {
            Assert.Equal([.. wanted, .. wanted], lines.Where(line => line is "before" or "after" || int.TryParse(line, out _)));
            return;
        }
        foreach (var host in new[] { "n0", "n1" })
            Assert.Equal(wanted.Select(line => $"{host}: {line}"), lines.Where(line => line.StartsWith(host, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task CtrlZTakesTheProgressOffTheScreen()
    {
        await using var scene = StopScene.Prepare("n[0-4]", "tell; gate");
        await using var shell = PtyProgram.Start(ProgramStart.Shell(
            $"set -m; {scene.CommandLine("--parallel 5")}; echo halted $?; read -r _; fg; echo code $?"));
        await scene.ToldAsync(5);
        await shell.ReadUntilAsync("r n4 ");
        shell.Type(CtrlZ);
        await shell.ReadUntilAsync($"halted {128 + 20}\r\n");
        // Between the last erasure and the shell's words nothing is drawn.
        var shown = shell.Transcript[(shell.Transcript.LastIndexOf("\e[J", StringComparison.Ordinal) + 3)..];
        Assert.DoesNotContain("n4", shown, StringComparison.Ordinal);
        Assert.DoesNotContain("0/5", shown, StringComparison.Ordinal);
        shell.Type("\r");
        await shell.ReadUntilAsync("r n4 ");
        foreach (var node in Enumerable.Range(0, 5))
            await scene.OpenAsync($"n{node}");
        await shell.ReadUntilAsync("code 0\r\n");
        Assert.Equal(0, await shell.WaitForExitAsync());
    }

    [Fact]
    public async Task AfterAHaltCtrlCWorksAsBefore()
    {
        await using var scene = StopScene.Start(StopSeat.Typed, "n[0-1]", "tell; exec sleep 1000", "--progress never");
        await scene.ToldAsync(2);

        scene.Signal(Signals.Stop);
        scene.Signal(Signals.Continue);

        await scene.PressFirstAsync("2 running, 0 completed (0 failed), 0 queued");
        await scene.PressTwiceAsync();
        Assert.Equal(130, await scene.ExitAsync());
        await scene.AssertNothingLeftAsync();
    }

    [Fact]
    public async Task APressDuringAHaltIsSeenAfterIt()
    {
        await using var scene = StopScene.Start(StopSeat.Pipes, "n[0-1]", "tell; exec sleep 1000", "-b");
        await scene.ToldAsync(2);

        scene.Signal(Signals.Stop);
        scene.Press();
        scene.Signal(Signals.Continue);

        Assert.Equal(130, await scene.ExitAsync());
        await scene.AssertNothingLeftAsync();
    }
}
