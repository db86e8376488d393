using System.Text.Json;
using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Run;

/// <summary>The exit code of a run by the ends of its nodes, in every output mode.</summary>
public class ExitCodeStrategyTests
{
    /// <summary>Each host exits with the number in its name.</summary>
    private const string ExitByName = "h=%h; exit ${h#h}";

    public static TheoryData<string, string> Cases => VolleyRun.WithModes(
    [
        // Hosts, options, and the code.
        "h0,h3,h7||0",
        "h3,h0,h7||3",
        "h0,h3,h7|--main-rank h7|7",
        "h3,h0|--main-rank h0|0",
        "h0,h0|--require-all-success|0",
        "h0,h3|--require-all-success|1",
        "h7,h0|--require-all-success|1",
        "h0,h0|--check-all-nodes|0",
        "h0,h3|--check-all-nodes|1",
        "h7,h0|--check-all-nodes|7",
        "h7,h3|--check-all-nodes|7",
        "h0,h7|--check-all-nodes --main-rank h7|7",
        "h0,h0|--any-failure|0",
        "h3,h7,h0|--any-failure|7",
        "h255,h7|--any-failure|255",
    ]);

    public static TheoryData<string> Modes => [.. VolleyRun.AllModes];

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task TheStrategyDecides(string mode, string row)
    {
        var parts = row.Split('|');
        var result = await VolleyRun.ExecAsync(
            parts[0], ExitByName, ["--output", mode, .. parts[1].Split(' ', StringSplitOptions.RemoveEmptyEntries)]);
        Assert.Equal(parts[2], $"{result.ExitCode}");
    }

    [Theory]
    [InlineData("stream", "main", "h7", 7)]
    [InlineData("normal", "MAIN", "h7", 7)]
    [InlineData("gather", "sub", "h7", 3)]
    [InlineData("json", null, "h7", 3)]
    [InlineData("stream", "main", "elsewhere", 3)]
    [InlineData("normal", "main", null, 3)]
    public async Task TheClusterSessionNamesTheMainRank(string mode, string? role, string? host, int code)
    {
        var result = await ProgramRun.RunAsync(VolleyRun.Exec("h3,h0,h7", ExitByName, "--output", mode)
            .WithVariable("BACKENDAI_CLUSTER_ROLE", role).WithVariable("BACKENDAI_CLUSTER_HOST", host));
        Assert.Equal(code, result.ExitCode);
    }

    [Fact]
    public async Task TheOptionHasPriorityOverTheClusterSession()
    {
        var result = await ProgramRun.RunAsync(VolleyRun.Exec("h3,h0,h7", ExitByName, "--main-rank", "h3")
            .WithVariable("BACKENDAI_CLUSTER_ROLE", "main").WithVariable("BACKENDAI_CLUSTER_HOST", "h7"));
        Assert.Equal(3, result.ExitCode);
    }

    [Theory]
    [InlineData("root@h3:22")]
    [InlineData("h3")]
    public async Task TheMainRankMayBeNamedByTargetOrHost(string name)
    {
        var result = await VolleyRun.ExecAsync("h0,root@h3:22,h7", ExitByName, "--main-rank", name);
        Assert.Equal(3, result.ExitCode);
    }

