using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Output;

/// <summary>Standard output that is closed or takes nothing, whatever is printed there.</summary>
public class ClosedOutputTests
{
    public static readonly TheoryData<string, string> Commands = new()
    {
        { "volley", "volley --output stream --transport exec -H a,b echo x" },
        { "volley", "volley --output normal --transport exec -H a,b echo x" },
        { "volley", "volley -g --transport exec -H a,b echo x" },
        { "volley", "volley --output json --transport exec -H a,b true" },
        { "volley", "volley -N --transport exec -H a printf x" },
        { "volley", "d=$(mktemp -d); volley --output stream --output-dir $d --transport exec -H a,b echo x; (r=$?; rm -r $d; exit $r)" },
        { "volley", "volley ping --transport exec -H a" },
        { "volley", "volley --help" },
        { "volley", "volley --version" },
        { "volley", "volley completion bash" },
        { "pdsh", "volley pdsh -V" },
        { "pdsh", "volley pdsh -L" },
        { "pdsh", "volley pdsh -Q -w a" },
        { "pdsh", "volley pdsh -R exec -w a echo x" },
        { "dshbak", "echo a: x | volley dshbak" },
        { "dshbak", "echo a: x | volley dshbak -c" },
    };

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task ItIsAFailureThatIsSaid(string program, string command)
    {
        var result = await ProgramRun.RunAsync(ProgramStart.Shell(
            $"volley() {{ '{BuiltProgram.Path}' \"$@\"; }}; ({command}) >&-; echo $? >&2; ({command}) >/dev/full; echo $? >&2"));
        // A target that was still running at the failure is named before.
        const string Targets = @"(volley: output may be incomplete: \S+\n)?";
        Assert.Matches(
            $@"^{Targets}{program}\S*: standard output: Bad file descriptor\n1\n{Targets}{program}\S*: standard output: No space left on device\n1\n$", result.Stderr);
    }

    [Fact]
    public async Task WhatPrintsNothingHasNothingToSay()
    {
        var result = await ProgramRun.RunAsync(ProgramStart.Shell($"'{BuiltProgram.Path}' --transport exec -H a true >&-"));
        Assert.Equal((0, ""), (result.ExitCode, result.Stderr));
    }

    [Theory]
    [InlineData("stream")]
    [InlineData("normal")]
    [InlineData("gather")]
    public async Task WithoutLabelsTheBytesOfOneHostAreExactlyThoseThatItSent(string mode)
    {
        const string Binary = "printf '\\0\\377a\\n\\r\\n\\033[8mx'; seq 1 50000; printf 'no newline'";
        var sent = await ProgramRun.RunAsync(ProgramStart.Shell(Binary));
        var result = await VolleyRun.ExecAsync("a", mode == "stream" ? $"{Binary}; printf err >&2" : Binary, "-N", "--output", mode);
        Assert.Equal(sent.StdoutBytes, result.StdoutBytes);
        Assert.Equal(mode == "stream" ? "err" : "", result.Stderr);
        // Those of two are kept apart.
        Assert.Equal("x\nx\n", (await VolleyRun.ExecAsync("a,b", "printf x", "-N", "--output", mode == "gather" ? "normal" : mode)).Stdout);
    }
}
