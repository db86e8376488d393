using System.Globalization;
using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Stopping;

/// <summary>Standard output whose reader leaves, or stays and takes nothing.</summary>
public class StopPipeTests
{
    private const string Endless = "tell; exec yes \"$host says a line\"";

    [Fact]
    public async Task AReaderThatLeavesEndsJobsThatPrintWithoutEnd()
    {
        await using var scene = StopScene.Start(StopSeat.Pipes, "n[0-9]", Endless, "--output stream --parallel 4");
        await scene.ToldAsync(4);
        await scene.ReadOutputAsync("says a line\n");

        scene.Pipes.CloseStdout();

        Assert.Equal(141, await scene.ExitAsync());
        await scene.AssertNothingLeftAsync();
        Assert.Equal("", scene.Errors);
        Assert.Equal(4, scene.Told.Count);
    }

    [Theory]
    [InlineData("normal")]
    [InlineData("stream")]
    public async Task AReaderThatLeavesIsNoticedAtTheNextLine(string mode)
    {
        await using var scene = StopScene.Start(StopSeat.Pipes, "n[0-5]", """
            case $host in
            n0) echo first ;;
            n1) tell; gate; echo second ;;
            n[2-3]) tell; exec sleep 1000 ;;
            *) tell ;;
            esac
            """, $"--output {mode} --parallel 3");
        await scene.ToldAsync(3);
        await scene.ReadOutputAsync("first\n");

        scene.Pipes.CloseStdout();
        Assert.All(scene.Told, told => Assert.True(Processes.IsAlive(told.Process)));
        await scene.OpenAsync("n1");

        Assert.Equal(141, await scene.ExitAsync());
        await scene.AssertNothingLeftAsync();
        Assert.Equal("", scene.Errors);
    }

