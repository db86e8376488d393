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
    private bool _mayStillRun;

    /// <summary>Runs the target to its end. It throws nothing: every end is a result.</summary>
    public async Task<NodeResult> RunAsync()
    {
        using var deadline = new Deadline(time);
        control.Enter(target, deadline);
        if (deadline.FiredBy != Deadline.Cause.None)
            return Finish(Stopped(deadline, NodeOutcome.NotStarted));

        var phase = NodeOutcome.ConnectTimedOut;
        NodeResult result;
        try
        {
            await events.AddAsync(new NodeConnecting(target)).ConfigureAwait(false);
            deadline.StartPhase(plan.ConnectTimeout);
            deadline.ThrowIfFired();
            await using var session = await ConnectAsync(deadline.Token).ConfigureAwait(false);
            deadline.ThrowIfFired();
            if (plan.Job is CommandJob command)
            {
                await using var process = await StartAsync(session, command, deadline.Token).ConfigureAwait(false);
                if (deadline.StartPhase(plan.CommandTimeout))
                    phase = NodeOutcome.CommandTimedOut;
                result = await RunProcessAsync(process, command, deadline, phase).ConfigureAwait(false);
            }
            else
            {
                await session.PingAsync(deadline.Token).AsTask().WaitAsync(deadline.Token).ConfigureAwait(false);
                result = new NodeResult(NodeOutcome.Exited) { ExitCode = 0 };
            }
        }
        catch (Exception) when (deadline.FiredBy != Deadline.Cause.None)
        {
            // Whatever a transport throws once it was told to give up, this is why.
            result = Ended(deadline, phase);
        }
        catch (TransportException failure)
        {
            result = new NodeResult(failure.Outcome) { Message = failure.Message };
            _earlyStderr = failure.Stderr.ToArray();
            // A command without a terminal does not notice that its connection is gone.
            _mayStillRun = failure.Outcome == NodeOutcome.ConnectionLost;
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

    private async Task<ISession> ConnectAsync(CancellationToken cancellationToken)
    {
        var connecting = transport.ConnectAsync(target, cancellationToken);
        return connecting.IsCompletedSuccessfully
            ? connecting.Result
            : await OrAbandonAsync(connecting.AsTask(), cancellationToken).ConfigureAwait(false);
    }

    private static async Task<IRemoteProcess> StartAsync(ISession session, CommandJob command, CancellationToken cancellationToken)
    {
        var starting = session.StartAsync(command, cancellationToken);
        return starting.IsCompletedSuccessfully
            ? starting.Result
            : await OrAbandonAsync(starting.AsTask(), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Waits for something to be made; one that comes too late, from a transport that is slow to give up, is disposed.</summary>
    private static async Task<T> OrAbandonAsync<T>(Task<T> making, CancellationToken cancellationToken)
        where T : IAsyncDisposable
    {
        try
        {
            return await making.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // It may have completed since.
            _ = DisposeLateAsync();
            throw;
        }

        async Task DisposeLateAsync()
        {
            await ((Task)making).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (making.IsCompletedSuccessfully)
                await (await making.ConfigureAwait(false)).DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task<NodeResult> RunProcessAsync(IRemoteProcess process, CommandJob command, Deadline deadline, NodeOutcome phase)
    {
        using var feeding = new CancellationTokenSource();
        var failed = new TaskCompletionSource();
        using var reader = new OutputReader(process, target, events, time);
        _output = reader;
        var output = ReportingFailure(_output.ReadToEndAsync(), failed);
        var input = command.Input is { } source
            ? ReportingFailure(source.FeedAsync(process, feeding.Token), failed)
            : Task.CompletedTask;
        var exit = WaitAsync(process);
        try
        {
            // Output that ends is no end of the command; output or input that fails is.
            if (!exit.IsCompleted)
                await Task.WhenAny(exit, deadline.Fired, failed.Task).ConfigureAwait(false);
            var wasStopped = !exit.IsCompleted && deadline.FiredBy != Deadline.Cause.None;
            _mayStillRun = !exit.IsCompleted;
            var isOver = exit.IsCompleted
                || await new Stopper(process, plan.StopGrace, time, control.Hurry).EndAsync(exit).ConfigureAwait(false);
            _mayStillRun = !isOver;
            await _output.DrainAsync(isOver ? OutputReader.IdleLimit : TimeSpan.Zero).ConfigureAwait(false);
            if (wasStopped)
                return Ended(deadline, phase);

            if (output.IsFaulted)
                await output.ConfigureAwait(false);
            if (input.IsFaulted)
                await input.ConfigureAwait(false);
            var status = await exit.ConfigureAwait(false);
            return status.Signal is { } signal
                ? new NodeResult(NodeOutcome.Signaled) { Signal = signal }
                : new NodeResult(NodeOutcome.Exited) { ExitCode = status.Code };
        }
        finally
        {
            await feeding.CancelAsync().ConfigureAwait(false);
            // Whatever happened: nothing comes after a node's end.
            await _output.DrainAsync(TimeSpan.Zero).ConfigureAwait(false);
            Observe(exit);
            Observe(output);
            Observe(input);
        }
    }

    /// <summary>The end of a node whose deadline fired: by its limit, the run's stop, or its own cancellation.</summary>
    private NodeResult Ended(Deadline deadline, NodeOutcome phase) => deadline.FiredBy == Deadline.Cause.TimedOut
        ? new NodeResult(phase) { Message = LimitMessage(phase) }
        : Stopped(deadline, NodeOutcome.Canceled);

    private NodeResult Stopped(Deadline deadline, NodeOutcome outcome) => new(outcome)
    {
        Stop = deadline.FiredBy == Deadline.Cause.NodeCanceled ? StopReason.Requested : control.Reason,
    };

    private string LimitMessage(NodeOutcome phase) => phase == NodeOutcome.CommandTimedOut
        ? string.Create(CultureInfo.InvariantCulture, $"the command ran longer than {plan.CommandTimeout.TotalSeconds:0.###} s")
        : string.Create(CultureInfo.InvariantCulture, $"not connected after {plan.ConnectTimeout.TotalSeconds:0.###} s");

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

    private static async Task ReportingFailure(Task task, TaskCompletionSource failed)
    {
        try
        {
            await task.ConfigureAwait(false);
        }
        catch
        {
            failed.TrySetResult();
            throw;
        }
    }

    /// <summary>Keeps a failure that is of no interest any more from becoming an unobserved one.</summary>
    private static void Observe(Task task) => _ = task.ContinueWith(
        static t => t.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
}
