using System.Text;
using CsCheck;
using Volley.Testing;
using Xunit;

namespace Volley.Tests;

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
        Assert.Equal("sh -s -- --level=3 /a/b:c 'it'\\''s'", CommandJob.Script(script, ["--level=3", "/a/b:c", "it's"]).CommandLine);
    }

    [Fact]
    public async Task ArgumentsOfAScriptArriveAsTheyAre() =>
        await Check.SampleAsync(Arguments.Array[0, 6], async arguments =>
        {
            using var script = StandardInput.FromStream(Stream.Null);
            var job = CommandJob.Script(script, arguments);
            // What a remote login shell does with the line; the inner sh reads the script.
            var result = await ProgramRun.RunAsync(ProgramStart.Shell(job.CommandLine).WithInput("printf '%s\\0' \"$@\""));
            Assert.Equal(0, result.ExitCode);
            // Without arguments printf still prints one empty word.
            string[] expected = arguments.Length == 0 ? [""] : arguments;
            Assert.Equal(string.Concat(expected.Select(a => a + '\0')), Encoding.UTF8.GetString(result.StdoutBytes));
        }, iter: 60, threads: 2);
}
