using System.Diagnostics;
using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Stopping;

/// <summary>How a local job is ended: TERM to its process group, KILL after the grace, and nothing is left of it.</summary>
public class StopJobTests
{
    /// <summary>The grace of every run of the program.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);

    [Theory]
    [InlineData("normal")]
    [InlineData("stream")]
    public async Task AJobThatIgnoresTermIsKilledAfterTheGrace(string mode)
    {
        // Its child ignores TERM too: what is ignored is inherited.
        await using var scene = StopScene.Start(StopSeat.Pipes, "n0", "trap '' TERM; echo early; sleep 1000 & tell; wait", $"--output {mode}");
        await scene.ToldAsync(1);

        await scene.PressTwiceAsync();
        var clock = Stopwatch.StartNew();

        Assert.Equal(130, await scene.ExitAsync());
        // The clock started a little after the signal was sent.
        Assert.True(clock.Elapsed > Grace - TimeSpan.FromSeconds(0.5), $"it was killed after {clock.Elapsed}");
        await scene.AssertNothingLeftAsync();
        Assert.Contains("early\n", scene.Output, StringComparison.Ordinal);
        Assert.EndsWith("canceled: n0\n", scene.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("may still run", scene.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(StopSeat.Pipes)]
    [InlineData(StopSeat.Typed)]
    public async Task AChildThatOutlivesItsLeaderIsKilledAfterTheGrace(StopSeat seat)
    {
        await using var scene = StopScene.Start(seat, "n0", "sh -c 'trap \"\" TERM; echo $host $$ >reports; exec sleep 1000' & wait", "");
        var child = Assert.Single(await scene.ToldAsync(1));
        var group = Processes.Find(child)!.Group;
        Assert.NotEqual(child, group);

        await scene.PressTwiceAsync();

        Assert.Equal(130, await scene.ExitAsync());
        Assert.True(await Processes.WaitForEndAsync(child, TimeSpan.FromSeconds(2)), "the child is left");
        Assert.Empty(Processes.InGroup(group));
        Assert.DoesNotContain("may still run", scene.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("normal")]
    [InlineData("stream")]
    public async Task WhatAJobSaysAtItsEndIsShown(string mode)
    {
        await using var scene = StopScene.Start(StopSeat.Pipes, "n[0-1]", """
            trap 'echo "bye $host"; echo "cleaned $host" >&2; exit 0' TERM
            sleep 1000 &
            tell
            wait
            """, $"--output {mode}");
        await scene.ToldAsync(2);

        await scene.PressTwiceAsync();

        Assert.Equal(130, await scene.ExitAsync());
        await scene.AssertNothingLeftAsync();
        foreach (var host in new[] { "n0", "n1" })
        {
            Assert.Contains(mode == "stream" ? $"{host}: bye {host}\n" : $"\nbye {host}\n", scene.Output, StringComparison.Ordinal);
            // In normal output, a node's standard error is part of its block.
            Assert.Contains(mode == "stream" ? $"{host}: cleaned {host}\n" : $"\ncleaned {host}\n",
                mode == "stream" ? scene.Errors : scene.Output, StringComparison.Ordinal);
        }
        // It was stopped, however gracefully it took it.
        Assert.EndsWith("canceled: n[0-1]\n", scene.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task MuchOutputAtTheEndIsNotLost()
    {
        // More than a pipe holds, so the job needs its reader after TERM.
        await using var scene = StopScene.Start(StopSeat.Pipes, "n0", """
            trap 'kill $!; seq 1 100000; exit 0' TERM
            sleep 1000 &
            tell
            wait
            """, "-N");
        await scene.ToldAsync(1);

        scene.Signal(Signals.Terminate);

        Assert.Equal(143, await scene.ExitAsync());
        Assert.Equal(string.Concat(Enumerable.Range(1, 100_000).Select(n => $"{n}\n")), scene.Output);
    }

    [Theory]
    [InlineData(StopSeat.Pipes, "stream")]
    [InlineData(StopSeat.Typed, "normal")]
    public Task AFurtherPressKillsWithoutWaiting(StopSeat seat, string mode) => EndsWithinTheGraceAsync(async () =>
    {
        await using var scene = StopScene.Start(seat, "n0", "trap '' TERM; echo early; sleep 1000 & tell; wait", $"--output {mode}");
        await scene.ToldAsync(1);

        await scene.PressTwiceAsync();
        var clock = Stopwatch.StartNew();
        scene.Press();

        Assert.Equal(130, await scene.ExitAsync());
        var took = clock.Elapsed;
        await scene.AssertNothingLeftAsync();
        Assert.Contains("early\n", scene.Output, StringComparison.Ordinal);
        return took;
    });

    [Fact]
    public Task AFurtherPressKillsAlsoTheChildThatOutlivedItsLeader() => EndsWithinTheGraceAsync(async () =>
    {
        await using var scene = StopScene.Start(StopSeat.Pipes, "n0", """
            trap 'tell; exit 0' TERM
            sh -c 'trap "" TERM; echo $host $$ >reports; exec sleep 1000' &
            wait
            """, "");
        var child = Assert.Single(await scene.ToldAsync(1));

        await scene.PressTwiceAsync();
        var clock = Stopwatch.StartNew();
        // The leader tells that it ends.
        await scene.ToldAsync(1);
        scene.Press();

        Assert.Equal(130, await scene.ExitAsync());
        var took = clock.Elapsed;
        Assert.True(await Processes.WaitForEndAsync(child, TimeSpan.FromSeconds(2)), "the child is left");
        await scene.AssertNothingLeftAsync();
        return took;
    });

    [Theory]
    [InlineData(StopSeat.Pipes)]
    [InlineData(StopSeat.Typed)]
    public async Task TwoHundredJobsAreEnded(StopSeat seat)
    {
        await using var scene = StopScene.Start(seat, "n[0-249]", "tell; exec sleep 1000", "--parallel 200 --progress never");
        await scene.ToldAsync(200);

        await scene.PressFirstAsync("200 running, 0 completed (0 failed), 50 queued");
        await scene.PressTwiceAsync();

        Assert.Equal(130, await scene.ExitAsync());
        await scene.AssertNothingLeftAsync();
        Assert.EndsWith("canceled: n[0-199]\nnot started: n[200-249]\n", scene.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ATimeoutLeavesNothingRunning()
    {
        await using var scene = StopScene.Start(StopSeat.Pipes, "n0",
            "sh -c 'trap \"\" TERM; exec sleep 1000' & echo early; tell; wait", "--timeout 0.3");
        await scene.ToldAsync(1);

        Assert.Equal(124, await scene.ExitAsync());
        await scene.AssertNothingLeftAsync();
        Assert.Equal("n0: early\n", scene.Output);
    }

    [Theory]
    [InlineData("normal")]
    [InlineData("stream")]
    public async Task FailFastEndsTheOthers(string mode)
    {
        // n2 fails; the main rank is n0.
        await using var scene = StopScene.Start(StopSeat.Pipes, "n[0-9]", """
            case $host in
            n0) echo 'done n0'; exit 0 ;;
            n[1-3]) printf 'part %s' $host; tell; gate; exit 7 ;;
            *) echo "late $host" ;;
            esac
            """, $"-k --parallel 3 --output {mode}");
        await scene.ToldAsync(3);

        await scene.OpenAsync("n2");

        Assert.Equal(7, await scene.ExitAsync());
        await scene.AssertNothingLeftAsync();
        Assert.Equal("""
            [fail-fast] n2: exit 7; stopping 2 running, 6 queued
            volley: 9 of 10 failed
            exit 7: n2
            canceled: n[1,3]
            not started: n[4-9]

            """, scene.Errors);
        foreach (var line in new[] { "done n0", "part n1", "part n2", "part n3" })
            Assert.Contains(mode == "stream" ? $"{line[^2..]}: {line}\n" : $"\n{line}\n", scene.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("late", scene.Output, StringComparison.Ordinal);
    }

    [Fact]
    public Task CtrlCDuringAFailFastHurriesIt() => EndsWithinTheGraceAsync(async () =>
    {
        await using var scene = StopScene.Start(StopSeat.Pipes, "n[0-1]", """
            trap '' TERM
            tell
            case $host in n0) gate; exit 7 ;; esac
            sleep 1000
            """, "-k");
        await scene.ToldAsync(2);
        await scene.OpenAsync("n0");
        await scene.ReadErrorAsync("[fail-fast] n0: exit 7; stopping 1 running, 0 queued\n");
        var clock = Stopwatch.StartNew();

        scene.Press();

        // The first reason wins.
        Assert.Equal(7, await scene.ExitAsync());
        var took = clock.Elapsed;
        await scene.AssertNothingLeftAsync();
        Assert.DoesNotContain("Received", scene.Errors, StringComparison.Ordinal);
        return took;
    });

    /// <summary>Plays a scene until it ends before the grace is over. On a busy machine that may take several; one that waits for the grace never does.</summary>
    private static async Task EndsWithinTheGraceAsync(Func<Task<TimeSpan>> scene)
    {
        const int Most = 5;
        var took = Timeout.InfiniteTimeSpan;
        for (var i = 0; i < Most; i++)
        {
            took = await scene();
            if (took < Grace)
                return;
        }

        Assert.Fail($"the last of {Most} waited for {took}");
    }
}
