using Volley.Scripts;

namespace Volley.Execution;

/// <summary>The runner of <see cref="CommandJob"/>.</summary>
/// <param name="command">The job.</param>
/// <param name="run">What all nodes of the run share.</param>
internal sealed class CommandRunner(CommandJob command, RunContext run) : IJobRunner
{
    private readonly WorkPhases _phases = new(run, "the server has not started the command after", "the command ran longer than");

    public void Begin() => command.Input?.BeginRun(run.Plan.Targets.Length);

    public async Task<NodeResult> RunAsync(Node node, ISession session)
    {
        await WorkPhases.WaitForTurnAsync(node, session).ConfigureAwait(false);
        var isStartTimed = _phases.BeginStart(node, session);
        var process = await StartAsync(node, session).ConfigureAwait(false);
        await using var disposing = process.ConfigureAwait(false);
        node.Telemetry.StartCommand();
        // It stays true after every failure from here on, except where the end of the command is known.
        node.MayStillRun = true;
        _phases.BeginWork(node, isStartTimed);
        return await RunProcessAsync(node, session, process).ConfigureAwait(false);
    }

    public bool Retries => command.Retry is not null;

    public TimeSpan? GetRetryDelay(NodeResult result) => command.Retry is { } retry && retry.Covers(result) ? retry.Delay : null;

    public void End(Node node)
    {
        if (!node.HasTakenInput)
            command.Input?.Forgo();
    }

    private async ValueTask<IRemoteProcess> StartAsync(Node node, ISession session)
    {
        try
        {
            return await node.Deadline.WaitForAsync(HostCommand.StartAsync(session, command, node.Target, node.Deadline.Token)).ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            // The session can't know of an exception that it did not expect.
            node.MayStillRun = session.MayHaveStarted || (failure is not (TransportException or OperationCanceledException) && !node.Deadline.HasFired);
            throw;
        }
    }

    private async Task<NodeResult> RunProcessAsync(Node node, ISession session, IRemoteProcess process)
    {
        using var reader = new OutputReader(process, node);
        using var idle = run.Plan.IdleTimeout == Timeout.InfiniteTimeSpan ? null : new IdleWatch(node, reader);
        using var feeding = command.Input is null ? null : new CancellationTokenSource();
        var output = reader.ReadToEndAsync();
        idle?.Start();
        var input = command.Input?.FeedAsync(process, feeding!.Token) ?? Task.CompletedTask;
        node.HasTakenInput = command.Input is not null;
        var exit = WaitForExitAsync(process);
        try
        {
            if (!exit.IsCompleted)
            {
                node.Deadline.Arm();
                await WaitForEndAsync(exit, output, input, node.Deadline.Fired).ConfigureAwait(false);
            }

            if (exit.IsCompletedSuccessfully)
            {
                node.MayStillRun = false;
            }
            else if (exit.Exception?.InnerException is TransportException reported)
            {
                node.MayStillRun = reported.Outcome != NodeOutcome.ElevationFailed && !reported.HasNotBegun
                    && (!session.ConnectsAtStart || MayHaveStarted(reported.Outcome));
            }
            else
            {
                // The command runs, as far as is known: its time is up, a stream failed, or the transport failed otherwise.
                var wasStopped = node.Deadline.HasFired;
                var stopper = new Stopper(process, run.Plan.StopGrace, run.Time, run.Control.Hurry);
                var isOver = await stopper.EndAsync(exit, output).ConfigureAwait(false);
                if (wasStopped)
                    return await EndStoppedAsync(node, reader, stopper, isOver).ConfigureAwait(false);
                node.MayStillRun = !isOver || !await stopper.ConfirmEndedAsync().ConfigureAwait(false);
            }

            if (exit.IsCompleted && !output.IsCompleted)
            {
                node.Deadline.Arm();
                await reader.DrainAsync(run.Plan.Drain, node.Deadline.Token).ConfigureAwait(false);
            }

            // Processes that an ended command left behind may reach the limit.
            if (node.Deadline.IsOutputLimitReached)
                return node.Deadline.Ending!;

            await FailureOf(output).ConfigureAwait(false);
            await FailureOf(input).ConfigureAwait(false);
            await exit.ConfigureAwait(false);
            return await GetResultAsync(process, reader).ConfigureAwait(false);
        }
        finally
        {
            if (feeding is not null)
                await feeding.CancelAsync().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            // Nothing may follow a node's end, so the reader is finished even after a failure.
            await reader.FinishAsync().ConfigureAwait(false);
            Observe(exit);
            Observe(output);
            Observe(input);
        }
    }

