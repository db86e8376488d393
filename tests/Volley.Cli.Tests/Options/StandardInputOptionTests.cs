using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Options;

/// <summary>--stdin and --script, and standard input without them.</summary>
public sealed class StandardInputOptionTests(Fleet fleet) : IDisposable
{
    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("exec")]
    [InlineData("openssh")]
    public async Task StandardInputIsBroadcast(string transport)
    {
        var text = string.Concat(Enumerable.Range(0, 50_000).Select(i => $"line {i}\n"));
        var result = await ProgramRun.RunAsync(VolleyRun.Start(
            [.. VolleyRun.Over(transport, fleet), "--stdin", "-H", "127.0.2.[1-3]", "cksum"]).WithInput(text));
        var sum = await ProgramRun.RunAsync(new ProgramStart("cksum").WithInput(text));
        Assert.Equal(
            [.. Enumerable.Range(1, 3).Select(i => $"127.0.2.{i}: {sum.Stdout.TrimEnd()}")], VolleyRun.Lines(result.Stdout).Order());
    }

    [Fact]
    public async Task StandardInputReachesTargetsThatStartLate()
    {
        var result = await ProgramRun.RunAsync(VolleyRun.Exec("a,b,c", "cat", "--stdin", "--parallel", "1").WithInput("x\ny\n"));
        Assert.Equal("a: x\na: y\nb: x\nb: y\nc: x\nc: y\n", result.Stdout);
    }

    [Fact]
    public async Task ACommandThatDoesNotReadItsInputIsNoObstacle()
    {
        var result = await ProgramRun.RunAsync(VolleyRun.Exec("a,b", "case %h in a) exit 0;; esac; wc -c", "--stdin")
            with
        { Input = new byte[3_000_000] });
        Assert.Equal("b: 3000000\n", result.Stdout);
        Assert.Equal(0, result.ExitCode);
    }

    [Theory]
    [InlineData("exec")]
    [InlineData("native")]
    [InlineData("openssh")]
    public async Task ARunThatDoesNotUseStandardInputDoesNotTouchIt(string transport)
    {
        // A background job that reads its terminal is stopped: by SIGTTIN, tty_ioctl(4).
        var volley = $"{BuiltProgram.Path} {string.Join(' ', VolleyRun.Over(transport, fleet))} --output stream -q -H 127.0.2.1 echo ran";
        await using var shell = PtyProgram.Start(ProgramStart.Shell(
            $"set -m; {volley} </dev/tty & wait $!; echo job $?; timeout 60 {volley} </dev/tty; echo timeout $?; "
            + $"{volley} </; echo folder $?; {volley} 0>/dev/null; echo writing $?; {volley} <&-; echo closed $?").WithVariable("TERM", "dumb"));
        foreach (var end in new[] { "job", "timeout", "folder", "writing", "closed" })
            await shell.ReadUntilAsync($"127.0.2.1: ran\r\n{end} 0\r\n");
    }

    [Fact]
    public async Task AClosedStandardInputIsAnEmptyOne()
    {
        // The runtime had opened /dev/urandom by its number, and a command got random bytes without end.
        var result = await ProgramRun.RunAsync(new ProgramStart(
            "/bin/sh", "-c", "exec <&-; exec \"$0\" -H a --transport exec --stdin --timeout 10 wc -c", BuiltProgram.Path));
        Assert.Equal("a: 0\n", result.Stdout);
        Assert.Equal(0, result.ExitCode);
    }

    [Theory]
    [InlineData("</")]
    [InlineData("0>/dev/null")]
    public async Task AStandardInputThatCannotBeReadIsRefused(string redirection)
    {
        var result = await ProgramRun.RunAsync(new ProgramStart(
            "/bin/sh", "-c", $"exec \"$0\" -H a --transport exec --stdin echo ran {redirection}", BuiltProgram.Path));
        Assert.Equal(2, result.ExitCode);
        Assert.Equal("volley: standard input can't be read: it is a directory, or open for writing only\n", result.Stderr);
        Assert.Equal("", result.Stdout);
    }

    [Theory]
    [InlineData("pdsh -R exec -w - echo a </", "pdsh@", 1)]
    [InlineData("pdsh -R exec -w h 0>/dev/null", "pdsh@", 1)]
    [InlineData("dshbak </", "dshbak: ", 1)]
    public async Task TheOtherFrontEndsSayThatItCannotBeRead(string line, string begins, int code)
    {
        var result = await ProgramRun.RunAsync(new ProgramStart("/bin/sh", "-c", $"exec \"$0\" {line}", BuiltProgram.Path));
        Assert.Equal(code, result.ExitCode);
        Assert.StartsWith(begins, result.Stderr, StringComparison.Ordinal);
        Assert.EndsWith("standard input can't be read: it is a directory, or open for writing only\n", result.Stderr, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("exec")]
    [InlineData("openssh")]
    public async Task WithoutItStandardInputIsNotTouched(string transport)
    {
        // A loop would lose the lines that its body reads.
        var loop = $"while read word; do \"$0\" {string.Join(' ', VolleyRun.Over(transport, fleet))} -H 127.0.2.4 'cat; true' && echo \"$word\"; done";
        if (transport == "exec")
            loop = loop.Replace("'cat; true'", "cat", StringComparison.Ordinal);
        var result = await ProgramRun.RunAsync(new ProgramStart("/bin/sh", "-c", loop, BuiltProgram.Path).WithInput("1\n2\n3\n"));
        Assert.Equal("1\n2\n3\n", result.Stdout);
    }

    [Theory]
    [InlineData("exec")]
    [InlineData("openssh")]
    public async Task AScriptGetsItsArgumentsIntact(string transport)
    {
        string[] words = ["a b", "it's", "\"q\"", "$HOME", "*", "-k", "--", "", "a\\b", "`id`", "ü;&|<>", "two\nlines"];
        var script = _folder.Write("script", "for word; do printf '<%s>' \"$word\"; done; exit 5\n");
        var result = await VolleyRun.RunAsync(
            [.. VolleyRun.Over(transport, fleet), "-H", "127.0.2.5", "-N", "--script", script, "--", .. words]);
        Assert.Equal(string.Concat(words.Select(word => $"<{word}>")), result.Stdout);
        Assert.Equal(5, result.ExitCode);
    }

    [Fact]
    public async Task AScriptMayComeFromAPipe()
    {
        var pipe = _folder.MakePipe("script");
        var feeding = ProgramRun.RunAsync(ProgramStart.Shell($"echo 'echo \"$1\"' >{pipe}"));
        var result = await VolleyRun.RunAsync("--transport", "exec", "-H", "a,b", "--script", pipe, "word");
        Assert.Equal(["a: word", "b: word"], VolleyRun.Lines(result.Stdout).Order());
        await feeding;
    }
}
