using System.Text.Json.Nodes;
using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Output;

/// <summary>Output after the command's exit: how long the run waits for it, and the report of output that may be incomplete.</summary>
public sealed class DrainTests(Fleet fleet)
{
    private const string Notice = "volley: output may be incomplete: 127.0.98.[1-2]\n";

    [Theory]
    [InlineData("native", "250ms", false)]
    [InlineData("native", "0", false)]
    [InlineData("native", "10s", true)]
    [InlineData("openssh", "250ms", false)]
    [InlineData("openssh", "none", true)]
    [InlineData("exec", "0", false)]
    [InlineData("exec", "0.25", false)]
    [InlineData("exec", "none", true)]
    public async Task LateOutputIsWaitedForAsLongAsWasAskedFor(string transport, string drain, bool comes)
    {
        // What prints late holds the streams until then.
        var run = await RunAsync(transport, $"(sleep {(comes ? "0.4" : "5")}; echo late) & echo first", "--drain", drain, "-N");
        Assert.Equal(0, run.ExitCode);
        Assert.Equal((comes ? "first\nfirst\nlate\nlate\n" : "first\nfirst\n", comes ? "" : Notice), (Sorted(run.Stdout), run.Stderr));
    }

    [Fact]
    public async Task OutputThatIsNeverSilentForLongIsReadToItsEnd()
    {
        var run = await RunAsync("native", "(for i in 1 2 3 4 5 6 7 8; do sleep 0.2; echo $i; done) & echo 0", "--drain", "2", "-N");
        Assert.Equal((0, ""), (run.ExitCode, run.Stderr));
        Assert.Equal(18, VolleyRun.Lines(run.Stdout).Length);
    }

    [Theory]
    [InlineData("stream")]
    [InlineData("normal")]
    [InlineData("gather")]
    [InlineData("json")]
    public async Task EveryOutputSaysThatItMayBeIncomplete(string mode)
    {
        var run = await RunAsync("exec", "sleep 3 & echo first", "--output", mode, "-q");
        Assert.Equal((0, Notice), (run.ExitCode, run.Stderr));
        if (mode == "normal")
            Assert.Equal(2, run.Stdout.Split(", output may be incomplete\n").Length - 1);
        if (mode == "json")
        {
            var ends = VolleyRun.Lines(run.Stdout).Select(line => JsonNode.Parse(line)!).Where(line => (string)line["event"]! == "finished");
            Assert.All(ends, end => Assert.True((bool)end["output_may_be_incomplete"]!));
        }
    }

    [Fact]
    public async Task ATimeLimitEndsTheWaitForStreams()
    {
        var run = await RunAsync("exec", "sleep 30 & echo first", "--drain", "none", "--timeout", "1s");
        Assert.Equal((0, Notice), (run.ExitCode, run.Stderr));
        Assert.True(run.Elapsed < TimeSpan.FromSeconds(15), $"{run.Elapsed}");
    }

    [Fact]
    public async Task AStopEndsTheWaitForStreams()
    {
        await using var run = ProgramRun.Start(Start("native", "sleep 30 & echo first", "--drain", "none"));
        await run.ReadOutUntilAsync("first\n");
        await run.ReadOutUntilAsync("first\n");
        run.Signal(Signals.Terminate);
        Assert.Equal(143, await run.WaitForExitAsync());
    }

    private static string Sorted(string text) => string.Concat(VolleyRun.Lines(text).Order(StringComparer.Ordinal).Select(line => line + "\n"));

    private Task<ProgramResult> RunAsync(string transport, string line, params string[] options) => ProgramRun.RunAsync(Start(transport, line, options));

    private ProgramStart Start(string transport, string line, params string[] options)
    {
        string[] command = transport == "exec" ? ["sh", "-c", line] : [line];
        return VolleyRun.Start([.. options, .. VolleyRun.Over(transport, fleet), "-H", "127.0.98.[1-2]", .. command]);
    }
}
