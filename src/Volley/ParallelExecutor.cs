using System.Runtime.CompilerServices;
using Volley.Execution;
using Volley.Transports.Inline;

namespace Volley;

/// <summary>
/// Runs a plan with a sliding window of at most <see cref="RunPlan.Parallel"/> targets, and returns one stream of events.
/// </summary>
/// <remarks>
/// Every target gets exactly one <see cref="NodeFinished"/>, whatever happens to it. Stopping the run ends the stream early but
/// normally. If the reader leaves its loop, the run stops too, and the loop's end waits until the running commands were ended.
/// </remarks>
/// <example>
/// <code>
/// var plan = new RunPlan(HostList.Parse("web[1-8]").ToTargets(), new CommandJob(["uptime"]));
/// await using var transport = new AutoTransport(new OpenSshOptions());
/// var executor = new ParallelExecutor(transport);
/// await foreach (var nodeEvent in executor.RunAsync(plan))
/// {
///     if (nodeEvent is NodeFinished { Result: var result })
///         Console.WriteLine($"{nodeEvent.Target.Label}: {result.Cause} in {result.Elapsed.TotalSeconds:0.0} s");
/// }
/// </code>
/// </example>
/// <param name="transport">Connects to the targets. It is not disposed.</param>
/// <param name="time">The clock of all limits; the system clock if null.</param>
public sealed class ParallelExecutor(ITransport transport, TimeProvider? time = null)
{
    private readonly ITransport _transport = InlineTransport.From(transport);
    private readonly TimeProvider _time = time ?? TimeProvider.System;

    /// <summary>Runs the plan. The run begins when the first event is requested.</summary>
    /// <param name="plan">The targets, the job and the limits.</param>
    /// <param name="control">The handle to stop or watch this run, or null. It serves one run only.</param>
    /// <param name="cancellationToken">Stops the run with <see cref="StopReason.Requested"/>; the stream still ends normally.</param>
    /// <exception cref="InvalidOperationException">The control has already served a run.</exception>
    public async IAsyncEnumerable<NodeEvent> RunAsync(
        RunPlan plan,
        RunControl? control = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(plan);
        using var ownControl = control is null ? new RunControl() : null;
        control ??= ownControl!;
        var run = new Run(_transport, plan, control, _time);
        control.Attach(plan.Targets.Length);
        await using (cancellationToken.UnsafeRegister(static c => ((RunControl)c!).Stop(StopReason.Requested), control))
        {
            try
            {
                run.Start();
                while (await run.Events.WaitAsync().ConfigureAwait(true))
                {
                    while (run.Events.TryTake(out var nodeEvent))
                    {
                        yield return nodeEvent;
                        run.Events.Release(nodeEvent);
                    }
                }

                // Targets that a stop left in the queue never had a node; they get their results here.
                while (run.TryTakeTarget(out var target))
                    yield return new NodeFinished(target, run.NotStarted(target));
            }
            finally
            {
                await run.EndAsync().ConfigureAwait(false);
            }
        }
    }
}
