using System.Text.RegularExpressions;
using Volley.Cli.Output;
using Volley.Cli.Output.Summary;
using Xunit;

namespace Volley.Cli.Tests.Output;

/// <summary>What ends a run on standard error.</summary>
public class SummaryTests
{
    [Theory]
    [InlineData("stream")]
    [InlineData("normal")]
    [InlineData("json")]
    public async Task FailuresComeAfterWhatItAllAddsUpTo(string mode)
    {
        var result = await VolleyRun.ExecAsync("n[1-20]", "case %h in n4) echo; exit 3;; esac", "--output", mode);
        Assert.Matches(
            @"^volley: 20 hosts in \d+\.\d s: 19 succeeded, 1 failed; median \d+\.\d s, slowest n\d+ \d+\.\d s; 1 B\nvolley: 1 of 20 failed\nexit 3: n4\nvolley: exit code 0 is that of n1, the main rank; --any-failure counts every host\n$",
            result.Stderr);
    }

    [Theory]
    [InlineData("stream")]
    [InlineData("normal")]
    [InlineData("json")]
    public async Task ARunThatWentWellSaysNothing(string mode) =>
        Assert.Equal("", (await VolleyRun.ExecAsync("a,b", "echo x", "--output", mode)).Stderr);

    [Fact]
    public async Task WhereProgressIsFollowedItSaysWhatItAddsUpTo()
    {
        var result = await VolleyRun.ExecAsync("a,b", "true", "--progress", "always");
        Assert.Matches(@"volley: 2 of 2 done, 0 failed\nvolley: 2 hosts in \d+\.\d s: 2 succeeded; median \d+\.\d s, slowest [ab] \d+\.\d s\n$", result.Stderr);
    }

    [Fact]
    public async Task OfOneHostAllIsSaidAlready()
    {
        Assert.Equal("volley: 1 of 1 done, 1 failed\nvolley: 1 of 1 failed\nexit 3: a\n", (await VolleyRun.ExecAsync("a", "exit 3", "--progress", "always")).Stderr);
    }

    [Fact]
    public async Task QuietSaysNothing() => Assert.Equal("", (await VolleyRun.ExecAsync("a,b", "exit 3", "-q")).Stderr);

    [Fact]
    public async Task NodesThatNeverStartedHaveNoPartInTheTimes()
    {
        var result = await VolleyRun.ExecAsync("a,b,c", "sleep 0.2; exit 3", "-k", "--parallel", "1");
        var median = Regex.Match(result.Stderr, @": 3 failed; median (\d+\.\d) s, slowest a (\d+\.\d) s\n");
        Assert.True(median.Success, result.Stderr);
        Assert.Equal(median.Groups[1].Value, median.Groups[2].Value);
        Assert.NotEqual("0.0", median.Groups[1].Value);
    }

    [Fact]
    public void TotalsCountEveryWayToEnd()
    {
        var plan = new RunPlan(HostList.Parse("n[1-5]").ToTargets(), new PingJob());
        using var control = new RunControl();
        var summary = new RunSummary(plan, control);
        NodeResult[] results =
        [
            new(NodeOutcome.Exited) { ExitCode = 0, Elapsed = TimeSpan.FromSeconds(4), StdoutBytes = 1 },
            new(NodeOutcome.Canceled) { Elapsed = TimeSpan.FromSeconds(1), StderrBytes = 10 },
            new(NodeOutcome.Exited) { ExitCode = 1, Elapsed = TimeSpan.FromSeconds(9), StdoutBytes = 100 },
            new(NodeOutcome.ConnectFailed) { Elapsed = TimeSpan.FromSeconds(2) },
            new(NodeOutcome.NotStarted),
        ];
        Assert.Null(RunTotals.From(plan, summary).Median);
        foreach (var target in plan.Targets)
            summary.Add(new NodeFinished(target, results[target.Index]));
        var totals = RunTotals.From(plan, summary);
        Assert.Equal((5, 4, 101L, 10L), (totals.Targets, totals.Failed, totals.StdoutBytes, totals.StderrBytes));
        Assert.Equal([(NodeOutcome.Exited, 2), (NodeOutcome.ConnectFailed, 1), (NodeOutcome.Canceled, 1), (NodeOutcome.NotStarted, 1)], totals.Outcomes);
        Assert.Equal(TimeSpan.FromSeconds(3), totals.Median);
        Assert.Equal("n3", totals.Slowest!.Label);
    }

    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(999, "999 B")]
    [InlineData(1000, "1 kB")]
    [InlineData(1234, "1.2 kB")]
    [InlineData(999_949, "999.9 kB")]
    [InlineData(999_950, "1 MB")]
    [InlineData(838_860_800, "838.9 MB")]
    [InlineData(5_000_000_000_000_000, "5000 TB")]
    public void SizesAreShort(long count, string text) => Assert.Equal(text, NumberText.Bytes(count));

    [Theory]
    [InlineData(0.2, "0:01")]
    [InlineData(7, "0:07")]
    [InlineData(750, "12:30")]
    [InlineData(3750, "1:02:30")]
    [InlineData(360_000, "100:00:00")]
    public void WhatIsLeftIsLikeAClock(double seconds, string text) => Assert.Equal(text, NumberText.Clock(TimeSpan.FromSeconds(seconds)));
}
