using Volley.Execution;

namespace Volley;

/// <summary>
/// Runs a plan with a sliding window of at most <see cref="RunPlan.MaxConcurrency"/> targets, and returns one stream of events, or all results
/// with their output.
/// </summary>
/// <remarks>
/// Every target gets exactly one <see cref="NodeFinished"/>, whatever happens to it. Stopping the run ends the stream early but
/// normally. If the reader leaves its loop, the run stops too, and the loop's end waits until the running commands were ended.
/// </remarks>
/// <example>
/// <code>
/// using Volley;
///
/// await using var transport = new ExecTransport((target, command) =&gt; ["env", $"TARGET={target.Host}", .. command.Arguments]);
/// var executor = new ParallelExecutor(transport);
/// var plan = new RunPlan(HostList.Parse("web[1-8]").ToTargets(), CommandJob.Shell("echo $TARGET"));
/// foreach (var result in await executor.RunToEndAsync(plan))
///     Console.WriteLine($"{result.Target.Label}: {result.Result.Cause}: {result.Stdout}");
/// </code>
/// </example>
public sealed class ParallelExecutor : IExecutor
{
    /// <summary>
    /// The default number of bytes that <see cref="RunToEndAsync(RunPlan, RunControl?, int, CancellationToken)"/> collects from each stream of a
    /// target: 16 MiB.
    /// </summary>
    public const int DefaultMaxBytes = 16 * 1024 * 1024;

    private readonly Func<RunPlan, RunControl, Run> _createRun;

    /// <summary>Creates an executor that runs jobs over a transport.</summary>
    /// <param name="transport">Connects to the targets. It is not disposed.</param>
    /// <param name="time">The clock of all limits; the system clock if null.</param>
    /// <exception cref="ArgumentNullException"><paramref name="transport"/> is null.</exception>
    public ParallelExecutor(ITransport transport, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(transport);
        _createRun = (plan, control) => Run.Over(transport, plan, control, time ?? TimeProvider.System);
    }

    /// <summary>Creates an executor of which another runner does the work at the targets.</summary>
    /// <remarks>
    /// The executor applies the window, the schedule, stops and the limits of the whole run. <see cref="RunPlan.ConnectTimeout"/> and the other limits of
    /// a single target are the runner's, and so are retries, standard input and <see cref="StepsJob.HasBarrier"/>.
    /// </remarks>
    /// <param name="createRunner">Makes the runner of each run, when the run begins. It is disposed at the end of the run.</param>
    /// <param name="time">The clock of all limits; the system clock if null.</param>
    /// <exception cref="ArgumentNullException"><paramref name="createRunner"/> is null.</exception>
    public ParallelExecutor(Func<RunPlan, RunControl, ITargetRunner> createRunner, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(createRunner);
        _createRun = (plan, control) => Run.Over(createRunner, plan, control, time ?? TimeProvider.System);
    }

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
    /// <exception cref="ObjectDisposedException">
    /// The transport, or a private key or the password of its options, is disposed. Thrown by the enumeration, before anything starts. What is disposed
    /// during a run fails the targets that need it.
    /// </exception>
    public IAsyncEnumerable<NodeEvent> RunAsync(RunPlan plan, RunControl? control = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(plan);
        return new RunEvents(ownControl => _createRun(plan, ownControl), plan, control, cancellationToken);
    }

    /// <summary>Runs the plan, and returns its events with each line of output as a <see cref="NodeLine"/> in place of <see cref="NodeOutput"/>.</summary>
    /// <remarks>
    /// A last line needs no newline. Lines of the two streams of a target are complete in themselves; their order is that in which their ends arrived.
    /// For the lines alone use <c>OfType&lt;NodeLine&gt;()</c>; failures are in <see cref="NodeFinished"/>.
    /// </remarks>
    /// <param name="plan">The targets, the job and the limits.</param>
    /// <param name="control">The handle to stop or watch this run, or null. It serves one run only.</param>
    /// <param name="cancellationToken">Stops the run with <see cref="StopReason.Requested"/>; the stream still ends normally.</param>
    /// <returns>The events. They can be enumerated once.</returns>
    /// <exception cref="ArgumentNullException">The plan is null.</exception>
    /// <exception cref="InvalidOperationException">As at <see cref="RunAsync"/>; thrown by the enumeration.</exception>
    public IAsyncEnumerable<NodeEvent> RunLinesAsync(RunPlan plan, RunControl? control = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(plan);
        return RunLines.SplitAsync(RunAsync(plan with { ReusesOutputBuffers = true }, control, cancellationToken), CancellationToken.None);
    }

