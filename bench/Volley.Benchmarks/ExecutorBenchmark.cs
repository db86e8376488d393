using System.Collections.Immutable;
using BenchmarkDotNet.Attributes;

namespace Volley.Benchmarks;

/// <summary>100,000 targets that do nothing: the executor beside a bare Parallel.ForEachAsync that makes the same calls and the same results.</summary>
[MemoryDiagnoser]
public class ExecutorBenchmark
{
    private const int Window = 64;

    private static readonly NoOpTransport Transport = new();
    private readonly CommandJob _job = CommandJob.Shell("true");
    private ImmutableArray<Target> _targets;

    [Params(100_000)]
    public int Targets { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _targets = new RunPlan(Enumerable.Range(0, Targets).Select(i => new Target($"h{i}")), _job).Targets;
    }

    [Benchmark(Baseline = true)]
    public async Task<int> ParallelForEachAsync()
    {
        var results = new NodeResult[Targets];
        await Parallel.ForEachAsync(_targets, new ParallelOptions { MaxDegreeOfParallelism = Window }, async (target, cancellationToken) =>
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(TimeSpan.FromSeconds(10));
            await using var session = await Transport.ConnectAsync(target, limit.Token);
            await using var process = await session.StartAsync(_job, limit.Token);
            var buffer = System.Buffers.ArrayPool<byte>.Shared.Rent(4096);
            while (await process.ReadAsync(buffer, limit.Token) is { Count: > 0 })
            {
            }

            System.Buffers.ArrayPool<byte>.Shared.Return(buffer);
            var status = await process.WaitForExitAsync(limit.Token);
            results[target.Index] = new NodeResult(NodeOutcome.Exited) { ExitCode = status.ExitCode };
        });
        return results.Count(r => r.Succeeded);
    }

    [Benchmark]
    public async Task<int> Executor()
    {
        var plan = new RunPlan(_targets, _job) { MaxConcurrency = Window };
        using var control = new RunControl();
        var summary = new RunSummary(plan, control);
        await foreach (var nodeEvent in new ParallelExecutor(Transport).RunAsync(plan, control))
            summary.Add(nodeEvent);
        return Targets - summary.FailedCount;
    }
}