    /// <summary>
    /// Whether a command may have started whose end the transport reports as a failure. A transport that connects at the start of the
    /// command reports here that it could not connect. A command without a terminal does not notice that its connection is lost.
    /// </summary>
    private static bool MayHaveStarted(NodeOutcome outcome) => outcome is not (
        NodeOutcome.ConnectFailed or NodeOutcome.NameNotResolved or NodeOutcome.AuthenticationFailed or NodeOutcome.HostKeyRejected);

    /// <summary>Reads the remaining output of a stopped command, and checks whether a process is left.</summary>
    private static async Task<NodeResult> EndStoppedAsync(Node node, OutputReader reader, Stopper stopper, bool isOver)
    {
        await reader.DrainAfterStopAsync(waits: isOver).ConfigureAwait(false);
        // A process that holds the streams open has outlived the leader and can't be signaled.
        node.MayStillRun = !isOver || !reader.HasEnded || !await stopper.ConfirmEndedAsync().ConfigureAwait(false);
        return node.Deadline.Ending!;
    }

    private async ValueTask<NodeResult> GetResultAsync(IRemoteProcess process, OutputReader reader)
    {
        // The server may have sent another status before the streams ended; the last one counts.
        var status = await process.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
        var isIncomplete = !reader.HasEnded || process.HasLostOutput;
        if (process is DirectoryWatch { Failure: { } failure })
            return new NodeResult(NodeOutcome.DirectoryUnavailable) { Reason = failure };
        if (status.Signal is { } signal)
            return new NodeResult(NodeOutcome.Signaled) { Signal = signal, OutputMayBeIncomplete = isIncomplete };
        var warning = status.ExitCode == 0 || process.HasArguments ? null : command.LengthWarning;
        return new NodeResult(NodeOutcome.Exited)
        {
            ExitCode = status.ExitCode,
            Message = warning,
            Remedy = warning is null ? Remedy.None : Remedy.UseScript,
            OutputMayBeIncomplete = isIncomplete,
        };
    }

    /// <summary>Waits for the command's end. A synchronous exception is returned as a faulted task.</summary>
    private static async Task<ExitStatus> WaitForExitAsync(IRemoteProcess process) =>
        await process.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);

    /// <summary>
    /// Waits until the command ends, its output or input fails, or the deadline fires. The regular end of the output does not end the
    /// command.
    /// </summary>
    private static async Task WaitForEndAsync(Task exit, Task output, Task input, Task fired)
    {
        var failed = new TaskCompletionSource();
        Observe(output, failed);
        Observe(input, failed);
        await Task.WhenAny(exit, fired, failed.Task).ConfigureAwait(false);
    }

    /// <summary>Returns the task if it has failed, else a completed one.</summary>
    private static Task FailureOf(Task task) => task.IsFaulted || task.IsCanceled ? task : Task.CompletedTask;

    /// <summary>Observes a task's exception, so that it never counts as unobserved, and completes <paramref name="failed"/> when the task fails.</summary>
    private static void Observe(Task task, TaskCompletionSource? failed = null)
    {
        if (!task.IsCompletedSuccessfully)
        {
            _ = task.ContinueWith(
                static (task, failed) =>
                {
                    _ = task.Exception;
                    ((TaskCompletionSource?)failed)?.TrySetResult();
                },
                failed, CancellationToken.None, TaskContinuationOptions.NotOnRanToCompletion | TaskContinuationOptions.ExecuteSynchronously,
                TaskScheduler.Default);
        }
    }
}
