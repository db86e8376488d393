using System.Text.RegularExpressions;
using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Stopping;

/// <summary>Ctrl+C, TERM, HUP, QUIT and USR1 while local jobs run: lines, numbers, exit codes, and what lives on.</summary>
public partial class StopInterruptTests
{
    /// <summary>
    /// Ten hosts, three at once. When n3 to n5 have told, n0 to n2 have ended and n6 to n9 wait, for a worker takes its
    /// next host only after the last one has been counted.
    /// </summary>
    private const string TenHosts = "n[0-9]";

    private const string TenJobs = """
        case $host in
        n0|n2) echo "done $host" ;;
        n1) echo "done $host"; exit 3 ;;
        n[3-5]) printf 'part %s' $host; tell; gate; echo ' whole' ;;
        *) echo "late $host" ;;
        esac
        """;

    private const string TenStatus = "3 running, 3 completed (1 failed), 4 queued";

    private const string TenStopped = """
        volley: 8 of 10 failed
        exit 3: n1
        canceled: n[3-5]
        not started: n[6-9]

        """;

    public static TheoryData<StopSeat, string> AllSeats => new MatrixTheoryData<StopSeat, string>(
        [StopSeat.Pipes, StopSeat.Typed, StopSeat.Signaled, StopSeat.TypedPipe], ["normal", "stream"]);

