using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Pdsh;

/// <summary>What the pdsh front end does where there is nothing to compare it with, or where it differs.</summary>
public class PdshProgramTests
{
    [Fact]
    public async Task TheVersionBeginsAsScriptsExpect()
    {
        using var scene = await PdshScene.MakeAsync();
        var result = await scene.RunAsync("pdsh -V");
        Assert.Equal(0, result.ExitCode);
        var first = VolleyRun.Lines(result.Stdout)[0];
        Assert.StartsWith("pdsh-2.35", first);
        Assert.Contains("+static-modules", first);
    }

    [Fact]
    public async Task ModulesAreListed()
    {
        using var scene = await PdshScene.MakeAsync();
        var lines = VolleyRun.Lines((await scene.RunAsync("pdsh -L")).Stdout);
        foreach (var module in new[] { "rcmd/exec", "rcmd/ssh", "misc/genders", "misc/dshgroup", "misc/netgroup", "misc/slurm" })
            Assert.Contains($"Module: {module}", lines);
    }

    [Fact]
    public async Task HelpGoesToStandardErrorAndExitsWith1()
    {
        using var scene = await PdshScene.MakeAsync();
        var result = await scene.RunAsync("pdsh -h");
        Assert.Equal((1, ""), (result.ExitCode, result.Stdout));
        Assert.StartsWith("Usage: pdsh [-options] command ...\n", result.Stderr);
        foreach (var option in "SkhVqQbdltufwxRMNKLgXjPC")
            Assert.Contains($"\n-{option} ", result.Stderr);
    }

    [Theory]
    [InlineData("pdsh")]
    [InlineData("dsh")]
    [InlineData("volley pdsh")]
    public async Task EveryNameLeadsToIt(string name)
    {
        using var scene = await PdshScene.MakeAsync();
        var result = await scene.RunAsync($"mkdir n; ln -s {BuiltProgram.Path} n/dsh; ln -s {BuiltProgram.Path} n/volley; PATH=$PWD/n:$PATH; {name} -R exec -w 'h[1-2]' -f1 echo %n");
        Assert.Equal((0, "h1: 0\nh2: 1\n", ""), (result.ExitCode, result.Stdout, result.Stderr));
    }

