using System.Globalization;
using Volley.Targets;
using Volley.Transports;

namespace Volley;

/// <summary>
/// Takes one target from connecting to its end. The only place that turns a fired token, a transport's failure or an exit
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

    /// <summary>Whether the command began to read the plan's standard input.</summary>
    public bool HasTakenInput { get; private set; }

    /// <summary>Runs the target to its end. It throws nothing: every end is a result.</summary>
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
                // The transport has learned that the connection can't be shared, and gives another.
                result = await ConnectAndRunAsync(deadline).ConfigureAwait(false);
            }
        }
        catch (Exception) when (deadline.FiredBy != Deadline.Cause.None)
        {
            // Whatever a transport throws once it was told to give up, this is why.
            result = Ended(deadline);
        }
        catch (TransportException failure)
        {
            result = new NodeResult(failure.Outcome) { Message = failure.Message };
            _earlyStderr = failure.Stderr.ToArray();
            // A command without a terminal does not notice that its connection is gone.
            _mayStillRun |= _hasStarted && failure.Outcome is NodeOutcome.ConnectionLost or NodeOutcome.ConnectTimedOut;
        }
#pragma warning disable CA1031 // One node's bug is that node's end, never the end of the run.
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

    /// <summary>That others are served first is no part of connecting.</summary>
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
    /// Whether the command's time runs from the request on, which a server may never answer. The limit for connecting covers
    /// the start as well, and stays in force where it is the shorter one.
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

    /// <summary>Waits for something to be made; one that comes too late, from a transport that is slow to give up, is disposed.</summary>
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
            // It may have completed since.
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
                // What holds the streams open has outlived the leader, and is out of reach.
                _mayStillRun |= !reader.HasEnded || !await stopper.ConfirmEndedAsync().ConfigureAwait(false);
                return Ended(deadline);
            }

            if (isOver && !output.IsCompleted)
            {
                deadline.Arm();
                await reader.DrainAsync(plan.Drain, deadline.Token).ConfigureAwait(false);
            }

            // The limit may be reached by what an ended command left behind.
            if (deadline.FiredBy == Deadline.Cause.OutputLimitReached)
                return Ended(deadline);

            if (output.IsFaulted)
                await output.ConfigureAwait(false);
            if (input.IsFaulted)
                await input.ConfigureAwait(false);
            await exit.ConfigureAwait(false);
            // Until its streams ended, the server may have said another status; the last one counts.
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
            // Whatever happened: nothing comes after a node's end.
            await reader.FinishAsync().ConfigureAwait(false);
            Observe(exit);
            Observe(output);
            Observe(input);
        }
    }

    /// <summary>The end of a node whose deadline fired: by its limit, the run's stop, or its own cancellation.</summary>
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

    /// <summary>A failure comes with the task, never before there is one.</summary>
    private static async Task<ExitStatus> WaitAsync(IRemoteProcess process) =>
        await process.WaitAsync(CancellationToken.None).ConfigureAwait(false);

    /// <summary>Waits for the command's end or for what ends it: output that ends is no end of the command, but output or input that fails is.</summary>
    private static async Task EndOfAnyAsync(Task exit, Task output, Task input, Task fired)
    {
        var failed = new TaskCompletionSource();
        Observe(output, failed);
        Observe(input, failed);
        await Task.WhenAny(exit, fired, failed.Task).ConfigureAwait(false);
    }

    /// <summary>Keeps a failure that is of no interest any more from becoming an unobserved one; of one that is, it tells.</summary>
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