    [Theory]
    [MemberData(nameof(AllSeats))]
    public async Task TheFirstPressShowsTheStatusAndTheRunGoesOn(StopSeat seat, string mode)
    {
        await using var scene = TenHostsAtThree(seat, mode, "--any-failure");
        var running = await scene.ToldAsync(3);

        await scene.PressFirstAsync(TenStatus);

        Assert.All(running, process => Assert.True(Processes.IsAlive(process)));
        await scene.OpenAsync("n3");
        await scene.OpenAsync("n4");
        await scene.OpenAsync("n5");
        Assert.Equal(3, await scene.ExitAsync());
        if (seat == StopSeat.Typed)
            Assert.Matches("(^|\n)Received ", scene.Terminal.Transcript);
        AssertShown(scene, mode, ["done n0", "done n1", "done n2", "part n3 whole", "part n4 whole", "part n5 whole",
            "late n6", "late n7", "late n8", "late n9"]);
        Assert.EndsWith("volley: 1 of 10 failed\nexit 3: n1\n", scene.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("Terminating", scene.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(AllSeats))]
    public async Task TheSecondPressEndsTheRun(StopSeat seat, string mode)
    {
        await using var scene = TenHostsAtThree(seat, mode);
        await scene.ToldAsync(3);

        await scene.PressFirstAsync(TenStatus);
        await scene.PressTwiceAsync();

        Assert.Equal(130, await scene.ExitAsync());
        await scene.AssertNothingLeftAsync();
        AssertShown(scene, mode, ["done n0", "done n1", "done n2", "part n3", "part n4", "part n5"]);
        Assert.DoesNotContain("late", scene.Output, StringComparison.Ordinal);
        Assert.EndsWith(TenStopped, scene.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(StopSeat.Pipes)]
    [InlineData(StopSeat.Typed)]
    public async Task APressThatComesLateIsAFirstOne(StopSeat seat)
    {
        await using var scene = TenHostsAtThree(seat, "stream");
        await scene.ToldAsync(3);

        await scene.PressFirstAsync(TenStatus);
        await Task.Delay(TimeSpan.FromMilliseconds(1100));
        await scene.PressFirstAsync(TenStatus);
        await scene.PressTwiceAsync();

        Assert.Equal(130, await scene.ExitAsync());
        await scene.AssertNothingLeftAsync();
    }

    [Theory]
    [MemberData(nameof(AllSeats))]
    public async Task InBatchModeTheFirstPressEndsTheRun(StopSeat seat, string mode)
    {
        await using var scene = TenHostsAtThree(seat, mode, "-b");
        await scene.ToldAsync(3);

        scene.Press();
        await scene.ReadErrorAsync(StopScene.BatchPress);

        Assert.Equal(130, await scene.ExitAsync());
        await scene.AssertNothingLeftAsync();
        AssertShown(scene, mode, ["done n0", "done n1", "done n2", "part n3", "part n4", "part n5"]);
        Assert.EndsWith(TenStopped, scene.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("Status", scene.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(StopSeat.Pipes, "normal", Signals.Terminate, 143)]
    [InlineData(StopSeat.Signaled, "stream", Signals.Terminate, 143)]
    [InlineData(StopSeat.Pipes, "stream", Signals.HangUp, 129)]
    [InlineData(StopSeat.Signaled, "normal", Signals.HangUp, 129)]
    [InlineData(StopSeat.Pipes, "normal", Signals.Quit, 131)]
    [InlineData(StopSeat.Signaled, "stream", Signals.Quit, 131)]
    public async Task TermHupAndQuitEndTheRunAtOnce(StopSeat seat, string mode, int signal, int code)
    {
        await using var scene = TenHostsAtThree(seat, mode);
        await scene.ToldAsync(3);

        scene.Signal(signal);

        Assert.Equal(code, await scene.ExitAsync());
        await scene.AssertNothingLeftAsync();
        AssertShown(scene, mode, ["done n0", "done n1", "done n2", "part n3", "part n4", "part n5"]);
        Assert.EndsWith(TenStopped, scene.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("Received", scene.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(StopSeat.Pipes, "normal")]
    [InlineData(StopSeat.Signaled, "stream")]
    [InlineData(StopSeat.Pipes, "gather")]
    [InlineData(StopSeat.Pipes, "json")]
    public async Task User1ShowsTheStatusAndChangesNothing(StopSeat seat, string mode)
    {
        await using var scene = TenHostsAtThree(seat, mode, "--any-failure");
        await scene.ToldAsync(3);

        scene.Signal(Signals.User1);
        await scene.ReadErrorAsync($"Status: {TenStatus}\n");
        scene.Signal(Signals.User1);
        await scene.ReadErrorAsync($"Status: {TenStatus}\n");

        foreach (var host in new[] { "n3", "n4", "n5" })
            await scene.OpenAsync(host);
        Assert.Equal(3, await scene.ExitAsync());
        Assert.DoesNotContain("Received", scene.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AMessageOnATerminalBeginsALineOfItsOwn()
    {
        await using var terminal = PtyProgram.Start(VolleyRun.Exec("n0", "printf abc; exit 3", "--output", "stream", "-N"));
        Assert.Equal(3, await terminal.WaitForExitAsync());
        Assert.Contains("abc\r\nvolley: 1 of 1 failed\r\n", terminal.Transcript, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TheFirstReasonWins()
    {
        await using var scene = StopScene.Start(StopSeat.Pipes, "n0", "trap 'tell; gate' TERM; sleep 1000 & tell; wait; wait", "");
        await scene.ToldAsync(1);

        scene.Signal(Signals.Terminate);
        // Its trap has run, so the run is being ended; one more signal only hurries it.
        await scene.ToldAsync(1);
        scene.Signal(Signals.HangUp);

        Assert.Equal(143, await scene.ExitAsync());
        await scene.AssertNothingLeftAsync();
    }

    [Theory]
    [InlineData("normal")]
    [InlineData("stream")]
    public async Task TheStatusLinesStandAloneAboveTheProgress(string mode)
    {
        await using var scene = StopScene.Start(StopSeat.Typed, TenHosts, TenJobs, $"--parallel 3 --output {mode} --progress always");
        await scene.ToldAsync(3);

        // Once the progress is drawn, it is erased before anything else is written.
        await scene.ReadErrorAsync("n5 ");
        scene.Press();
        await scene.ReadErrorAsync($"\e[J\r{StopScene.FirstPress}Status: {TenStatus}\n");
        await scene.PressTwiceAsync();

        Assert.Equal(130, await scene.ExitAsync());
        await scene.AssertNothingLeftAsync();
        Assert.EndsWith(TenStopped, scene.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task UnderNohupTheRunOutlivesAHangUp()
    {
        // What nohup(1) does.
        await using var run = ProgramRun.Start(ProgramStart.Shell(
            $"trap '' HUP; exec {BuiltProgram.Path} --transport exec -H n0 --stdin sh -c 'echo up; read x; echo got $x'"));
        await run.ReadOutUntilAsync("n0: up\n");

        run.Signal(Signals.HangUp);
        run.Type("it\n");
        run.CloseInput();

        Assert.Equal(0, await run.WaitForExitAsync());
        Assert.Equal("n0: up\nn0: got it\n", run.Stdout.Text);
    }

    private static StopScene TenHostsAtThree(StopSeat seat, string mode, string options = "") =>
        StopScene.Start(seat, TenHosts, TenJobs, $"--parallel 3 --output {mode} --progress never {options}");

    /// <summary>Every line is there, whole and under its node.</summary>
    private static void AssertShown(StopScene scene, string mode, string[] lines)
    {
        // On a terminal a message of ours may stand in a node's block: it does not wait for the end of a long one. The terminal
        // shows the key wherever the output is when it is pressed, which is a line of its own unless other output comes first.
        var shown = Messages().Replace(scene.Output, "").Replace("^C", "", StringComparison.Ordinal);
        foreach (var line in lines)
        {
            var host = line.Split(' ')[1];
            if (mode == "stream")
                Assert.Contains($"{host}: {line}\n", shown, StringComparison.Ordinal);
            else
                Assert.Matches($"(?m)^[✓✗] {host} .* s\n{line}$", shown);
        }
    }

    [GeneratedRegex(@"(\^C)?\n?Received [^\n]*\n(Status: [^\n]*\n)?")]
    private static partial Regex Messages();
}
