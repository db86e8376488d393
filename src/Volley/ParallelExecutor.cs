using System.Runtime.CompilerServices;
using Volley.Transports;

namespace Volley;

/// <summary>
/// Runs a plan: a sliding window of at most <see cref="RunPlan.Parallel"/> targets, one stream of events.
/// </summary>
/// <remarks>
/// Every target gets exactly one <see cref="NodeFinished"/>, whatever happens to it. Stopping the run ends the stream early
/// but normally; so does a reader that leaves its loop, and the loop is left only after the running commands were ended.
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
/// <param name="transport">How targets are reached. It is not disposed.</param>
/// <param name="time">The clock of all limits; the system's if null.</param>
public sealed class ParallelExecutor(ITransport transport, TimeProvider? time = null)
{
    private readonly TimeProvider _time = time ?? TimeProvider.System;

    /// <summary>Runs the plan. The run begins when the stream is first asked for an event.</summary>
    /// <param name="plan">What to do, where, and within which limits.</param>
    /// <param name="control">The handle on this run, if it is to be stopped or watched; it serves one run only.</param>
    /// <param name="cancellationToken">Stops the run with <see cref="StopReason.Requested"/>; the stream still ends normally.</param>
    /// <exception cref="InvalidOperationException">The control has served another run.</exception>
    public async IAsyncEnumerable<NodeEvent> RunAsync(
        RunPlan plan,
        RunControl? control = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(plan);
        using var ownControl = control is null ? new RunControl() : null;
        var run = new Run(transport, plan, control ?? ownControl!, _time);
        run.Control.Attach(plan.Targets.Length);
        await using (cancellationToken.UnsafeRegister(static c => ((RunControl)c!).Stop(StopReason.Requested), run.Control))
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

                // What a stop left in the queue was never handed to a node, so it costs nothing until here.
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
