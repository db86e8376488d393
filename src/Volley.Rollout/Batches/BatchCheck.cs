using System.Text;

namespace Volley.Rollout.Batches;

/// <summary>Runs the check of a rollout at targets that succeeded.</summary>
/// <param name="check">The check.</param>
/// <param name="context">The run.</param>
/// <param name="executor">Runs the command.</param>
internal sealed class BatchCheck(RolloutCheck check, ScheduleContext context, IExecutor executor)
{
    private const int MaxOutput = 4096;

    /// <summary>Runs the check. A stop of the run ends it.</summary>
    /// <param name="targets">The targets.</param>
    /// <param name="ended">Receives the result of the check at each target, except those that a stop ended.</param>
    public async Task RunAsync(IReadOnlyList<Target> targets, Func<Target, NodeResult, Task> ended)
    {
        var outputs = new Dictionary<int, List<byte>>();
        using var control = new RunControl();
        var isOver = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var stopping = StopWithRunAsync(control, isOver.Task);
        try
        {
            await foreach (var nodeEvent in executor.RunAsync(CreatePlan(targets), control).ConfigureAwait(false))
            {
                if (nodeEvent is NodeOutput output)
                    Keep(outputs, output);
                else if (nodeEvent is NodeRetrying retrying)
                    await ReportAsync(retrying, outputs).ConfigureAwait(false);
                else if (nodeEvent is NodeFinished { Result.Stop: StopReason.None } finished)
                    await ended(finished.Target, Describe(finished.Result, outputs.GetValueOrDefault(finished.Target.Index))).ConfigureAwait(false);
            }
        }
        finally
        {
            isOver.SetResult();
            await stopping.ConfigureAwait(false);
        }
    }

    private async ValueTask ReportAsync(NodeRetrying retrying, Dictionary<int, List<byte>> outputs)
    {
        outputs.Remove(retrying.Target.Index, out var output);
        await context.ReportAsync(new CheckRetrying(retrying.Target, Describe(retrying.Result, output), retrying.Delay)).ConfigureAwait(false);
    }

    private RunPlan CreatePlan(IReadOnlyList<Target> targets) => context.Plan.Only(targets) with
    {
        Job = check.Command,
        Schedule = null,
        OkCodes = null,
        FailFast = false,
        CommandTimeout = check.Timeout,
        IdleTimeout = Timeout.InfiniteTimeSpan,
        RelativeTimeout = null,
        Deadline = Timeout.InfiniteTimeSpan,
        MaxOutput = null,
        OutputGate = null,
        ReusesOutputBuffers = true,
    };

    private async Task StopWithRunAsync(RunControl control, Task isOver)
    {
        if (await Task.WhenAny(context.Control.Stopped, isOver).ConfigureAwait(false) != isOver)
            control.Stop(context.Control.Reason);
    }

    private static void Keep(Dictionary<int, List<byte>> outputs, NodeOutput output)
    {
        if (!outputs.TryGetValue(output.Target.Index, out var kept))
            outputs[output.Target.Index] = kept = [];
        kept.AddRange(output.Data.Span);
        if (kept.Count > MaxOutput)
            kept.RemoveRange(0, kept.Count - MaxOutput);
    }

    /// <summary>Adds the last line of the output to a result that has no message of its own.</summary>
    private static NodeResult Describe(NodeResult result, List<byte>? output)
    {
        if (result.Succeeded || result.Message is not null || output is null)
            return result;
        var last = Encoding.UTF8.GetString([.. output]).Split('\n').LastOrDefault(line => !string.IsNullOrWhiteSpace(line));
        return result with { Message = last?.Trim() };
    }
}
