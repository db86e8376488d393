using Volley;

namespace Samples;

internal static class Stopping
{
    public static async Task TokenAsync(ParallelExecutor executor, RunPlan plan)
    {
        #region token
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        foreach (var host in await executor.RunToEndAsync(plan, cancellationToken: timeout.Token))
            Console.WriteLine($"{host.Target}: {host.Result.Cause}");
        #endregion
    }

    public static async Task ControlAsync(ParallelExecutor executor, RunPlan plan)
    {
        #region control
        using var control = new RunControl();
        await foreach (var nodeEvent in executor.RunLinesAsync(plan, control))
        {
            if (nodeEvent is NodeLine { Text: "disk full" })
                control.Stop(StopReason.Requested);
            else if (nodeEvent is NodeLine { Text: "nothing to do" })
                control.Cancel(nodeEvent.Target);
            else if (nodeEvent is NodeFinished { Result.MayStillRun: true })
                Console.WriteLine($"{nodeEvent.Target}: a process may still run there");
        }

        Console.WriteLine($"{control.Reason}: {control.Counts}");
        #endregion
    }

    public static async Task RetryAsync(ParallelExecutor executor, IReadOnlyList<Target> targets)
    {
        #region retry
        var job = CommandJob.Program("apt-get", "update") with
        {
            Retry = new CommandRetry(3) { Delay = TimeSpan.FromSeconds(10), Filter = result => result.ExitCode == 100 },
        };
        foreach (var host in await executor.RunToEndAsync(new RunPlan(targets, job)))
            Console.WriteLine($"{host.Target}: {host.Result.Cause} after {host.Result.Retries} retries");
        #endregion
    }

    public static async Task<string?> LeaveAsync(ParallelExecutor executor, RunPlan plan)
    {
        #region leave
        // The loop ends when the commands of the other hosts were ended.
        await foreach (var nodeEvent in executor.RunLinesAsync(plan))
        {
            if (nodeEvent is NodeLine { Text: "primary" })
                return nodeEvent.Target.Label;
        }

        return null;
        #endregion
    }
}
