using CsCheck;
using Xunit;

namespace Volley.Tests.Executor;

public class RunSummaryTests
{
    private static readonly Gen<NodeResult> Results = Gen.OneOf(
        Gen.Int[0, 3].Select(code => new NodeResult(NodeOutcome.Exited) { ExitCode = code }),
        Gen.OneOf("TERM", "KILL", "ODD").Select(signal => new NodeResult(NodeOutcome.Signaled) { Signal = signal }),
        Gen.Enum<NodeOutcome>().Select(outcome => new NodeResult(outcome) { ExitCode = outcome == NodeOutcome.Exited ? 300 : null }));

    [Theory]
    [InlineData(0, new[] { 0, 0, 0 }, 0, 0, 0, 0)]
    [InlineData(0, new[] { 0, 3, 0 }, 0, 1, 1, 3)]
    [InlineData(0, new[] { 4, 3, 0 }, 4, 1, 4, 4)]
    [InlineData(1, new[] { 4, 3, 0 }, 3, 1, 3, 4)]
    [InlineData(2, new[] { 4, 3, 0 }, 0, 1, 1, 4)]
    [InlineData(0, new[] { 5 }, 5, 1, 5, 5)]
    public void EveryStrategyHasItsCode(int mainRank, int[] codes, int main, int all, int check, int any)
    {
        var summary = Of(mainRank, [.. codes.Select(code => new NodeResult(NodeOutcome.Exited) { ExitCode = code })]);
        Assert.Equal(
            (main, all, check, any),
            (summary.ExitCode(ExitCodeStrategy.MainRank), summary.ExitCode(ExitCodeStrategy.RequireAllSuccess),
                summary.ExitCode(ExitCodeStrategy.CheckAllNodes), summary.ExitCode(ExitCodeStrategy.AnyFailure)));
    }

    [Fact]
    public void NoTargetsIsAFailure()
    {
        var summary = Of(0, []);
        Assert.All(Enum.GetValues<ExitCodeStrategy>(), s => Assert.Equal(1, summary.ExitCode(s)));
    }

    [Fact]
    public void TheCodeDependsOnTheResultsAlone() =>
        (from results in Results.Array[1, 8]
         from order in Gen.Shuffle(Enumerable.Range(0, results.Length).ToArray())
         from main in Gen.Int[0, results.Length - 1]
         select (results, order, main)).Sample(c =>
        {
            var inOrder = Of(c.main, c.results);
            var shuffled = new RunSummary(PlanOf(c.main, c.results.Length), new RunControl());
            foreach (var index in c.order)
                shuffled.Add(new NodeFinished(PlanOf(c.main, c.results.Length).Targets[index], c.results[index]));
            var codes = c.results.Select(r => r.Code).ToArray();
            foreach (var strategy in Enum.GetValues<ExitCodeStrategy>())
            {
                var code = inOrder.ExitCode(strategy);
                Assert.Equal(code, shuffled.ExitCode(strategy));
                Assert.Equal(strategy switch
                {
                    ExitCodeStrategy.RequireAllSuccess => codes.All(x => x == 0) ? 0 : 1,
                    ExitCodeStrategy.CheckAllNodes => codes[c.main] != 0 ? codes[c.main] : codes.All(x => x == 0) ? 0 : 1,
                    ExitCodeStrategy.AnyFailure => codes.Max(),
                    _ => codes[c.main],
                }, code);
                Assert.InRange(code, 0, 255);
            }

            Assert.Equal(codes.Count(x => x != 0), inOrder.FailedCount);
            Assert.Equal(inOrder.FailedCount, inOrder.Failures().Sum(g => g.Count()));
        });

    [Fact]
    public void ATargetThatRanAgainCountsWithItsLastResult()
    {
        var plan = PlanOf(0, 1);
        var summary = new RunSummary(plan, new RunControl());
        summary.Add(new NodeFinished(plan.Targets[0], new NodeResult(NodeOutcome.ConnectFailed)));
        summary.Add(new NodeFinished(plan.Targets[0], new NodeResult(NodeOutcome.Exited) { ExitCode = 0 }));
        Assert.Equal((0, 0), (summary.ExitCode(ExitCodeStrategy.AnyFailure), summary.FailedCount));
    }

    [Theory]
    [InlineData(new[] { 0, 3, 7 }, 3, 1, 1, 7)]
    [InlineData(new[] { 5, 3, 0 }, 3, 1, 5, 5)]
    [InlineData(new[] { 0, 0, 0 }, 1, 1, 1, 1)]
    public void ARunThatFailedFastIsNoSuccessByAnyStrategy(int[] codes, int main, int all, int check, int any)
    {
        var plan = PlanOf(0, codes.Length);
        using var control = new RunControl();
        control.FailFast(plan.Targets[1]);
        var summary = new RunSummary(plan, control);
        // The last case is that of a terminal UI in which all that failed ran again.
        foreach (var (code, index) in codes.Select((code, index) => (code, index)))
            summary.Add(new NodeFinished(plan.Targets[index], new NodeResult(NodeOutcome.Exited) { ExitCode = code }));
        Assert.Equal(
            (main, all, check, any),
            (summary.ExitCode(ExitCodeStrategy.MainRank), summary.ExitCode(ExitCodeStrategy.RequireAllSuccess),
                summary.ExitCode(ExitCodeStrategy.CheckAllNodes), summary.ExitCode(ExitCodeStrategy.AnyFailure)));
    }

    [Fact]
    public void FailuresAreGroupedByCauseExitCodesFirst()
    {
        var summary = Of(0,
        [
            new(NodeOutcome.ConnectTimedOut), new(NodeOutcome.Exited) { ExitCode = 3 }, new(NodeOutcome.Exited) { ExitCode = 0 },
            new(NodeOutcome.Exited) { ExitCode = 1 }, new(NodeOutcome.Exited) { ExitCode = 3 }, new(NodeOutcome.ConnectTimedOut),
        ]);
        Assert.Equal(
            ["exit 1: h3", "exit 3: h1,h4", "connect timed out: h0,h5"],
            summary.Failures().Select(g => $"{g.Key}: {string.Join(',', g.Select(t => t.Name))}"));
    }

    [Fact]
    public void WhatMayStillRunIsNamed()
    {
        var summary = Of(0, [new(NodeOutcome.Canceled) { MayStillRun = true }, new(NodeOutcome.Canceled)]);
        Assert.Equal(["h0"], summary.MayStillRun.Select(t => t.Name));
    }

    [Fact]
    public void ATargetWithoutAResultHasNotSucceeded()
    {
        var summary = new RunSummary(PlanOf(0, 2), new RunControl());
        Assert.Equal([null, null], summary.Results);
        Assert.All(Enum.GetValues<ExitCodeStrategy>(), s => Assert.Equal(1, summary.ExitCode(s)));
    }

    private static RunPlan PlanOf(int mainRank, int count) => Executions.Plan(count) with { MainRank = mainRank };

    private static RunSummary Of(int mainRank, NodeResult[] results)
    {
        var plan = PlanOf(mainRank, results.Length);
        var summary = new RunSummary(plan, new RunControl());
        for (var i = 0; i < results.Length; i++)
            summary.Add(new NodeFinished(plan.Targets[i], results[i]));
        return summary;
    }
}