    [Theory]
    [InlineData("normal")]
    [InlineData("stream")]
    public async Task OnATerminalToo(string mode)
    {
        await using var scene = StopScene.Start(StopSeat.TypedPipe, "n[0-1]", "tell; case $host in n0) gate ;; *) exec sleep 1000 ;; esac; echo late",
            $"--output {mode} --progress always");
        await scene.ToldAsync(2);

        scene.Terminal.CloseStdout();
        await scene.OpenAsync("n0");

        Assert.Equal(141, await scene.ExitAsync());
        await scene.AssertNothingLeftAsync();
        Assert.DoesNotContain("volley:", scene.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("canceled", scene.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AReaderThatLeavesIsNoticedByTheLastLineOfARunThatWentWell()
    {
        await using var scene = StopScene.Start(StopSeat.Pipes, "n0", "tell; gate; echo last", "");
        await scene.ToldAsync(1);

        scene.Pipes.CloseStdout();
        await scene.OpenAsync("n0");

        Assert.Equal(141, await scene.ExitAsync());
        Assert.Equal("", scene.Errors);
    }

    [Fact]
    public async Task FailuresThatWereBeforeAreStillNamed()
    {
        await using var scene = StopScene.Start(StopSeat.Pipes, "n[0-2]", """
            case $host in
            n0) exit 3 ;;
            n1) tell; gate; echo line ;;
            n2) tell; exec sleep 1000 ;;
            esac
            """, "--parallel 2");
        await scene.ToldAsync(2);

        scene.Pipes.CloseStdout();
        await scene.OpenAsync("n1");

        Assert.Equal(141, await scene.ExitAsync());
        await scene.AssertNothingLeftAsync();
        Assert.Contains("exit 3: n0\n", scene.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AFullDiskEndsTheRunAndIsReported()
    {
        await using var scene = StopScene.Prepare("n0", Endless);
        await using var run = ProgramRun.Start(ProgramStart.Shell($"exec {scene.CommandLine("--output stream")} >/dev/full"));
        await scene.ToldAsync(1);

        Assert.Equal(1, await run.WaitForExitAsync());
        await scene.AssertNothingLeftAsync();
        Assert.Contains("volley: standard output: No space left on device\n", run.Stderr.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("normal")]
    [InlineData("stream")]
    public async Task AStandardErrorThatNobodyReadsIsIgnored(string mode)
    {
        await using var scene = StopScene.Start(StopSeat.Pipes, "n[0-1]", "tell; gate; echo err >&2; echo out $host; exit 3",
            $"--output {mode} --progress always");
        await scene.ToldAsync(2);

        scene.Pipes.CloseStderr();
        await scene.OpenAsync("n0");
        await scene.OpenAsync("n1");

        Assert.Equal(3, await scene.ExitAsync());
        Assert.Contains("out n0\n", scene.Output, StringComparison.Ordinal);
        Assert.Contains("out n1\n", scene.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WithoutAStandardErrorCtrlCStillEndsTheRun()
    {
        await using var scene = StopScene.Start(StopSeat.Pipes, "n0", "trap 'tell; exit' TERM; sleep 1000 & tell; wait", "-b");
        await scene.ToldAsync(1);

        scene.Pipes.CloseStderr();
        scene.Press();

        await scene.ToldAsync(1);
        Assert.Equal(130, await scene.ExitAsync());
        await scene.AssertNothingLeftAsync();
    }

    [Theory]
    [InlineData(StopSeat.Pipes)]
    [InlineData(StopSeat.TypedPipe)]
    public async Task AReaderThatTakesNothingBlocksTheJobsAndCtrlCEndsThem(StopSeat seat)
    {
        await using var scene = StopScene.Start(seat, "n[0-9]", Endless, "--output stream --parallel 4", holdOutput: true);
        await scene.ToldAsync(4);
        await AssertBlockedAsync(scene);

        await scene.PressFirstAsync("4 running, 0 completed (0 failed), 6 queued");
        await scene.PressTwiceAsync();

        // The harness allows 20 s.
        Assert.Equal(130, await scene.ExitAsync());
        await scene.AssertNothingLeftAsync();
        Assert.EndsWith("canceled: n[0-3]\nnot started: n[4-9]\n", scene.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AReaderThatTakesNothingDoesNotHinderTerm()
    {
        await using var scene = StopScene.Start(StopSeat.Pipes, "n[0-9]", Endless, "--output stream --parallel 4", holdOutput: true);
        await scene.ToldAsync(4);
        await AssertBlockedAsync(scene);

        scene.Signal(Signals.Terminate);

        Assert.Equal(143, await scene.ExitAsync());
        await scene.AssertNothingLeftAsync();
        Assert.EndsWith("canceled: n[0-3]\nnot started: n[4-9]\n", scene.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AReaderThatTakesNothingAndComesBackGetsEveryByte()
    {
        // What waits in the program at the stop is more than the pipe holds.
        await using var scene = StopScene.Start(StopSeat.Pipes, "n0", "seq 1 40000; tell; exec sleep 1000", "-N --output stream", holdOutput: true);
        await scene.ToldAsync(1);

        scene.Signal(Signals.Terminate);
        scene.Pipes.ReadStdout();

        Assert.Equal(143, await scene.ExitAsync());
        Assert.Equal(string.Concat(Enumerable.Range(1, 40_000).Select(n => $"{n}\n")), scene.Output);
    }

    [Fact]
    public async Task InNormalOutputABlockThatNobodyTakesDoesNotHinderCtrlC()
    {
        await using var scene = StopScene.Start(StopSeat.Pipes, "n[0-3]", """
            case $host in
            n0) seq 1 200000 ;;
            *) tell; exec sleep 1000 ;;
            esac
            """, "--output normal --parallel 2", holdOutput: true);
        await scene.ToldAsync(2);

        await scene.PressFirstAsync("2 running, 1 completed (0 failed), 1 queued");
        await scene.PressTwiceAsync();

        Assert.Equal(130, await scene.ExitAsync());
        await scene.AssertNothingLeftAsync();
        Assert.EndsWith("canceled: n[1-2]\nnot started: n3\n", scene.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("normal")]
    [InlineData("stream")]
    public async Task CtrlCEndsAlsoTheWaitForAReaderAfterTheLastJob(string mode)
    {
        await using var scene = StopScene.Start(StopSeat.Pipes, "n0", "seq 1 50000; exec 1>&- 2>&-; tell", $"--output {mode}", holdOutput: true);
        var job = Assert.Single(await scene.ToldAsync(1));
        Assert.True(await Processes.WaitForEndAsync(job, Transcript.DefaultLimit));

        await scene.PressTwiceAsync();

        Assert.Equal(130, await scene.ExitAsync());
    }

    /// <summary>Once the program and its jobs have come to a standstill, the program is still small.</summary>
    private static async Task AssertBlockedAsync(StopScene scene)
    {
        const int Quiet = 5;
        int[] processes = [scene.ProcessId, .. scene.Told.Select(told => told.Process)];
        var (last, unchanged) = (-1L, 0);
        for (var looks = 0; unchanged < Quiet; looks++)
        {
            Assert.True(looks < 400, "the jobs print on");
            // Nothing tells that nothing happens any more, so this looks again and again.
            await Task.Delay(50);
            var ticks = processes.Sum(ProcessorTicks);
            unchanged = ticks == last ? unchanged + 1 : 0;
            last = ticks;
        }

        var size = File.ReadLines($"/proc/{scene.ProcessId}/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
        Assert.InRange(int.Parse(size.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture), 1, 200 * 1024);
    }

    /// <summary>How long a process has computed: utime and stime of proc(5).</summary>
    private static long ProcessorTicks(int process)
    {
        var stat = File.ReadAllText($"/proc/{process}/stat");
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture);
    }
}