    /// <summary>Runs the plan to its end, and returns the results in the order of the plan, each with the output of its target.</summary>
    /// <remarks>
    /// Failures of targets are results and throw nothing: check <see cref="TargetResult.Result"/>. Output beyond the limit is read and
    /// dropped, and the command continues; <see cref="RunPlan.MaxOutput"/> stops a command instead. Of a command that is retried, the output of the last
    /// attempt is collected.
    /// </remarks>
    /// <param name="plan">The targets, the job and the limits.</param>
    /// <param name="control">The handle to stop or watch this run, or null. It serves one run only.</param>
    /// <param name="maxBytes">
    /// The largest number of bytes to collect from each of the two streams of a target: the first ones. The default is
    /// <see cref="DefaultMaxBytes"/>. <see cref="TargetResult.IsTruncated"/> tells whether there were more.
    /// </param>
    /// <param name="cancellationToken">
    /// Stops the run with <see cref="StopReason.Requested"/>. The results are still returned, those of stopped targets as
    /// <see cref="NodeOutcome.Canceled"/> or <see cref="NodeOutcome.NotStarted"/>.
    /// </param>
    /// <returns>A result for each target of the plan, in its order.</returns>
    /// <exception cref="ArgumentNullException">The plan is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The number of bytes is negative.</exception>
    /// <exception cref="InvalidOperationException">
    /// The control has already served a run, or the standard input was read by an earlier run and can't be read again.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The transport, or a private key or the password of its options, is disposed.</exception>
    public async Task<IReadOnlyList<TargetResult>> RunToEndAsync(
        RunPlan plan, RunControl? control = null, int maxBytes = DefaultMaxBytes, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentOutOfRangeException.ThrowIfNegative(maxBytes);
        var collected = new OutputCollector?[plan.IndexCount];
        var results = new TargetResult[plan.IndexCount];
        await foreach (var nodeEvent in RunAsync(plan with { ReusesOutputBuffers = true }, control, cancellationToken).ConfigureAwait(false))
        {
            var index = nodeEvent.Target.Index;
            if (nodeEvent is NodeOutput output)
            {
                (collected[index] ??= new OutputCollector(maxBytes)).Add(output);
            }
            else if (nodeEvent is NodeRetrying)
            {
                collected[index] = null;
            }
            else if (nodeEvent is NodeFinished finished)
            {
                results[index] = collected[index]?.Complete(finished) ?? new TargetResult(finished.Target, finished.Result);
                collected[index] = null;
            }
        }

        return plan.Targets.Length == results.Length ? results : [.. plan.Targets.Select(target => results[target.Index])];
    }

    /// <summary>Runs a job at one target to its end, with the default limits of a plan, and returns its result and output.</summary>
    /// <param name="target">The target.</param>
    /// <param name="job">The work to do.</param>
    /// <param name="cancellationToken">Stops the run. The result is still returned, as <see cref="NodeOutcome.Canceled"/>.</param>
    /// <returns>The result. A failure of the target throws nothing: check <see cref="TargetResult.Result"/>.</returns>
    /// <exception cref="ArgumentNullException">The target or the job is null.</exception>
    /// <exception cref="InvalidOperationException">The standard input of the job was read by an earlier run and can't be read again.</exception>
    /// <exception cref="ObjectDisposedException">The transport, or a private key or the password of its options, is disposed.</exception>
    public async Task<TargetResult> RunToEndAsync(Target target, Job job, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(job);
        var results = await RunToEndAsync(new RunPlan([target], job), cancellationToken: cancellationToken).ConfigureAwait(false);
        return results[0];
    }
}
