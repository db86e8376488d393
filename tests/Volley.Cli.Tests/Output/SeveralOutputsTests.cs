using System.Text.Json.Nodes;
using Volley.Cli.Output;
using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Output;

/// <summary>Several outputs of one run, <c>--output none</c>, and reports on standard output.</summary>
public class SeveralOutputsTests
{
    private const string Line = "echo hi; echo oops >&2; [ %h != b ]";

    [Theory]
    [InlineData("stream", OutputMode.Stream)]
    [InlineData("stream,gather", OutputMode.Gather, OutputMode.Stream)]
    [InlineData("gather,stream", OutputMode.Gather, OutputMode.Stream)]
    [InlineData("stream,normal", OutputMode.Normal, OutputMode.Stream)]
    [InlineData("normal,stream,gather", OutputMode.Gather, OutputMode.Normal, OutputMode.Stream)]
    [InlineData("gather,json,stream", OutputMode.Json, OutputMode.Gather, OutputMode.Stream)]
    [InlineData("none", OutputMode.None)]
    [InlineData("stream,none", OutputMode.None, OutputMode.Stream)]
    [InlineData("gather,tui", OutputMode.Tui, OutputMode.Gather)]
    internal void TheFirstInOneOrderIsOnStandardOutput(string text, OutputMode main, params OutputMode[] others)
    {
        var modes = OutputModes.Parse("--output", text);
        Assert.Equal((main, string.Join(',', others)), (modes.Main, string.Join(',', modes.Others)));
    }

    [Fact]
    public void WithoutATerminalUILinesTakeItsPlace()
    {
        Assert.Equal(OutputMode.Stream, OutputModes.Parse("--output", "tui").WithoutTui().Main);
        var modes = OutputModes.Parse("--output", "tui,gather").WithoutTui();
        Assert.Equal(OutputMode.Gather, modes.Main);
        Assert.Equal([OutputMode.Stream], modes.Others);
    }

    [Fact]
    public async Task LinesAreOnStandardErrorAndGroupsAtTheEndOnStandardOutput()
    {
        var result = await VolleyRun.ExecAsync("a,b,c", Line, "--output", "stream,gather", "--color", "never");
        Assert.Equal(
            """
            ---------------
            a,c (2)
            ---------------
            hi
            oops
            ---------------
            b (1) exit 1
            ---------------
            hi
            oops

            """,
            result.Stdout);
        var lines = VolleyRun.Lines(result.Stderr);
        foreach (var line in new[] { "a: hi", "a: oops", "b: hi", "b: oops", "c: hi", "c: oops", "exit 1: b" })
            Assert.Single(lines, line);
    }

    [Fact]
    public async Task JsonOnStandardOutputIsNotMixedWithTheOthers()
    {
        var result = await VolleyRun.ExecAsync("a,b", Line, "--output", "stream,json,normal");
        await JsonLines.AssertValidAsync(result.Stdout);
        Assert.Contains("a: hi\n", result.Stderr, StringComparison.Ordinal);
        Assert.Contains("✗ b exit 1", result.Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public async Task LinesAppearWhileTheRunGoesOn()
    {
        await using var run = ProgramRun.Start(VolleyRun.Exec("a", "echo up >&2; cat", "--output", "stream,gather", "--stdin"));
        await run.ReadErrUntilAsync("a: up\n");
        run.CloseInput();
        Assert.Equal(0, await run.WaitForExitAsync());
    }

    [Fact]
    public async Task NoneShowsNoOutputAndKeepsTheSummaryAndTheFiles()
    {
        using var folder = new ScratchFolder();
        var result = await VolleyRun.ExecAsync("a,b", Line, "--output", "none", "--output-dir", folder["out"], "--any-failure");
        Assert.Equal((1, ""), (result.ExitCode, result.Stdout));
        Assert.Equal("volley: 1 of 2 failed\nexit 1: b\n", VolleyRun.WithoutTotals(result.Stderr));
        Assert.Equal("hi\n", await File.ReadAllTextAsync(folder["out/a.stdout"]));
    }

    [Fact]
    public async Task AReportIsWrittenToStandardOutputThatIsFree()
    {
        var result = await VolleyRun.ExecAsync("a,b", Line, "--output", "none,stream", "--report", "-");
        Assert.Equal(1, (int)JsonNode.Parse(result.Stdout)!["failed"]!);
        Assert.Contains("b: oops\n", result.Stderr, StringComparison.Ordinal);
        Assert.Equal("b\n", (await VolleyRun.ExecAsync("a,b", Line, "--output", "none", "--hosts-failed", "-")).Stdout);
        Assert.StartsWith("node,rank,", (await VolleyRun.ExecAsync("a", "true", "--output", "none", "--report", "csv:-")).Stdout, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AVariableOrAFileNamesSeveralToo()
    {
        using var folder = new ScratchFolder();
        var start = VolleyRun.Exec("a", "echo hi").WithVariable("VOLLEY_OUTPUT", "stream,gather");
        var result = await ProgramRun.RunAsync(start);
        Assert.Equal(("---------------\na (1)\n---------------\nhi\n", "a: hi\n"), (result.Stdout, result.Stderr));
        folder.Write("config.yaml", "defaults: { output: 'none,stream' }\n");
        result = await VolleyRun.ExecAsync("a", "echo hi", "--config", folder["config.yaml"]);
        Assert.Equal(("", "a: hi\n"), (result.Stdout, result.Stderr));
        // One of the command line replaces all of them.
        result = await VolleyRun.ExecAsync("a", "echo hi", "--config", folder["config.yaml"], "--output", "stream");
        Assert.Equal(("a: hi\n", ""), (result.Stdout, result.Stderr));
    }
}
