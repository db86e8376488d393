using Volley;

namespace Samples;

internal static class Output
{
    public static async Task EventsAsync(ParallelExecutor executor, RunPlan plan)
    {
        #region events
        await foreach (var nodeEvent in executor.RunAsync(plan))
        {
            switch (nodeEvent)
            {
                case NodeStarted:
                    Console.WriteLine($"{nodeEvent.Target}: started");
                    break;
                case NodeOutput output:
                    Console.WriteLine($"{output.Target}: {output.Stream}: {output.Data.Length} bytes");
                    break;
                case NodeFinished { Result: var result }:
                    Console.WriteLine($"{nodeEvent.Target}: {result.Cause} after {result.Elapsed.TotalSeconds:0.0} s");
                    break;
            }
        }
        #endregion
    }

    public static async Task LinesAsync(ParallelExecutor executor, RunPlan plan)
    {
        #region lines
        await foreach (var nodeEvent in executor.RunLinesAsync(plan))
        {
            if (nodeEvent is NodeLine line)
                Console.WriteLine($"{line.Target}: {line.Text}");
        }
        #endregion
    }

    public static async Task TruncatedAsync(ParallelExecutor executor, RunPlan plan)
    {
        #region truncated
        foreach (var host in await executor.RunToEndAsync(plan, maxBytes: 1000))
            Console.WriteLine($"{host.Target}: {host.StdoutData.Length} of {host.Result.StdoutBytes} bytes{(host.IsTruncated ? ", truncated" : "")}");
        #endregion
    }

    public static async Task<int> SummaryAsync(ParallelExecutor executor, RunPlan plan)
    {
        #region summary
        using var control = new RunControl();
        var summary = new RunSummary(plan, control);
        await foreach (var nodeEvent in executor.RunAsync(plan, control))
            summary.Add(nodeEvent);

        foreach (var failures in summary.Failures())
            Console.WriteLine($"{failures.Key}: {HostList.Fold(failures.Select(target => target.Label))}");
        return summary.ExitCode(ExitCodeStrategy.AnyFailure);
        #endregion
    }

    public static async Task ReusedAsync(ParallelExecutor executor, RunPlan plan, Stream file)
    {
        #region reused
        // For programs that pass much output on: the bytes are valid until the next event.
        await foreach (var nodeEvent in executor.RunAsync(plan with { ReusesOutputBuffers = true }))
        {
            if (nodeEvent is NodeOutput output)
                await file.WriteAsync(output.Data);
        }
        #endregion
    }
}
