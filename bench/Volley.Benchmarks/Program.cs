using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Volley.Benchmarks;

if (args is ["queue"])
{
    await QueueMemory.ShowAsync();
    return;
}

// In this process, so that no second build is needed; short, for the ratio is what counts.
var job = Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance);
BenchmarkRunner.Run<ExecutorBenchmark>(DefaultConfig.Instance.AddJob(job), args);
