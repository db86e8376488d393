namespace Volley.Execution;

/// <summary>
/// Runs targets by an <see cref="ITargetRunner"/>. It owns the deadline: one that fired goes before any exception, and every exception becomes a result.
/// </summary>
internal sealed class TurnRunner(Func<RunPlan, RunControl, ITargetRunner> create, RunPlan plan, RunControl control, EventQueue events, TimeProvider time)
    : INodeRunner
{
    private readonly RelativeLimit? _relativeLimit = RunContext.CreateRelativeLimit(plan, time);
    private ITargetRunner? _targets;

    public void Begin() => _targets = create(plan, control) ?? throw new InvalidOperationException("the factory has made no runner");

    public async ValueTask<NodeResult> RunAsync(Target target)
    {
        var began = time.GetTimestamp();
        var turn = new TargetTurn(target, plan, control, events, _relativeLimit, time);
        control.Enter(target, turn.Deadline);
        if (turn.Ending is { } canceled)
            return Finish(turn, canceled with { Outcome = NodeOutcome.NotStarted });
        turn.Telemetry.Start(target, time, began);
        NodeResult result;
        try
        {
            result = await _targets!.RunAsync(turn).ConfigureAwait(false) ?? throw new InvalidOperationException("the runner returned no result");
            if (result.Outcome == NodeOutcome.Exited)
                _relativeLimit?.Complete(target);
        }
        catch (Exception) when (turn.Ending is not null)
        {
            // After cancellation a runner may throw anything: the deadline is the cause.
            result = turn.Ending with { Elapsed = time.GetElapsedTime(began), MayStillRun = true };
        }
        catch (TransportException failure)
        {
            result = failure.ToResult() with { Elapsed = time.GetElapsedTime(began) };
        }
#pragma warning disable CA1031 // A bug at one target ends that target, never the run.
        catch (Exception bug)
#pragma warning restore CA1031
        {
            result = NodeRunner.Fault(bug) with { Elapsed = time.GetElapsedTime(began), MayStillRun = true };
        }

        return Finish(turn, result);
    }

    public async ValueTask DisposeAsync()
    {
        _relativeLimit?.Dispose();
        if (_targets is not null)
            await _targets.DisposeAsync().ConfigureAwait(false);
    }

    private NodeResult Finish(TargetTurn turn, NodeResult result)
    {
        turn.End();
        _relativeLimit?.End(turn.Target);
        result = result with { IsMainRank = turn.Target.Index == plan.MainRank };
        turn.Telemetry.End(result);
        return result;
    }
}
