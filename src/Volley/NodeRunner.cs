using System.Globalization;
using Volley.Targets;
using Volley.Transports;

namespace Volley;

/// <summary>
/// Runs one target from connecting to its end. This is the only place that turns a fired deadline, a transport's failure or an exit
/// status into an outcome.
/// </summary>
internal sealed class NodeRunner(
    ITransport transport, RunPlan plan, RunControl control, EventQueue events, TimeProvider time, Target target)
{
    private readonly long _began = time.GetTimestamp();
    private OutputReader? _output;
    private byte[]? _earlyStderr;
    private NodeOutcome _phase = NodeOutcome.ConnectTimedOut;
    private bool _hasStarted;
    private bool _mayStillRun;

    /// <summary>Whether the command has begun to read the plan's standard input.</summary>
    public bool HasTakenInput { get; private set; }

    /// <summary>Runs the target to its end. Throws nothing: every failure becomes a result.</summary>
    public async ValueTask<NodeResult> RunAsync()
    {
        using var deadline = new Deadline(time);
        control.Enter(target, deadline);
        if (deadline.FiredBy != Deadline.Cause.None)
            return Finish(Stopped(deadline, NodeOutcome.NotStarted));

        NodeResult result;
        try
        {
            await events.AddAsync(new NodeConnecting(target)).ConfigureAwait(false);
            try
            {
                result = await ConnectAndRunAsync(deadline).ConfigureAwait(false);
            }
            catch (TransportException failure) when (failure.IsUnstarted && deadline.FiredBy == Deadline.Cause.None)
            {
                // The transport has learned that the connection can't be shared; it returns another one this time.
                result = await ConnectAndRunAsync(deadline).ConfigureAwait(false);
            }
        }
        catch (Exception) when (deadline.FiredBy != Deadline.Cause.None)
        {
            // After cancellation a transport may throw anything: the deadline is the cause.
            result = Ended(deadline);
        }
        catch (TransportException failure)
        {
            result = new NodeResult(failure.Outcome) { Message = failure.Message };
            _earlyStderr = failure.Stderr.ToArray();
            // A command without a terminal does not notice that its connection is lost.
            _mayStillRun |= _hasStarted && failure.Outcome is NodeOutcome.ConnectionLost or NodeOutcome.ConnectTimedOut;
        }
#pragma warning disable CA1031 // A bug at one node ends that node, never the run.
        catch (Exception bug)
#pragma warning restore CA1031
        {
            result = new NodeResult(NodeOutcome.Faulted) { Message = $"{bug.GetType().Name}: {bug.Message}" };
        }

        if (_earlyStderr is { Length: > 0 })
            await events.AddAsync(new NodeOutput(target, StreamKind.Stderr, _earlyStderr)).ConfigureAwait(false);
        return Finish(result);
    }

    private async Task<NodeResult> ConnectAndRunAsync(Deadline deadline)
    {
        _phase = NodeOutcome.ConnectTimedOut;
        deadline.StartPhase(plan.ConnectTimeout);
        deadline.ThrowIfFired();
        await using var session = await ConnectAsync(deadline).ConfigureAwait(false);
        deadline.ThrowIfFired();
        if (plan.Job is not CommandJob command)
        {
            deadline.Arm();
            await session.PingAsync(deadline.Token).AsTask().WaitAsync(deadline.Token).ConfigureAwait(false);
            return new NodeResult(NodeOutcome.Exited) { ExitCode = 0 };
        }

        await WaitForTurnAsync(session, deadline).ConfigureAwait(false);
        var isTimed = StartsCommandTime(session);
        if (isTimed && deadline.StartPhase(plan.CommandTimeout))
            _phase = NodeOutcome.CommandTimedOut;
        await using var process = await StartAsync(session, command, deadline).ConfigureAwait(false);
        _hasStarted = true;
        if (!isTimed && deadline.StartPhase(plan.CommandTimeout))
            _phase = NodeOutcome.CommandTimedOut;
        return await RunProcessAsync(process, command, deadline).ConfigureAwait(false);
    }

    private ValueTask<ISession> ConnectAsync(Deadline deadline)
    {
        var connecting = transport.ConnectAsync(target, deadline.Token);
        return connecting.IsCompletedSuccessfully ? connecting : new(OrAbandonAsync(connecting.AsTask(), deadline));
    }

    /// <summary>Waits for the session's turn. The connect timeout is paused, because waiting for other targets is not connecting.</summary>
    private async ValueTask WaitForTurnAsync(ISession session, Deadline deadline)
    {
        var waiting = session.WaitForTurnAsync(deadline.Token);
        if (waiting.IsCompletedSuccessfully)
            return;
        deadline.StartPhase(Timeout.InfiniteTimeSpan);
        await waiting.ConfigureAwait(false);
        deadline.StartPhase(plan.ConnectTimeout);
        deadline.ThrowIfFired();
    }

    /// <summary>
    /// Whether the command timeout starts with the start request, which a server may never answer. The connect timeout covers the
    /// start too, and stays in force if it is shorter.
    /// </summary>
    private bool StartsCommandTime(ISession session) =>
        !session.ConnectsAtStart && plan.CommandTimeout != Timeout.InfiniteTimeSpan
        && (plan.ConnectTimeout == Timeout.InfiniteTimeSpan || plan.CommandTimeout < plan.ConnectTimeout);

    private async ValueTask<IRemoteProcess> StartAsync(ISession session, CommandJob command, Deadline deadline)
    {
        try
        {
            var starting = session.StartAsync(command, deadline.Token);
            return await (starting.IsCompleted ? starting : new(OrAbandonAsync(starting.AsTask(), deadline))).ConfigureAwait(false);
        }
        catch
        {
            _mayStillRun = session.MayHaveStarted;
            throw;
        }
    }

    /// <summary>Waits for an object to be made. If the deadline fires first, disposes of the object when it is made.</summary>
    private static async Task<T> OrAbandonAsync<T>(Task<T> making, Deadline deadline)
        where T : IAsyncDisposable
    {
        deadline.Arm();
        try
        {
            return await making.WaitAsync(deadline.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The task may have completed since.
            var disposing = DisposeLateAsync();
            if (making.IsCompleted)
                await disposing.ConfigureAwait(false);
            throw;
        }

        async Task DisposeLateAsync()
        {
            await ((Task)making).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (making.IsCompletedSuccessfully)
                await (await making.ConfigureAwait(false)).DisposeAsync().ConfigureAwait(false);
        }
    }

    private async ValueTask<NodeResult> RunProcessAsync(IRemoteProcess process, CommandJob command, Deadline deadline)
    {
        using var reader = new OutputReader(process, target, events, time) { Plan = plan, Deadline = deadline };
        _output = reader;
        using var feeding = command.Input is null ? null : new CancellationTokenSource();
        var output = reader.ReadToEndAsync();
        var input = command.Input?.FeedAsync(process, feeding!.Token) ?? Task.CompletedTask;
        HasTakenInput = command.Input is not null;
        var exit = WaitAsync(process);
        try
        {
            if (!exit.IsCompleted)
            {
                deadline.Arm();
                await EndOfAnyAsync(exit, output, input, deadline.Fired).ConfigureAwait(false);
            }

            var wasStopped = !exit.IsCompleted && deadline.FiredBy != Deadline.Cause.None;
            _mayStillRun = !exit.IsCompleted;
            var stopper = new Stopper(process, plan.StopGrace, time, control.Hurry);
            var isOver = exit.IsCompleted || await stopper.EndAsync(exit).ConfigureAwait(false);
            _mayStillRun = !isOver;
            if (wasStopped)
            {
                await reader.DrainAfterStopAsync(waits: isOver).ConfigureAwait(false);
                // A process that holds the streams open has outlived the leader and can't be signaled.
                _mayStillRun |= !reader.HasEnded || !await stopper.ConfirmEndedAsync().ConfigureAwait(false);
                return Ended(deadline);
            }

            if (isOver && !output.IsCompleted)
            {
                deadline.Arm();
                await reader.DrainAsync(plan.Drain, deadline.Token).ConfigureAwait(false);
            }

            // Processes that an ended command left behind may reach the limit.
            if (deadline.FiredBy == Deadline.Cause.OutputLimitReached)
                return Ended(deadline);

            if (output.IsFaulted)
                await output.ConfigureAwait(false);
            if (input.IsFaulted)
                await input.ConfigureAwait(false);
            await exit.ConfigureAwait(false);
            // The server may have sent another status before the streams ended; the last one counts.
            var status = await process.WaitAsync(CancellationToken.None).ConfigureAwait(false);
            return (status.Signal is { } signal
                ? new NodeResult(NodeOutcome.Signaled) { Signal = signal }
                : new NodeResult(NodeOutcome.Exited)
                {
                    ExitCode = status.Code,
                    Message = status.Code == 0 || process.HasArguments ? null : command.LengthWarning,
                }) with
            {
                OutputMayBeIncomplete = !reader.HasEnded || process.HasLostOutput,
            };
        }
        finally
        {
            if (feeding is not null)
                await feeding.CancelAsync().ConfigureAwait(false);
            // Nothing may follow a node's end, so the reader is finished even after a failure.
            await reader.FinishAsync().ConfigureAwait(false);
            Observe(exit);
            Observe(output);
            Observe(input);
        }
    }

    /// <summary>Returns the result of a node whose deadline fired.</summary>
    private NodeResult Ended(Deadline deadline) => deadline.FiredBy switch
    {
        Deadline.Cause.TimedOut => new NodeResult(_phase) { Message = LimitMessage() },
        Deadline.Cause.OutputLimitReached => new NodeResult(NodeOutcome.OutputLimitReached) { Message = deadline.Message },
        _ => Stopped(deadline, NodeOutcome.Canceled),
    };

    private NodeResult Stopped(Deadline deadline, NodeOutcome outcome) => new(outcome)
    {
        Stop = deadline.FiredBy == Deadline.Cause.NodeCanceled ? StopReason.Requested : control.Reason,
    };

    private string LimitMessage() => _phase switch
    {
        NodeOutcome.CommandTimedOut when _hasStarted =>
            string.Create(CultureInfo.InvariantCulture, $"the command ran longer than {plan.CommandTimeout.TotalSeconds:0.###} s"),
        NodeOutcome.CommandTimedOut =>
            string.Create(CultureInfo.InvariantCulture, $"the server has not started the command after {plan.CommandTimeout.TotalSeconds:0.###} s"),
        _ => string.Create(CultureInfo.InvariantCulture, $"not connected after {plan.ConnectTimeout.TotalSeconds:0.###} s"),
    };

    private NodeResult Finish(NodeResult result) => result with
    {
        Elapsed = result.Outcome == NodeOutcome.NotStarted ? TimeSpan.Zero : time.GetElapsedTime(_began),
        IsMainRank = target.Index == plan.MainRank,
        MayStillRun = _mayStillRun,
        StdoutBytes = _output?.StdoutBytes ?? 0,
        StderrBytes = (_output?.StderrBytes ?? 0) + (_earlyStderr?.Length ?? 0),
    };

    /// <summary>Waits for the command's end. A synchronous exception is returned as a faulted task.</summary>
    private static async Task<ExitStatus> WaitAsync(IRemoteProcess process) =>
        await process.WaitAsync(CancellationToken.None).ConfigureAwait(false);

    /// <summary>
    /// Waits until the command ends, its output or input fails, or the deadline fires. The regular end of the output does not end the
    /// command.
    /// </summary>
    private static async Task EndOfAnyAsync(Task exit, Task output, Task input, Task fired)
    {
        var failed = new TaskCompletionSource();
        Observe(output, failed);
        Observe(input, failed);
        await Task.WhenAny(exit, fired, failed.Task).ConfigureAwait(false);
    }

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
                failed, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
    }
}