    [Fact]
    public async Task OneOfTwoLikeTargetsIsNamedByItsLabel()
    {
        var result = await VolleyRun.ExecAsync("h1,h1", "exit $((%n + 4))", "--main-rank", "h1#2");
        Assert.Equal(5, result.ExitCode);
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public async Task ARunThatExitsWithZeroInSpiteOfFailuresSaysWhy(string mode)
    {
        const string Note = "\nexit 3: h3\nvolley: exit code 0 is that of h0, the main rank; --any-failure counts every host\n";
        var result = await VolleyRun.ExecAsync("h3,h0,h1", "case %h in h3) exit 3;; esac", "--output", mode, "--main-rank", "h0");
        Assert.Equal(0, result.ExitCode);
        Assert.EndsWith(Note, result.Stderr, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("h3,h0", "")]
    [InlineData("h0,h3", "--any-failure")]
    [InlineData("h0,h3", "--check-all-nodes")]
    [InlineData("h0,h3", "-q")]
    [InlineData("h0,h0", "")]
    public async Task OtherRunsDoNot(string hosts, string option)
    {
        var result = await VolleyRun.ExecAsync(hosts, ExitByName, option.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.DoesNotContain("exit code 0", result.Stderr, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public async Task FailFastHasTheCodeOfTheNodeThatFailedFirst(string mode)
    {
        // The main rank runs until it is stopped, and counts as 1 then.
        var result = await VolleyRun.ExecAsync(
            "a,b,c,d", "case %h in a) exec sleep 600;; esac; exit 3", "--output", mode, "-k", "--parallel", "2", "--any-failure");
        Assert.Equal(3, result.ExitCode);
        Assert.Equal(
            "[fail-fast] b: exit 3; stopping 1 running, 2 queued\nvolley: 4 of 4 failed\nexit 3: b\ncanceled: a\nnot started: c,d\n",
            VolleyRun.WithoutTotals(result.Stderr));
    }

    /// <summary>Options with the code: of a, which runs until it is stopped, b, which exits with 3, and c and d, which never start.</summary>
    public static TheoryData<string, string> FailFastCases => VolleyRun.WithModes(
    [
        "|3", "--any-failure|3", "--require-all-success|1", "--check-all-nodes|1", "--check-all-nodes --main-rank b|3", "--main-rank c|3",
    ]);

    [Theory]
    [MemberData(nameof(FailFastCases))]
    public async Task ANamedStrategyDecidesAfterFailFast(string mode, string row)
    {
        using var folder = new ScratchFolder();
        var parts = row.Split('|');
        var result = await VolleyRun.ExecAsync(
            "a,b,c,d", "case %h in a) exec sleep 600;; esac; exit 3",
            ["--output", mode, "-k", "--parallel", "2", "--report", folder["report"], .. parts[0].Split(' ', StringSplitOptions.RemoveEmptyEntries)]);
        Assert.Equal(parts[1], $"{result.ExitCode}");
        using var report = JsonDocument.Parse(File.ReadAllText(folder["report"]));
        Assert.Equal(parts[1], $"{report.RootElement.GetProperty("exit_code").GetInt32()}");
        if (mode == "json")
            Assert.Contains($"\"exit_code\":{parts[1]},\"stop\":\"fail_fast\"", result.Stdout, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public async Task AMainRankThatSucceededDoesNotHideFailFast(string mode)
    {
        foreach (var (strategy, code) in new[] { ("--check-all-nodes", 1), ("--require-all-success", 1), ("--any-failure", 3) })
        {
            var result = await VolleyRun.ExecAsync("h0,h3,h4", ExitByName, "--output", mode, "-k", "--parallel", "1", strategy);
            Assert.Equal(code, result.ExitCode);
        }
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public async Task FailFastSaysWhatTheReasonWas(string mode)
    {
        var result = await VolleyRun.RunAsync(
            "--output", mode, "--fail-fast", "--transport", "exec", "--parallel", "1", "-H", "a,b", "sh", "-c", "kill -9 $$");
        Assert.Equal(137, result.ExitCode);
        Assert.StartsWith("[fail-fast] a: killed by signal KILL; stopping 0 running, 1 queued\n", result.Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WithoutFailFastAllRun()
    {
        var result = await VolleyRun.ExecAsync("a,b,c", "echo ran; exit 3", "--parallel", "1");
        Assert.Equal("a: ran\nb: ran\nc: ran\n", result.Stdout);
        Assert.DoesNotContain("fail-fast", result.Stderr, StringComparison.Ordinal);
    }
}
