using System.Globalization;
using Volley.Transports;
using Volley.Transports.Processes;

namespace Volley.Execution;

/// <summary>
/// Runs each target from connecting to its end, and has its job's runner do the work in between. It owns the deadline and the result:
/// a deadline that fired goes before any exception, and every exception becomes a result.
/// </summary>
/// <param name="run">What all nodes of the run share.</param>
/// <param name="job">Does the work at a node that has a session.</param>
internal sealed class NodeRunner(RunContext run, IJobRunner job) : INodeRunner
{
    private readonly Phase _connecting = new(run.ConnectTimeout, new NodeResult(NodeOutcome.ConnectTimedOut)
    {
        Message = string.Create(CultureInfo.InvariantCulture, $"not connected after {run.ConnectTimeout.TotalSeconds:0.###} s"),
    });

    public void Begin() => job.Begin();

    public ValueTask DisposeAsync()
    {
        run.RelativeLimit?.Dispose();
        (job as IDisposable)?.Dispose();
        return ValueTask.CompletedTask;
    }

    public async ValueTask<NodeResult> RunAsync(Target target)
    {
        var began = run.Time.GetTimestamp();
        var deadline = new Deadline(run.Time);
        using var node = new Node(run, target, deadline);
        run.Control.Enter(target, deadline);
        if (deadline.Ending is { } canceled)
            return Finish(node, canceled with { Outcome = NodeOutcome.NotStarted }, TimeSpan.Zero);
        node.Telemetry.Start(target, run.Time, began);
        for (var attemptBegan = began; ; attemptBegan = run.Time.GetTimestamp())
        {
            NodeResult result;
            byte[] stderr = [];
            try
            {
                if (node.Retries == 0)
                    await run.Events.AddAsync(new NodeConnecting(target)).ConfigureAwait(false);
                try
                {
                    result = await ConnectAndRunAsync(node).ConfigureAwait(false);
                }
                catch (TransportException failure) when (failure.IsUnstarted && !node.Deadline.HasFired)
                {
                    // The transport has learned that the connection can't be shared; it returns another one this time.
                    result = await ConnectAndRunAsync(node).ConfigureAwait(false);
                }
            }
            catch (Exception) when (node.Deadline.HasFired)
            {
                // After cancellation a transport may throw anything: the deadline is the cause.
                result = node.Deadline.Ending!;
            }
            catch (TransportException failure)
            {
                result = await DescribeAsync(node, failure).ConfigureAwait(false);
                stderr = failure.Stderr.ToArray();
            }
            catch (ObjectDisposedException failure) when (WasDisposed(run.Transport))
            {
                result = new NodeResult(NodeOutcome.ConnectFailed) { Message = $"disposed during the run: {failure.ObjectName}" };
            }
#pragma warning disable CA1031 // A bug at one node ends that node, never the run.
            catch (Exception bug)
#pragma warning restore CA1031
            {
                result = Fault(bug);
            }

            if (stderr.Length > 0)
            {
                node.Count(StreamKind.Stderr, stderr.Length);
                await run.Events.AddAsync(new NodeOutput(target, StreamKind.Stderr, stderr)).ConfigureAwait(false);
            }

            if (!job.Retries)
                return Finish(node, result, run.Time.GetElapsedTime(began));
            var attempt = Complete(node, result, run.Time.GetElapsedTime(attemptBegan));
            TimeSpan? delay;
            try
            {
                delay = job.GetRetryDelay(attempt);
            }
#pragma warning disable CA1031 // A filter of the caller that throws ends its node, never the run.
            catch (Exception bug)
#pragma warning restore CA1031
            {
                return Finish(node, Fault(bug), run.Time.GetElapsedTime(began));
            }

            if (delay is null)
                return Finish(node, attempt, run.Time.GetElapsedTime(began));
            if (await WaitForRetryAsync(node, attempt, delay.Value).ConfigureAwait(false) is { } ending)
                return Finish(node, ending, run.Time.GetElapsedTime(began));
        }
    }

