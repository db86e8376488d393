using Volley.Execution;
using Volley.Transports.Inline;

namespace Volley;

/// <summary>
/// Runs a plan with a sliding window of at most <see cref="RunPlan.MaxConcurrency"/> targets, and returns one stream of events.
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
    /// <returns>
    /// The events. They can be enumerated once. They own their data, unless <see cref="RunPlan.ReusesOutputBuffers"/> is set.
    /// </returns>
    /// <exception cref="ArgumentNullException">The plan is null.</exception>
    /// <exception cref="ArgumentException">The control has canceled a target that is not one of the plan. Thrown by the enumeration.</exception>
    /// <exception cref="InvalidOperationException">
    /// The control has already served a run, the standard input was read by an earlier run and can't be read again, or the events are
    /// enumerated a second time. Thrown by the enumeration.
    /// </exception>
    public IAsyncEnumerable<NodeEvent> RunAsync(RunPlan plan, RunControl? control = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(plan);
        return new RunEvents(_transport, plan, control, _time, cancellationToken);
    }
}
