using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Pdsh;

/// <summary>Keys on a terminal: ^C, ^Z, and the prompt.</summary>
public class PdshTerminalTests
{
    private const string ControlZ = "\x1a";
    private const string FirstPress = " (^Z within 1 sec to cancel pending threads)\r\n";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task OneInterruptShowsWhatIsUnderWayAndStopsNothing()
    {
        using var scene = await PdshScene.MakeAsync();
        await using var run = scene.StartOnTerminal("pdsh -R exec -f2 -w 'h[1-3]' sh -c 'echo ready; while [ ! -e go ]; do sleep 0.1; done; echo done'");
        await ReadAsync(run, "h1: ready", "h2: ready");
        run.Type(PtyProgram.ControlC);
        await run.ReadUntilAsync(": interrupt (one more within 1 sec to abort)\r\n", Limit);
        await run.ReadUntilAsync(FirstPress, Limit);
        await run.ReadUntilAsync(": h1: command in progress\r\n", Limit);
        await run.ReadUntilAsync(": h2: command in progress\r\n", Limit);
        scene.Folder.Write("go", "");
        Assert.Equal(0, await run.WaitForExitAsync(Limit));
        Assert.DoesNotContain("h3: command in progress", run.Transcript);
        Assert.Equal(3, Count(run.Transcript, ": done\r\n"));
    }

    [Fact]
    public async Task ASecondInterruptAborts()
    {
        using var scene = await PdshScene.MakeAsync();
        await using var run = scene.StartOnTerminal("pdsh -S -R exec -f2 -w 'h[1-3]' sh -c 'echo ready; exec sleep 300'");
        await ReadAsync(run, "h1: ready", "h2: ready");
        await PressUntilAsync(run, ": interrupt, aborting.\r\n");
        Assert.Equal(1, await run.WaitForExitAsync(Limit));
        Assert.Contains("sending signal 2 to h1 [sh] pid ", run.Transcript);
        Assert.Contains("sending signal 2 to h2 [sh] pid ", run.Transcript);
        Assert.DoesNotContain("h3", run.Transcript);
    }

    [Fact]
    public async Task ABatchIsAbortedByTheFirst()
    {
        using var scene = await PdshScene.MakeAsync();
        await using var run = scene.StartOnTerminal("pdsh -b -R exec -w h1 sh -c 'echo ready; exec sleep 300'");
        await run.ReadUntilAsync("h1: ready", Limit);
        run.Type(PtyProgram.ControlC);
        await run.ReadUntilAsync("sending signal 2 to h1 [sh] pid ", Limit);
        await run.ReadUntilAsync(": batch mode interrupt, aborting.\r\n", Limit);
        Assert.Equal(1, await run.WaitForExitAsync(Limit));
    }

    [Fact]
    public async Task ControlZAfterAnInterruptCancelsWhatHasNotBegun()
    {
        using var scene = await PdshScene.MakeAsync();
        await using var run = scene.StartOnTerminal("pdsh -d -S -R exec -f2 -w 'h[1-5]' sh -c 'echo ready; while [ ! -e go ]; do sleep 0.1; done; exit 7'");
        await ReadAsync(run, "h1: ready", "h2: ready");
        await CancelPendingAsync(run);
        scene.Folder.Write("go", "");
        Assert.Equal(7, await run.WaitForExitAsync(Limit));
        Assert.Contains(": Canceled 3 pending threads.\r\n", run.Transcript);
        Assert.Contains(": h3: [new]\r\n", run.Transcript);
        Assert.Contains("Canceled:      3\r\n", run.Transcript);
        Assert.DoesNotContain("h3: ready", run.Transcript);
    }

    [Fact]
    public async Task ControlZAloneSuspendsAsUsual()
    {
        using var scene = await PdshScene.MakeAsync();
        await using var run = PtyProgram.Start(ParityRun.Ours(
            "set -m; pdsh -R exec -w h1 sh -c 'echo ready; while [ ! -e go ]; do sleep 0.1; done; echo done'; echo back in the shell; touch go; fg; echo code $?", scene.Folder) with
        { Input = null });
        await run.ReadUntilAsync("h1: ready", Limit);
        run.Type(ControlZ);
        await run.ReadUntilAsync("back in the shell", Limit);
        await run.ReadUntilAsync("h1: done", Limit);
        await run.ReadUntilAsync("code 0", Limit);
        await run.WaitForExitAsync(Limit);
    }

    [Theory]
    [InlineData(Signals.Terminate, 143)]
    [InlineData(Signals.HangUp, 129)]
    [InlineData(Signals.Quit, 131)]
    public async Task OtherSignalsEndTheJobsToo(int signal, int code)
    {
        using var scene = await PdshScene.MakeAsync();
        await using var run = scene.StartOnTerminal("pdsh -R exec -w h1 sh -c 'echo ready $$; exec sleep 300'");
        await run.ReadUntilAsync("h1: ready ", Limit);
        var job = int.Parse((await run.ReadUntilAsync("\r\n", Limit)).Trim(), System.Globalization.CultureInfo.InvariantCulture);
        run.Signal(signal);
        Assert.Equal(code, await run.WaitForExitAsync(Limit));
        Assert.True(await Processes.WaitForEndAsync(job, Limit));
    }

    [Fact]
    public async Task User1ShowsWhatIsUnderWayAndChangesNothing()
    {
        using var scene = await PdshScene.MakeAsync();
        await using var run = scene.StartOnTerminal("pdsh -R exec -w h1 sh -c 'echo ready; while [ ! -e go ]; do sleep 0.1; done; echo done'");
        await run.ReadUntilAsync("h1: ready", Limit);
        run.Signal(Signals.User1);
        await run.ReadUntilAsync(": h1: command in progress\r\n", Limit);
        scene.Folder.Write("go", "");
        await run.ReadUntilAsync("h1: done", Limit);
        Assert.Equal(0, await run.WaitForExitAsync(Limit));
    }

