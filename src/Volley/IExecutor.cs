namespace Volley;

/// <summary>Runs plans, and returns one stream of events for each run.</summary>
public interface IExecutor
{
    /// <summary>Runs the plan. The run begins when the first event is requested.</summary>
    /// <param name="plan">The targets, the job and the limits. A <see cref="RunPlan.Schedule"/> decides when each target starts.</param>
    /// <param name="control">The handle to stop or watch this run, or null. It serves one run only.</param>
    /// <param name="cancellationToken">Stops the run with <see cref="StopReason.Requested"/>; the stream still ends normally.</param>
    /// <returns>The events. They can be enumerated once. Every target gets exactly one <see cref="NodeFinished"/>.</returns>
    /// <exception cref="ArgumentNullException">The plan is null.</exception>
    IAsyncEnumerable<NodeEvent> RunAsync(RunPlan plan, RunControl? control = null, CancellationToken cancellationToken = default);
}
