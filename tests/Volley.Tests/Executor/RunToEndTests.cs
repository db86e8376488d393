using Volley.Testing;
using Xunit;

namespace Volley.Tests.Executor;

/// <summary>Results with their output, collected by the library.</summary>
public class RunToEndTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task ResultsHaveThePlansOrderAndEachTargetsOwnOutput()
    {
        // Later targets finish first.
        var transport = new ScriptedTransport(target => new NodeScript
        {
            Command = async process =>
            {
                await Task.Delay(50 - target.Index, process.Ended);
                await process.PrintAsync($"I am {target.Name}");
                await process.PrintAsync($"{target.Name} warns", StreamKind.Stderr);
                process.Exit(target.Index);
            },
        });
        var results = await new ParallelExecutor(transport).RunToEndAsync(Executions.Plan(50), cancellationToken: Stop).Within();
        Assert.Equal(Enumerable.Range(0, 50), results.Select(result => result.Target.Index));
        Assert.All(results, result =>
        {
            Assert.Equal(($"I am {result.Target.Name}", $"{result.Target.Name} warns"), (result.Stdout, result.Stderr));
            Assert.Equal((result.Target.Index, false), (result.Result.ExitCode, result.IsTruncated));
            Assert.Equal(result.Target.Index == 0, result.Succeeded);
        });
    }

    [Fact]
    public async Task AnExcerptOfAPlanHasItsOwnResults()
    {
        var plan = Executions.Plan(5);
        var transport = new ScriptedTransport(target => NodeScript.Prints(target.Name));
        var results = await new ParallelExecutor(transport).RunToEndAsync(plan.Only([plan.Targets[1], plan.Targets[4]]), cancellationToken: Stop).Within();
        Assert.Equal(["h1", "h4"], results.Select(result => result.Stdout));
    }

    [Fact]
    public async Task EveryTargetHasAResultWhateverBecameOfIt()
    {
        using var control = new RunControl();
        var transport = new ScriptedTransport(target => target.Index switch
        {
            0 => NodeScript.FailsToConnect(new TransportException(NodeOutcome.ConnectFailed, "refused") { Stderr = "banner"u8.ToArray() }),
            _ => NodeScript.Exits(1),
        });
        var plan = Executions.Plan(3) with { MaxConcurrency = 1, FailFast = true };
        var results = await new ParallelExecutor(transport).RunToEndAsync(plan, control, cancellationToken: Stop).Within();
        Assert.Equal([NodeOutcome.ConnectFailed, NodeOutcome.NotStarted, NodeOutcome.NotStarted], results.Select(result => result.Result.Outcome));
        Assert.Equal(("", "banner", ""), (results[0].Stdout, results[0].Stderr, results[1].Stdout));
    }

    [Fact]
    public async Task OutputBeyondTheLimitIsDroppedAndTheCommandGoesOn()
    {
        var transport = new ScriptedTransport(new NodeScript
        {
            Command = async process =>
            {
                for (var i = 0; i < 1_000; i++)
                    await process.PrintAsync("0123456789");
                await process.PrintAsync("short", StreamKind.Stderr);
            },
        });
        var result = (await new ParallelExecutor(transport).RunToEndAsync(Executions.Plan(1), maxBytes: 25, cancellationToken: Stop).Within())[0];
        Assert.Equal(("0123456789012345678901234", "short", true), (result.Stdout, result.Stderr, result.IsTruncated));
        Assert.Equal((10_000L, true), (result.Result.StdoutBytes, result.Succeeded));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(
            "maxBytes", () => new ParallelExecutor(transport).RunToEndAsync(Executions.Plan(1), maxBytes: -1, cancellationToken: Stop));
    }

    [Fact]
    public async Task BytesAreDecodedOnceAndWhole()
    {
        byte[] data = [.. "a\u00e4\u4e2d"u8, 0xFF, (byte)'z'];
        var transport = new ScriptedTransport(new NodeScript
        {
            Command = async process =>
            {
                // A character that comes in two reads.
                foreach (var one in data)
                    await process.PrintAsync(new[] { one });
            },
        });
        var result = await new ParallelExecutor(transport).RunToEndAsync(new Target("h"), CommandJob.Shell("true"), Stop).Within();
        Assert.Equal("a\u00e4\u4e2d\ufffdz", result.Stdout);
        Assert.Same(result.Stdout, result.Stdout);
        Assert.Equal(data, result.StdoutData.ToArray());
        Assert.Equal("h", result.Target.Name);
    }

    [Fact]
    public async Task ACanceledTokenStopsTheRunAndKeepsTheResults()
    {
        using var stopping = new CancellationTokenSource();
        var transport = new ScriptedTransport(target => target.Index == 0 ? NodeScript.Prints("done") : NodeScript.Runs());
        var running = new ParallelExecutor(transport).RunToEndAsync(Executions.Plan(2), cancellationToken: stopping.Token);
        await transport.StartsAsync(2);
        await stopping.CancelAsync();
        var results = await running.Within();
        Assert.Equal(NodeOutcome.Canceled, results[1].Result.Outcome);
        Assert.True(results[0].Result.Outcome == NodeOutcome.Canceled || results[0].Stdout == "done");
    }
}