    [Fact]
    public async Task ThePromptEditsLinesAndBringsEarlierOnesBack()
    {
        using var scene = await PdshScene.MakeAsync();
        await using (var run = scene.StartOnTerminal("pdsh -R exec -f1 -w 'h[1-2]'"))
        {
            await run.ReadUntilAsync("pdsh> ", Limit);
            // Left, back one more, and a letter between: "echo one".
            run.Type("echo oe\x1b[Dn\r");
            await run.ReadUntilAsync("h1: one\r\n", Limit);
            await run.ReadUntilAsync("h2: one\r\n", Limit);
            await run.ReadUntilAsync("pdsh> ", Limit);
            // Up; word deleted; another.
            run.Type("\x1b[A\x17two\r");
            await run.ReadUntilAsync("h2: two\r\n", Limit);
            await run.ReadUntilAsync("pdsh> ", Limit);
            run.Type("!echo here-$((1+1))\r");
            await run.ReadUntilAsync("here-2\r\n", Limit);
            await run.ReadUntilAsync("pdsh> ", Limit);
            run.Type("abc\x15\x04");
            Assert.Equal(0, await run.WaitForExitAsync(Limit));
        }

        Assert.Equal("echo one\necho two\n!echo here-$((1+1))\n", await File.ReadAllTextAsync(scene.Folder[".pdsh/history"], TestContext.Current.CancellationToken));
        await using var later = scene.StartOnTerminal("pdsh -R exec -w h3");
        await later.ReadUntilAsync("pdsh> ", Limit);
        later.Type("\x1b[A\x1b[A\r");
        await later.ReadUntilAsync("h3: two\r\n", Limit);
        await later.ReadUntilAsync("pdsh> ", Limit);
        later.Type("exit\r");
        Assert.Equal(0, await later.WaitForExitAsync(Limit));
    }

    [Fact]
    public async Task AnInterruptAtThePromptEndsItAndLeavesTheTerminalAsItWas()
    {
        using var scene = await PdshScene.MakeAsync();
        await using var run = PtyProgram.Start(ParityRun.Ours("stty -a >before; pdsh -R exec -w h1; echo code $?; stty -a >after", scene.Folder) with { Input = null });
        await run.ReadUntilAsync("pdsh> ", Limit);
        run.Type("abc" + PtyProgram.ControlC);
        await run.ReadUntilAsync("code 130", Limit);
        await run.WaitForExitAsync(Limit);
        Assert.Equal(await File.ReadAllTextAsync(scene.Folder["before"], TestContext.Current.CancellationToken), await File.ReadAllTextAsync(scene.Folder["after"], TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task AnAbortedCommandLeadsBackToThePrompt()
    {
        using var scene = await PdshScene.MakeAsync();
        await using var run = scene.StartOnTerminal("pdsh -R exec -w h1");
        await run.ReadUntilAsync("pdsh> ", Limit);
        run.Type("echo ready-$((1+1)); exec sleep 300\r");
        await run.ReadUntilAsync("h1: ready-2", Limit);
        await PressUntilAsync(run, ": interrupt, aborting.\r\n");
        await run.ReadUntilAsync("pdsh> ", Limit);
        run.Type("quit\r");
        Assert.Equal(0, await run.WaitForExitAsync(Limit));
    }

    [Fact]
    public async Task EscapeSequencesOfAHostAreShownOnATerminal()
    {
        using var scene = await PdshScene.MakeAsync();
        await using var run = scene.StartOnTerminal("""pdsh -R exec -w h1 printf 'a\033]0;title\007b\n'""");
        await run.WaitForExitAsync(Limit);
        Assert.DoesNotContain("\x1b]0;", run.Transcript);
    }

    /// <summary>Waits for texts that may come in any order.</summary>
    private static async Task ReadAsync(PtyProgram run, params string[] texts)
    {
        // A line each, and no more.
        var seen = "";
        while (!texts.All(text => seen.Contains(text, StringComparison.Ordinal)))
            seen += await run.ReadUntilAsync("\n", Limit);
    }

    /// <summary>Two presses within a second do it; on a slow machine the second may count as a first again.</summary>
    private static async Task PressUntilAsync(PtyProgram run, string end)
    {
        for (var press = 0; press < 20; press++)
        {
            run.Type(PtyProgram.ControlC);
            if (press == 0)
            {
                await run.ReadUntilAsync(FirstPress, Limit);
                continue;
            }

            var line = "";
            while (!line.Contains("interrupt", StringComparison.Ordinal))
                line = await run.ReadUntilAsync("\n", Limit);
            if (line.EndsWith(end, StringComparison.Ordinal))
                return;
        }

        Assert.Fail($"twenty presses did not end the run:\n{run.Transcript}");
    }

    /// <summary>Where ^Z comes too late it suspends the program, as it should: then it is woken, and tried again.</summary>
    private static async Task CancelPendingAsync(PtyProgram run)
    {
        for (var attempt = 0; attempt < 10; attempt++)
        {
            run.Type(PtyProgram.ControlC);
            await run.ReadUntilAsync(FirstPress, Limit);
            run.Type(ControlZ);
            try
            {
                await run.ReadUntilAsync(" pending threads.\r\n", TimeSpan.FromSeconds(3));
                return;
            }
            catch (TimeoutException)
            {
                run.Signal(Signals.Continue);
            }
        }

        Assert.Fail($"nothing was canceled:\n{run.Transcript}");
    }

    private static int Count(string text, string part) => (text.Length - text.Replace(part, "", StringComparison.Ordinal).Length) / part.Length;
}
