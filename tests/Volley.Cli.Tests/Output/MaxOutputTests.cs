using System.Text.RegularExpressions;
using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Output;

/// <summary><c>--max-output</c> on the built program, and what keeps temporary files from filling a file system.</summary>
public class MaxOutputTests
{
    private const int Limit = 100 * 1024;

    [Theory]
    [InlineData("stream")]
    [InlineData("normal")]
    [InlineData("gather")]
    public async Task AHostThatPrintsMoreIsStoppedAndTheOthersAreNot(string mode)
    {
        var result = await VolleyRun.ExecAsync("a,b", "case %h in a) exec yes;; *) echo fine;; esac", "--output", mode, "-N", "--max-output", "100K");
        Assert.Equal(1, result.ExitCode);
        Assert.Equal(Limit / 2, Regex.Count(result.Stdout, "(?m)^y$"));
        Assert.Contains("fine\n", result.Stdout, StringComparison.Ordinal);
        Assert.Equal(
            $"volley: a: output limit reached: it printed more than {Limit} bytes\nvolley: 1 of 2 failed\noutput limit reached: a\n",
            VolleyRun.WithoutTotals(result.Stderr));
    }

    [Fact]
    public async Task BothStreamsCountAndJsonNamesTheOutcome()
    {
        // The command is over before the limit can stop it.
        var result = await VolleyRun.ExecAsync("a,b,c", "case %h in a) n=60000;; b) n=51200;; *) n=51201;; esac; head -c $n /dev/zero; head -c 51200 /dev/zero >&2", "--output", "json", "--max-output", "102400", "--any-failure");
        Assert.Equal(1, result.ExitCode);
        var (finished, summary) = await FinishedAsync(result);
        Assert.Equal(["output_limit_reached", "exited", "output_limit_reached"], finished.Select(node => (string)node["outcome"]!));
        Assert.All(finished, node => Assert.Equal(Limit, (int)node["stdout_bytes"]! + (int)node["stderr_bytes"]!));
        Assert.Equal("""{"exited":1,"output_limit_reached":2}""", summary);
    }

    [Fact]
    public async Task ALocalProcessReservesNoConnections()
    {
        // Ten files each beside the program's own 40; a part of the output is buffered in temporary files.
        var result = await ProgramRun.RunAsync(ProgramStart.Shell(
            $"ulimit -n 120; exec '{BuiltProgram.Path}' --transport exec --output normal -N -H 'n[1-16]' sh -c 'head -c 1100000 /dev/zero'"));
        Assert.Equal(
            (0, "volley: warning: only 120 files may be open at once, so 8 hosts run at once, not 16; raise the limit with: ulimit -Hn\n"),
            (result.ExitCode, result.Stderr));
        Assert.Equal(16 * 1_100_001, result.StdoutBytes.Length);
    }

    [Fact]
    public async Task OneByteIsNamedInTheSingular() => Assert.StartsWith(
        "volley: a: output limit reached: it printed more than 1 byte\n",
        (await VolleyRun.ExecAsync("a", "echo x", "--max-output", "1")).Stderr);

    [Fact]
    public async Task ALimitOfZeroIsNone() =>
        Assert.Equal(300_000, (await VolleyRun.ExecAsync("a", "head -c 300000 /dev/zero", "--output", "normal", "-N", "--max-output", "0")).StdoutBytes.Length);

    [Theory]
    [InlineData("-1")]
    [InlineData("1X")]
    [InlineData("K")]
    [InlineData("1.5G")]
    [InlineData("99999999999T")]
    public async Task ASizeThatIsNoneIsRefused(string size)
    {
        var result = await VolleyRun.ExecAsync("a", "true", "--max-output", size);
        Assert.Equal(2, result.ExitCode);
        Assert.Equal($"volley: --max-output takes a number of bytes, optionally with K, M, G or T, such as 500M, or 0 for no limit, not '{size}'\n", result.Stderr);
    }

    [Theory]
    [InlineData("normal", "yes")]
    [InlineData("gather", "yes")]
    [InlineData("stream", "cat /dev/zero")]
    public async Task AFileSystemThatIsNearlyFullStopsTheHostThatFillsIt(string mode, string command)
    {
        using var folder = new ScratchFolder();
        var probe = await ProgramRun.RunAsync(new ProgramStart("unshare", "-m", "mount", "-t", "tmpfs", "-o", "size=64k", "none", folder.Path));
        Assert.SkipWhen(probe.ExitCode != 0, $"no file system can be mounted here: {probe.Stderr}");
        const string Script = "mount -t tmpfs -o size=128m none \"$TMPDIR\" && \"$0\" \"$@\" >/dev/null";
        var result = await ProgramRun.RunAsync(new ProgramStart(
            "unshare", "-m", "sh", "-c", Script, BuiltProgram.Path, "--output", mode, "--max-output", "0",
            "--transport", "exec", "-H", "a,b", "sh", "-c", $"case %h in a) exec {command};; *) sleep 1; echo fine;; esac").WithVariable("TMPDIR", folder.Path), TimeSpan.FromSeconds(60));
        Assert.Equal(1, result.ExitCode);
        Assert.Contains($"volley: a: output limit reached: less than 6.7 MB is free in {folder.Path}, where output is buffered; ", result.Stderr, StringComparison.Ordinal);
        Assert.EndsWith("volley: 1 of 2 failed\noutput limit reached: a\n", result.Stderr, StringComparison.Ordinal);
        Assert.DoesNotContain("in parts", result.Stderr, StringComparison.Ordinal);
    }

    private static async Task<(System.Text.Json.Nodes.JsonNode[] Finished, string Outcomes)> FinishedAsync(ProgramResult result)
    {
        var lines = VolleyRun.Lines(result.Stdout).Select(line => System.Text.Json.Nodes.JsonNode.Parse(line)!).ToList();
        await JsonLines.ReadAsync(result);
        return (
            [.. lines.Where(line => (string)line["event"]! == "finished").OrderBy(line => (string)line["node"]!, StringComparer.Ordinal)],
            lines[^1]["outcomes"]!.ToJsonString());
    }
}
