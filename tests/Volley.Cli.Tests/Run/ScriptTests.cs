using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Run;

/// <summary>--script and --interpreter.</summary>
public sealed class ScriptTests(LoginShells shells, Fleet fleet) : IClassFixture<LoginShells>, IDisposable
{
    // What shells differ in: history, escapes, globs, words that look like options, line ends.
    private static readonly string[] Words =
        ["a b", "it's", "\"q\"", "$HOME", "*", "-k", "--", "", "a\\b", "a\\\\'", "`id`", "ü;&|<>!!", "!x", "~", "{a,b}", "(x)", "two\nlines\n", "%s", "%%h"];

    private static readonly string Printed = string.Concat(Words.Select(word => $"<{word}>"));

    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("native", "for word; do printf '<%s>' \"$word\"; done; exit 5\n")]
    [InlineData("openssh", "#!/bin/sh -u\nfor word; do printf '<%s>' \"$word\"; done; exit 5\n")]
    [InlineData("native", "#!/bin/bash\nwords=(\"$@\"); printf '<%s>' \"${words[@]}\"; exit 5\n")]
    [InlineData("openssh", "#!/usr/bin/env python3 -u\nimport sys\nsys.stdout.write(''.join('<%s>' % word for word in sys.argv[1:]))\nsys.exit(5)\n")]
    [InlineData("native", "#!/usr/bin/env PERL_BADLANG=0 perl -w\nprint map { \"<$_>\" } @ARGV; exit 5;\n")]
    [InlineData("native", "#!/usr/bin/awk -f\nBEGIN { for (i = 1; i < ARGC; i++) printf \"<%s>\", ARGV[i]; exit 5 }\n")]
    public async Task ArgumentsArriveAsTheyAreWhateverTheLoginShell(string transport, string text)
    {
        var result = await VolleyRun.RunAsync(
            [.. VolleyRun.Over(transport, shells.Fleet), "-H", LoginShells.Hosts, "-g", "-q", "--script", _folder.Write("script", text), "--", .. Words]);
        Assert.Equal((5, ""), (result.ExitCode, result.Stderr));
        Assert.Contains($"127.0.13.[1-{LoginShells.All.Count}] ({LoginShells.All.Count}) exit 5", result.Stdout, StringComparison.Ordinal);
        Assert.Contains($"\n{Printed}\n", result.Stdout, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("for word; do printf '<%s>' \"$word\"; done")]
    [InlineData("#!/usr/bin/env python3\nimport sys\nprint(''.join('<%s>' % word for word in sys.argv[1:]))")]
    [InlineData("#!/usr/bin/awk -f\nBEGIN { for (i = 1; i < ARGC; i++) printf \"<%s>\", ARGV[i] }")]
    public async Task WordsOfALocalProcessAreSubstituted(string text)
    {
        var result = await VolleyRun.RunAsync("--transport", "exec", "-H", "h1,h2", "--script", _folder.Write("script", text), "%h", "%n %%", "it's");
        Assert.Equal(["h1: <h1><0 %><it's>", "h2: <h2><1 %><it's>"], VolleyRun.Lines(result.Stdout).Order());
    }

    [Theory]
    [InlineData("native")]
    [InlineData("exec")]
    public async Task AnotherProgramGetsAPrivateFileThatIsRemoved(string transport)
    {
        var script = _folder.Write("script", "text\n");
        var result = await VolleyRun.RunAsync(
            [.. VolleyRun.Over(transport, shells.Fleet), "-H", "127.0.13.1", "-N", "--interpreter", "stat -c %A,%s,%n", "--script", script]);
        var fields = result.Stdout.TrimEnd().Split(',');
        Assert.Equal(["-rwx------", "5"], fields[..2]);
        Assert.False(Path.Exists(Path.GetDirectoryName(fields[2])), fields[2]);
        Assert.Equal("", result.Stderr);
    }

    [Theory]
    [InlineData("native", "trap 'exit 3' TERM")]
    [InlineData("native", "trap '' TERM")]
    [InlineData("exec", "trap '' TERM")]
    public async Task TheFileIsRemovedWhenTheScriptIsStopped(string transport, string trap)
    {
        var script = _folder.Write("script", $"{trap}\necho $0\nwhile :; do sleep 1; done\n");
        // With options that are not known, env gets the script as a file. A server that forces a command passes no signals on.
        await using var run = ProgramRun.Start(VolleyRun.Start(
            [.. VolleyRun.Over(transport, fleet), "-H", "127.0.13.1", "-N", "-b", "--interpreter", "env -u NONE sh", "--script", script]));
        var path = (await run.ReadOutUntilAsync("/script\n")).TrimEnd();
        Assert.True(File.Exists(path), path);
        run.Signal(Signals.Interrupt);
        await run.ReadErrUntilAsync("Terminating all jobs");
        run.Signal(Signals.Interrupt);
        Assert.Equal(130, await run.WaitForExitAsync());
        var waiting = await ProgramRun.RunAsync(ProgramStart.Shell($"while [ -e {Path.GetDirectoryName(path)} ]; do :; done"));
        Assert.Equal(0, waiting.ExitCode);
    }

    [Fact]
    public async Task AScriptFromAPipeNamesItsProgramToo()
    {
        var pipe = _folder.MakePipe("script");
        var feeding = ProgramRun.RunAsync(ProgramStart.Shell($"(printf '#!/usr/bin/env '; printf 'python3\\nimport sys\\n'; echo 'print(sys.argv[1:])') >{pipe}"));
        var result = await VolleyRun.RunAsync("--transport", "native", "-F", shells.Fleet.SshConfig, "-H", "127.0.13.[1-2]", "-N", "--script", pipe, "word");
        Assert.Equal("['word']\n['word']\n", result.Stdout);
        await feeding;
    }

    [Fact]
    public async Task AScriptMayBeEmpty()
    {
        var result = await VolleyRun.RunAsync("--transport", "native", "-F", shells.Fleet.SshConfig, "-H", "127.0.13.1", "-q", "--script", _folder.Write("script", ""), "word");
        Assert.Equal((0, "", ""), (result.ExitCode, result.Stdout, result.Stderr));
    }

    [Fact]
    public async Task LinesAreCountedAsInTheFile()
    {
        var result = await VolleyRun.RunAsync("--transport", "exec", "-H", "a", "--script", _folder.Write("script", ":\nif\n"), "word");
        Assert.Contains("sh: 3: Syntax error", result.Stderr, StringComparison.Ordinal);
        result = await VolleyRun.RunAsync("--transport", "native", "-F", shells.Fleet.SshConfig, "-H", "127.0.13.1", "--script", _folder.Write("script", ":\nif\n"), "word");
        Assert.Contains("sh: 3: Syntax error", result.Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CarriageReturnsAreHintedAt()
    {
        var script = _folder.Write("script", "#!/usr/bin/env python3\r\nprint(1)\r\n");
        var result = await VolleyRun.RunAsync("--transport", "exec", "-H", "a", "-N", "--script", script);
        Assert.Equal((0, "1\n"), (result.ExitCode, result.Stdout));
        Assert.Contains($"volley: {script}: lines end with CR LF, as on Windows; a script can fail because of it; to convert it: sed -i 's/\\r$//' {script}\n", result.Stderr, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "--interpreter requires --script", "--interpreter", "bash", "true")]
    [InlineData("", "the value of --interpreter names no program", "--interpreter", " ", "--script", "FILE")]
    [InlineData("#!/bin/bash -e\n", "--interpreter is for a script without a #! line, and FILE begins with #!/bin/bash -e; leave the option out", "--interpreter", "bash", "--script", "FILE")]
    public async Task AnInterpreterThatDoesNotFitIsRefused(string text, string message, params string[] words)
    {
        var script = _folder.Write("script", text);
        var result = await VolleyRun.RunAsync(["--transport", "exec", "-H", "a", .. words.Select(word => word == "FILE" ? script : word)]);
        Assert.Equal((2, "", $"volley: {message.Replace("FILE", script, StringComparison.Ordinal)}\n"), (result.ExitCode, result.Stdout, result.Stderr));
    }

    [Fact]
    public async Task TheReportShowsTheCommandAsItWouldBeTyped()
    {
        var script = _folder.Write("script", "#!/usr/bin/env python3\n");
        var result = await VolleyRun.RunAsync("--transport", "exec", "-H", "a", "--output", "json", "--script", script, "a b");
        Assert.Contains($"\"command\":\"{script} 'a b'\"", result.Stdout, StringComparison.Ordinal);
    }
}
