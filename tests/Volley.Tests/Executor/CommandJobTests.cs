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
    public void WordsAreJoinedWithOneSpaceAndNotQuoted() =>
        Assert.Equal("ls -t /tmp/a b | wc", new CommandJob(["ls", "-t", "/tmp/a b", "|", "wc"]).CommandLine);

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
            var result = await ProgramRun.RunAsync(ProgramStart.Shell(sh.CommandLine).WithInput(Encoding.UTF8.GetString(sh.Preamble(arguments)) + "printf '%s\\0' \"$@\""));
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
