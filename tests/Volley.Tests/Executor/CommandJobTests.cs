using System.Collections.Immutable;
using System.Text;
using CsCheck;
using Volley.Scripts;
using Volley.Testing;
using Xunit;

namespace Volley.Tests.Executor;

public class CommandJobTests
{
    private static readonly Gen<string> Arguments = Gen.Frequency(
        (1, Gen.OneOf("", " ", "'", "\"", "$HOME", "`id`", "*", "~", "-n", "--", "a\nb", "é漢", "\\", "!", "a b", "x;y", "#")),
        (2, Gen.Char['\u0001', '\u007f'].Array[0, 12].Select(c => new string(c))));

    [Fact]
    public void ALineIsLeftToTheLoginShell()
    {
        var job = CommandJob.Shell("ls -t '/tmp/a b' | wc");
        Assert.Equal(("ls -t '/tmp/a b' | wc", "ls -t '/tmp/a b' | wc"), (job.CommandLine, job.Title));
        Assert.Equal(["sh", "-c", "ls -t '/tmp/a b' | wc"], job.Arguments);
    }

    [Fact]
    public void AProgramKeepsItsArguments()
    {
        var job = CommandJob.Program("grep", "-c", "it's", "/etc/passwd");
        Assert.Equal(["grep", "-c", "it's", "/etc/passwd"], job.Arguments);
        Assert.Equal(("grep -c 'it'\\''s' /etc/passwd", "exec sh -c 'exec \"$@\"' sh grep -c 'it'\\''s' /etc/passwd"), (job.Title, job.CommandLine));
    }

    [Theory]
    [InlineData("sh")]
    [InlineData("bash")]
    [InlineData("dash")]
    [InlineData("zsh")]
    [InlineData("tcsh")]
    [InlineData("fish")]
    public async Task ArgumentsAreTheSameWithAnyLoginShell(string shell)
    {
        Assert.SkipUnless(File.Exists($"/bin/{shell}"), $"there is no {shell}");
        await Check.SampleAsync(Arguments.Array[0, 6], async arguments =>
        {
            var job = CommandJob.Program("printf", ["%s\\0", .. arguments]);
            // As sshd starts a command.
            var result = await ProgramRun.RunAsync(new ProgramStart(shell, "-c", job.CommandLine));
            Assert.Equal((0, ""), (result.ExitCode, result.Stderr));
            string[] expected = arguments.Length == 0 ? [""] : arguments;
            Assert.Equal(string.Concat(expected.Select(a => a + '\0')), Encoding.UTF8.GetString(result.StdoutBytes));
        }, iter: 40, threads: 2);
    }

    [Theory]
    [InlineData("-x")]
    [InlineData("a=b")]
    [InlineData("no such program")]
    [InlineData("echo\n")]
    public async Task AnyNameIsThatOfAProgram(string program)
    {
        string[] shells = ["sh", "bash", "zsh", "tcsh", "fish"];
        foreach (var shell in shells.Where(shell => File.Exists($"/bin/{shell}")))
        {
            var result = await ProgramRun.RunAsync(new ProgramStart(shell, "-c", CommandJob.Program(program, "x").CommandLine));
            Assert.Equal((127, ""), (result.ExitCode, result.Stdout));
        }
    }

    [Fact]
    public void InvalidValuesAreRefusedWhenTheJobIsMade()
    {
        using var script = StandardInput.FromStream(Stream.Null);
        Assert.Throws<ArgumentException>("line", () => CommandJob.Shell(""));
        Assert.Throws<ArgumentException>("line", () => CommandJob.Shell("a\0"));
        Assert.Throws<ArgumentNullException>("line", () => CommandJob.Shell(null!));
        Assert.Throws<ArgumentException>("program", () => CommandJob.Program(""));
        Assert.Throws<ArgumentException>("program", () => CommandJob.Program("a\0"));
        Assert.Throws<ArgumentException>("arguments", () => CommandJob.Program("a", "b\0"));
        Assert.Throws<ArgumentException>("arguments", () => CommandJob.Program("a", [null!]));
        Assert.Throws<ArgumentException>("arguments", () => CommandJob.Program("a", default(ImmutableArray<string>)));
        Assert.Throws<ArgumentNullException>("arguments", () => CommandJob.Program("a", (IEnumerable<string>)null!));
        Assert.Throws<ArgumentNullException>("script", () => CommandJob.Script(null!, []));
        Assert.Throws<ArgumentException>("arguments", () => CommandJob.Script(script, ["\0"]));
        Assert.Throws<ArgumentException>("interpreter", () => CommandJob.Script(script, [], "sh\0"));
        var job = CommandJob.Shell("true");
        Assert.Throws<ArgumentNullException>("Title", () => job with { Title = null! });
        Assert.Throws<ArgumentNullException>("Environment", () => job with { Environment = null! });
        foreach (var (name, value) in new[] { ("", "x"), ("A=B", "x"), ("A\0", "x"), ("A", "x\0"), ("A", null!) })
            Assert.Throws<ArgumentException>("Environment", () => job with { Environment = job.Environment.Add(name, value) });
    }

    [Fact]
    public void PlainArgumentsOfAScriptStayReadable()
    {
        using var script = StandardInput.FromStream(Stream.Null);
        Assert.Equal("sh -s -- --level=3 /a/b:c 'it'\\''s'", CommandJob.Script(script, ["--level=3", "/a/b:c", "it's"]).Title);
    }

    [Fact]
    public async Task ArgumentsOfAScriptArriveAsTheyAre() =>
        await Check.SampleAsync(Arguments.Array[0, 6], async arguments =>
        {
            // What a remote login shell does with the line; the inner sh reads the script.
            var sh = ScriptInterpreter.Parse(null);
            var result = await ProgramRun.RunAsync(ProgramStart.Shell(sh.CommandLine).WithInput(Encoding.UTF8.GetString(sh.Preamble([.. arguments.Select(ShellWord.Quote)])) + "printf '%s\\0' \"$@\""));
            Assert.Equal(0, result.ExitCode);
            // Without arguments printf still prints one empty word.
            string[] expected = arguments.Length == 0 ? [""] : arguments;
            Assert.Equal(string.Concat(expected.Select(a => a + '\0')), Encoding.UTF8.GetString(result.StdoutBytes));
        }, iter: 60, threads: 2);

    [Theory]
    [InlineData(null, "sh -s --")]
    [InlineData("/bin/sh", "sh -s --")]
    [InlineData("/usr/bin/env sh", "sh -s --")]
    [InlineData("/bin/sh -eu", "/bin/sh -eu -s --")]
    [InlineData("/bin/bash -euo pipefail", null)]
    [InlineData("/bin/bash --login", null)]
    [InlineData("/usr/bin/env -S python3 -u\r", "/usr/bin/env -S python3 -u -")]
    [InlineData("/usr/bin/env A=1 perl", "/usr/bin/env A=1 perl -")]
    [InlineData("/usr/bin/python3.12 -m", null)]
    [InlineData("/usr/bin/env", null)]
    [InlineData("/usr/bin/perl -e", null)]
    [InlineData("fish", null)]
    [InlineData("awk -f", null)]
    public void AProgramReadsAScriptWhereItIsKnownTo(string? interpreter, string? words)
    {
        var local = ScriptInterpreter.Parse(interpreter).GetLocalArguments([]);
        if (words is null)
            Assert.Equal(["sh", "-c"], local[..2]);
        else
            Assert.Equal(words.Split(' '), local);
    }
}