    /// <summary>Announces another attempt and waits until it is due. Returns the result of the node if it is stopped meanwhile, else null.</summary>
    private async Task<NodeResult?> WaitForRetryAsync(Node node, NodeResult attempt, TimeSpan delay)
    {
        await run.Events.AddAsync(new NodeRetrying(node.Target, attempt, delay)).ConfigureAwait(false);
        // The limits of the attempt may have fired. From here on only a stop can.
        var deadline = new Deadline(run.Time);
        node.BeginRetry(deadline);
        run.Control.Reenter(node.Target, deadline);
        if (delay > TimeSpan.Zero)
            await Task.Delay(delay, run.Time, deadline.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return deadline.Ending is not { } ending ? null : ending with
        {
            Message = string.Create(
                CultureInfo.InvariantCulture, $"{node.Retries} {(node.Retries == 1 ? "attempt" : "attempts")} failed, the last one with: {attempt.Cause}"),
        };
    }

    private async Task<NodeResult> ConnectAndRunAsync(Node node)
    {
        if (job.ConnectsItself)
            return await job.RunAsync(node).ConfigureAwait(false);
        node.Deadline.StartPhase(_connecting);
        node.Deadline.ThrowIfFired();
        var session = await node.Deadline.WaitForAsync(
            run.Transport.ConnectAsync(node.Target, node.Deadline.Token)).ConfigureAwait(false);
        Returned.NotNull(session, run.Transport, nameof(ITransport.ConnectAsync));
        await using var disposing = session.ConfigureAwait(false);
        node.Deadline.ThrowIfFired();
        if (!session.ConnectsAtStart)
            node.Telemetry.Connect();
        var result = await job.RunAsync(node, session).ConfigureAwait(false);
        if (result.Outcome == NodeOutcome.Exited)
            run.RelativeLimit?.Complete(node.Target);
        return result;
    }

    /// <summary>Returns the result of a failure, once that of its cause at another node was reported.</summary>
    private async Task<NodeResult> DescribeAsync(Node node, TransportException failure)
    {
        if (failure.Cause is { } cause && cause.Index != node.Target.Index)
        {
            await Task.WhenAny(run.Ends.WhenEnded(cause), node.Deadline.Fired).ConfigureAwait(false);
            if (node.Deadline.Ending is { } ending)
                return ending;
        }

        var result = failure.ToResult();
        return result.Remedy == Remedy.UseTerminal && run.Plan.Job is PushJob or PullJob ? result with { Remedy = Remedy.MoveOnTerminal } : result;
    }

    public static NodeResult Fault(Exception bug) =>
        new(NodeOutcome.Faulted) { Message = $"{bug.GetType().Name}: {bug.Message}", Remedy = ResourceLimit.GetRemedy(bug) };

    private static bool WasDisposed(ITransport transport)
    {
        try
        {
            (transport as IDisposalCheck)?.ThrowIfDisposed();
            return false;
        }
        catch (ObjectDisposedException)
        {
            return true;
        }
    }

    private NodeResult Finish(Node node, NodeResult result, TimeSpan elapsed)
    {
        job.End(node);
        run.RelativeLimit?.End(node.Target);
        result = Complete(node, result, elapsed);
        node.Telemetry.End(result);
        return result;
    }

    /// <summary>Returns a result with whether its code counts as success.</summary>
    public static NodeResult Judge(NodeResult result, RunPlan plan) => plan.OkCodes is { } codes && result.Outcome == NodeOutcome.Exited
        ? result with { IsOkCode = codes.Contains(result.ExitCode ?? result.Code) }
        : result;

    private NodeResult Complete(Node node, NodeResult result, TimeSpan elapsed) => Judge(result, run.Plan) with
    {
        Elapsed = elapsed,
        IsMainRank = node.Target.Index == run.Plan.MainRank,
        MayStillRun = node.MayStillRun,
        Retries = node.Retries,
        Step = node.Step,
        StdoutBytes = node.StdoutBytes,
        StderrBytes = node.StderrBytes,
        TransferredFiles = node.Transfer?.Files ?? 0,
        TransferredBytes = node.Transfer?.Bytes ?? 0,
        DeletedFiles = node.Transfer?.Deleted ?? 0,
    };
}