    [Fact]
    public async Task AKilledProcessCountsAsAHostThatFailed()
    {
        using var scene = await PdshScene.MakeAsync();
        Assert.Equal(254, (await scene.RunAsync("pdsh -S -R exec -w 'h[1-2]' sh -c 'if [ %n = 0 ]; then kill -9 $$; fi; exit 7'")).ExitCode);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    public async Task AFanOutOfNobodyIsAnError(string value)
    {
        using var scene = await PdshScene.MakeAsync();
        var result = await scene.RunAsync($"pdsh -R exec -f {value} -w h1 echo hi");
        Assert.Equal((1, ""), (result.ExitCode, result.Stdout));
        Assert.Contains($"Invalid fanout `{value}'", result.Stderr);
    }

    [Fact]
    public async Task ALongLineIsOneLineAndANulIsData()
    {
        using var scene = await PdshScene.MakeAsync();
        var result = await scene.RunAsync("""pdsh -R exec -w h sh -c 'head -c 300000 /dev/zero; echo'""");
        Assert.Equal(300_000 + "h: \n".Length, result.StdoutBytes.Length);
        Assert.Equal(300_000, result.StdoutBytes.Count(b => b == 0));
    }

    [Fact]
    public async Task ALastLineWithoutNewlineStaysAsItIs()
    {
        using var scene = await PdshScene.MakeAsync();
        Assert.Equal("abc", (await scene.RunAsync("pdsh -N -R exec -w h printf abc")).Stdout);
        Assert.Equal("h1: x\nh2: x", (await scene.RunAsync("pdsh -R exec -f1 -w h1,h2 printf x")).Stdout);
    }

    [Fact]
    public async Task WhatIsPrintedAfterTheTimeIsOverIsShown()
    {
        using var scene = await PdshScene.MakeAsync();
        var result = await scene.RunAsync("""pdsh -S -R exec -u 1 -w h sh -c 'trap "echo cleaned up; exit" TERM; sleep 60 & wait'""");
        Assert.Equal((254, "h: cleaned up\n"), (result.ExitCode, result.Stdout));
    }

    [Fact]
    public async Task FailFastEndsAllAndExitsWith1()
    {
        using var scene = await PdshScene.MakeAsync();
        var result = await scene.RunAsync("pdsh -k -R exec -w 'h[1-3]' -f2 sh -c 'if [ %n = 0 ]; then exec sleep 60; fi; exit 5'");
        Assert.Equal(1, result.ExitCode);
        Assert.Contains(": h2: sh exited with exit code 5\n", result.Stderr);
        Assert.Contains("sending signal 15 to h1 [sleep] pid ".Replace("sleep", "sh", StringComparison.Ordinal), result.Stderr);
        Assert.EndsWith(": terminating all processes\n", result.Stderr);
        Assert.DoesNotContain("h3", result.Stderr);
    }

    [Fact]
    public async Task PortsAndAddressesReachSsh()
    {
        using var scene = await PdshScene.MakeAsync();
        var result = await scene.RunAsync("PATH=$PWD/show:$PATH; pdsh -R ssh -t0 -f1 -w 'h1:22,u@[::1]:2222,fe80::2,ssh:v@h[2-3]:23' true");
        Assert.Equal(
            """
            h1:22: [-2][-a][-x][-p22][h1][true]
            ::1:2222: [-2][-a][-x][-p2222][-lu][::1][true]
            fe80::2: [-2][-a][-x][fe80::2][true]
            h2:23: [-2][-a][-x][-p23][-lv][h2][true]
            h3:23: [-2][-a][-x][-p23][-lv][h3][true]

            """, result.Stdout);
    }

    [Theory]
    [InlineData("u@-oProxyCommand=x")]
    [InlineData("^options")]
    public async Task NoHostBecomesAnOptionOfSsh(string hosts)
    {
        using var scene = await PdshScene.MakeAsync();
        scene.Folder.Write("options", "h1\n-oProxyCommand=x\n");
        var result = await scene.RunAsync($"PATH=$PWD/show:$PATH; pdsh -R ssh -w {hosts} true");
        Assert.Equal((1, ""), (result.ExitCode, result.Stdout));
        Assert.EndsWith(": -oProxyCommand=x: ssh would take this host for an option\n", result.Stderr);
    }

    [Fact]
    public async Task EachEntryHasItsOwnUserAndWay()
    {
        using var scene = await PdshScene.MakeAsync();
        var result = await scene.RunAsync("PATH=$PWD/show:$PATH; pdsh -R ssh -t0 -l o -f1 -w 'exec:u@h1,v@h1,h1,exec:h[2-3]x[1-2]' echo %u@%h");
        Assert.Equal(
            """
            h1: u@h1
            h1: [-2][-a][-x][-lv][h1][echo][v@h1]
            h1: [-2][-a][-x][-lo][h1][echo][o@h1]
            h2x1: o@h2x1
            h2x2: o@h2x2
            h3x1: o@h3x1
            h3x2: o@h3x2

            """, result.Stdout);
    }

    [Fact]
    public async Task TheCodeOfAnyRankIsReturnedOverHundredsOfStarts()
    {
        using var scene = await PdshScene.MakeAsync();
        scene.WriteProgram("ssh", "#!/bin/sh\nif [ \"$1\" = \"$2\" ]; then exit \"$3\"; fi\n");
        var result = await scene.RunAsync("""
            PATH=$PWD/bin:$PATH
            for n in $(seq 1 24); do
                code=$((n * 10))
                PDSH_SSH_ARGS="%n $((n / 2)) $code" pdsh -S -R ssh -t0 -w "foo[0-$n]" command 2>/dev/null
                echo "$n $?"
            done
            """);
        Assert.Equal(Enumerable.Range(1, 24).Select(n => $"{n} {n * 10}"), VolleyRun.Lines(result.Stdout));
    }

    [Fact]
    public async Task AReaderThatLeavesEndsTheRun()
    {
        using var scene = await PdshScene.MakeAsync();
        var result = await scene.RunAsync("{ pdsh -R exec -w h yes; echo $? >code; } | head -n 3; cat code");
        Assert.Equal("h: y\nh: y\nh: y\n141\n", result.Stdout);
    }

    [Fact]
    public async Task AFullDiskIsReported()
    {
        using var scene = await PdshScene.MakeAsync();
        var result = await scene.RunAsync("pdsh -R exec -w h echo hi >/dev/full");
        Assert.Equal(1, result.ExitCode);
        Assert.EndsWith(": standard output: No space left on device\n", result.Stderr);
    }

    [Fact]
    public async Task ManyHostsOfAPatternAreFoundSoon()
    {
        using var scene = await PdshScene.MakeAsync();
        scene.Folder.Write("slow", "foo[0-10000] test\nfoo[100-110] test2\n");
        var result = await scene.RunAsync("pdsh -F ./slow -w 'foo[0-10000]' -g test2 -q | tail -1");
        Assert.Equal("foo[100-110]\n", result.Stdout);
        Assert.True(result.Elapsed < TimeSpan.FromSeconds(10), $"{result.Elapsed}");
    }
}
