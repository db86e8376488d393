using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Pdsh;

/// <summary>What dshbak does beyond what it has in common with Debian's.</summary>
public class DshbakTests
{
    [Theory]
    [InlineData("b2: x\\na2: x\\nc1: x\\nz: x\\nb01: x\\nb1: x\\n", "z b01 b1 c1 a2 b2")]
    [InlineData("h10: x\\nh9: x\\nh011: x\\n", "h9 h10 h011")]
    [InlineData("n1-ib: x\\nn2-ib: x\\nm3: x\\n", "n1-ib n2-ib m3")]
    public async Task HostsAreOrderedByTheirLastNumberAndThenByName(string input, string hosts)
    {
        using var scene = await PdshScene.MakeAsync();
        var result = await scene.RunAsync($"printf '{input}' | dshbak | grep -v -e ---- -e x");
        Assert.Equal(hosts.Split(' '), VolleyRun.Lines(result.Stdout));
    }

    [Theory]
    [InlineData("b2: x\\na2: x\\nc1: x\\nz: x\\nb01: x\\nb1: x\\na3: x\\n", "a[2-3],b[01,1-2],c1,z")]
    [InlineData("h1.d: a\\nh2.d: a\\nh3.e: a\\n", "h[1-2].d,h3.e")]
    [InlineData("foo1: bar\\nfoo01: bar\\nfoo02: bar\\nfoo3: bar\\nfoo5: bar\\nfoo00: bar\\n", "foo[00-02,1,3,5]")]
    [InlineData("foo1s: b\\nfoo01s: b\\nfoo02s: b\\nfoo3s: b\\nfoo5s: b\\nfoo00s: b\\n", "foo[00-02,1,3,5]s")]
    [InlineData("k: a\\n", "k")]
    public async Task EqualOutputsAreGatheredUnderFoldedNames(string input, string header)
    {
        using var scene = await PdshScene.MakeAsync();
        Assert.Equal(header, VolleyRun.Lines((await scene.RunAsync($"printf '{input}' | dshbak -c")).Stdout)[1]);
    }

    [Fact]
    public async Task LinesWithoutAHostArePassedOverAndALastOneWithoutNewlineIsKept()
    {
        using var scene = await PdshScene.MakeAsync();
        var result = await scene.RunAsync("printf 'junk\\nh1: a\\n: x\\nh2: b' | dshbak");
        Assert.Equal((0, ""), (result.ExitCode, result.Stderr));
        Assert.Equal("----------------\nh1\n----------------\na\n----------------\nh2\n----------------\nb\n", result.Stdout);
    }

    [Fact]
    public async Task OutputThatDiffersInOneByteAfterMegabytesIsNotGathered()
    {
        using var scene = await PdshScene.MakeAsync();
        var result = await scene.RunAsync("for h in 1 2 3; do yes h$h: line | head -n 300000; done >in; echo 'h2: other' >>in; dshbak -c <in | grep -A1 -e ----");
        Assert.Equal(["----------------", "h[1,3]", "----------------", "line", "--", "----------------", "h2", "----------------", "line"], VolleyRun.Lines(result.Stdout));
    }

    [Fact]
    public async Task AnInterruptPrintsWhatHasCome()
    {
        using var scene = await PdshScene.MakeAsync();
        await using var run = ProgramRun.Start(ParityRun.Ours("exec dshbak", scene.Folder) with { Input = null });
        // More than a pipe holds: once it is written, the first lines were read.
        run.Type("h1: a\nh2: b\n" + string.Concat(Enumerable.Repeat("h3: more\n", 40_000)));
        run.Signal(Signals.Interrupt);
        Assert.Equal(130, await run.WaitForExitAsync(TimeSpan.FromSeconds(30)));
        Assert.StartsWith("----------------\nh1\n----------------\na\n----------------\nh2\n----------------\nb\n----------------\nh3\n", run.Stdout.Text);
    }

    [Fact]
    public async Task AFolderThatCannotBeWrittenIsAnError()
    {
        using var scene = await PdshScene.MakeAsync();
        var result = await scene.RunAsync("mkdir -p o/h1; printf 'h1: a\\n' | dshbak -d o");
        Assert.Equal(1, result.ExitCode);
        Assert.StartsWith("dshbak: Fatal: Failed to open output file 'o/h1': ", result.Stderr);
    }

    [Fact]
    public async Task NoNameLeadsOutOfTheFolderAndNoLinkIsFollowed()
    {
        using var scene = await PdshScene.MakeAsync();
        var result = await scene.RunAsync("""
            mkdir o; echo old >kept; ln -s ../kept o/h1; ln -s ../made o/h2
            printf "$PWD/abs: a\n../y: b\n.: c\n..: d\nh1: e\nh2: f\n.x: g\n" | dshbak -d o; echo $?
            cat kept; ls -d kept made o y abs ../y 2>&-; find o -type l; ls -A o | grep -v abs; cat o/h1 o/_._y
            """);
        Assert.Equal("0\nold\nkept\no\n_\n_.\n_._y\n_x\nh1\nh2\ne\nb\n", result.Stdout);
        Assert.Contains("dshbak: the output of ../y is in o/_._y\n", result.Stderr, StringComparison.Ordinal);
        Assert.Equal(5, VolleyRun.Lines(result.Stderr).Length);
    }

    [Theory]
    [InlineData("dshbak")]
    [InlineData("dshbak -c")]
    public async Task ATerminalObeysNothing(string command)
    {
        using var scene = await PdshScene.MakeAsync();
        await using var program = PtyProgram.Start(ParityRun.Ours($"printf 'h\\033]0;t\\a: \\033[2Ja\\033[31mr\\n' | {command}", scene.Folder) with { Input = null });
        Assert.Equal(0, await program.WaitForExitAsync());
        Assert.Equal("----------------\r\nh^[]0;t^G\r\n----------------\r\n^[[2Ja\e[31mr\e[0m\r\n", program.Transcript);
    }

    [Fact]
    public async Task TheFirstWordOfVolleyLeadsToItToo()
    {
        var result = await ProgramRun.RunAsync(ProgramStart.Volley("dshbak", "-c").WithInput("h1: a\nh2: a\n"));
        Assert.Equal((0, "----------------\nh[1-2]\n----------------\na\n"), (result.ExitCode, result.Stdout));
    }
}
