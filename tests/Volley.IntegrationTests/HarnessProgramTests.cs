using System.Globalization;
using Volley.Testing;
using Xunit;

namespace Volley.IntegrationTests;

public class HarnessProgramTests
{
    [Fact]
    public async Task TypedControlCReachesTheForegroundProgram()
    {
        await using var program = PtyProgram.Start(ProgramStart.Shell("echo ready; exec sleep 600"));
        await program.ReadUntilAsync("ready");
        program.Type(PtyProgram.ControlC);
        Assert.Equal(128 + Signals.Interrupt, await program.WaitForExitAsync());
    }

    [Fact]
    public async Task TheTerminalIsTheControllingOneAndHasItsSize()
    {
        await using var program = PtyProgram.Start(ProgramStart.Shell(
            "trap 'stty size; exit 4' WINCH; stty size </dev/tty; tty; echo ready; while :; do sleep 0.02; done")
            with
        { Columns = 101, Rows = 37 });
        var start = await program.ReadUntilAsync("ready");
        Assert.Contains("37 101", start, StringComparison.Ordinal);
        Assert.Contains("/dev/pts/", start, StringComparison.Ordinal);
        program.Resize(90, 20);
        await program.ReadUntilAsync("20 90");
        Assert.Equal(4, await program.WaitForExitAsync());
    }

    [Fact]
    public async Task WhatIsTypedIsRead()
    {
        await using var program = PtyProgram.Start(ProgramStart.Shell("read line; echo \"got $line\"; read line; echo \"got $line\""));
        program.Type("same\r");
        await program.ReadUntilAsync("got same");
        program.Type("same\r");
        await program.ReadUntilAsync("got same");
        Assert.Equal(0, await program.WaitForExitAsync());
    }

    [Fact]
    public async Task StdoutMayLeaveTheTerminal()
    {
        await using var program = PtyProgram.Start(
            ProgramStart.Shell("echo out; echo err >&2; test -t 0 && ! test -t 1 && test -t 2") with { StdoutToPipe = true });
        Assert.Equal(0, await program.WaitForExitAsync());
        Assert.Equal("out\n", await program.Stdout.ReadToEndAsync());
        Assert.Equal("err\r\n", program.Transcript);
    }

    [Fact]
    public async Task DisposeEndsTheWholeSession()
    {
        var marker = $"62{Environment.ProcessId}.5";
        var program = PtyProgram.Start(ProgramStart.Shell($"trap '' HUP TERM INT; sleep {marker} & echo ready; wait"));
        await program.ReadUntilAsync("ready");
        await program.DisposeAsync();
        Assert.Empty(Processes.WithCommandLine($"sleep {marker}"));
        Assert.Equal(128 + Signals.Kill, await program.Exit);
    }

    [Fact]
    public async Task AMissingTextShowsTheWholeTranscript()
    {
        await using var program = PtyProgram.Start(ProgramStart.Shell("echo something; exec sleep 600"));
        await program.ReadUntilAsync("some");
        var late = await Assert.ThrowsAsync<TimeoutException>(() => program.ReadUntilAsync("else", TimeSpan.FromMilliseconds(50)));
        Assert.Contains("something", late.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task StreamsCodesAndInputArePassed()
    {
        var result = await ProgramRun.RunAsync(ProgramStart.Shell("cat; echo $VOLLEY_X >&2; pwd; exit 7")
            .WithInput("in\n").WithVariable("VOLLEY_X", "x y") with
        { WorkingDirectory = "/" });
        Assert.Equal(7, result.ExitCode);
        Assert.Equal("in\n/\n", result.Stdout);
        Assert.Equal("x y\n", result.Stderr);
    }

    [Theory]
    [InlineData(Signals.Interrupt)]
    [InlineData(Signals.HangUp)]
    [InlineData(Signals.Terminate)]
    [InlineData(Signals.Kill)]
    public async Task EverySignalIsAtItsDefault(int signal)
    {
        await using var run = ProgramRun.Start(ProgramStart.Shell("echo ready; exec sleep 600"));
        await run.ReadOutUntilAsync("ready\n");
        run.Signal(signal);
        Assert.Equal(128 + signal, await run.WaitForExitAsync());
    }

    [Fact]
    public async Task AClosedStdoutBreaksThePipe()
    {
        await using var run = ProgramRun.Start(new ProgramStart("yes"));
        await run.ReadOutUntilAsync("y\ny\n");
        run.CloseStdout();
        Assert.Equal(128 + Signals.Pipe, await run.WaitForExitAsync());
    }

    [Fact]
    public async Task AHeldStdoutBlocksTheProgram()
    {
        await using var run = ProgramRun.Start(
            ProgramStart.Shell("head -c 1000000 /dev/zero; echo done >&2") with { HoldStdout = true });
        await Assert.ThrowsAsync<TimeoutException>(() => run.ReadErrUntilAsync("done", TimeSpan.FromMilliseconds(100)));
        run.ReadStdout();
        await run.ReadErrUntilAsync("done");
        Assert.Equal(0, await run.WaitForExitAsync());
        Assert.Equal(1_000_000, run.Stdout.Bytes.Length);
    }

    [Fact]
    public async Task AProgramThatReadsNothingIsNoObstacle()
    {
        var result = await ProgramRun.RunAsync(ProgramStart.Shell("exit 3") with { Input = new byte[1_000_000] });
        Assert.Equal(3, result.ExitCode);
    }

    [Fact]
    public async Task AnOpenInputIsFedAndClosed()
    {
        await using var run = ProgramRun.Start(new ProgramStart("cat"));
        run.Type("one\n");
        await run.ReadOutUntilAsync("one\n");
        run.CloseInput();
        Assert.Equal(0, await run.WaitForExitAsync());
    }

    [Fact]
    public async Task StdoutMayGoToAFile()
    {
        var folder = Directory.CreateTempSubdirectory("volley-harness-");
        try
        {
            var file = Path.Combine(folder.FullName, "out");
            await ProgramRun.RunAsync(ProgramStart.Shell("echo out") with { StdoutFile = file });
            Assert.Equal("out\n", await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void AProgramThatIsNotThereIsAnError()
    {
        var failure = Assert.ThrowsAny<Exception>(() => ProgramRun.Start(new ProgramStart("/no/such/program")));
        Assert.Contains("/no/such/program", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TheProcessTreeIsSeen()
    {
        await using var run = ProgramRun.Start(ProgramStart.Shell("sleep 600 & echo $!.; wait"));
        var child = int.Parse((await run.ReadOutUntilAsync(".")).TrimEnd('.'), CultureInfo.InvariantCulture);
        var shell = Processes.Find(run.ProcessId);
        Assert.NotNull(shell);
        Assert.Equal((run.ProcessId, run.ProcessId, Environment.ProcessId), (shell.Group, shell.Session, shell.Parent));
        Assert.Equal([child], Processes.Descendants(run.ProcessId).Select(process => process.Id));
        Assert.Equal([run.ProcessId, child], Processes.InSession(run.ProcessId).Select(process => process.Id).Order());
        Assert.Equal([run.ProcessId, child], Processes.InGroup(run.ProcessId).Select(process => process.Id).Order());
    }
}
