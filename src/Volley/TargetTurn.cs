using Volley.Execution;
using Volley.Execution.Telemetry;

namespace Volley;

/// <summary>One target during a run, for an <see cref="ITargetRunner"/>: what it works with, and where it reports.</summary>
public sealed class TargetTurn
{
    private readonly RunPlan _plan;
    private readonly EventQueue _events;
    private readonly RelativeLimit? _relativeLimit;
    private volatile bool _hasEnded;

    /// <summary>The measurements of this target. A field, because its methods change it.</summary>
    internal NodeTelemetry Telemetry;

    internal TargetTurn(Target target, RunPlan plan, RunControl control, EventQueue events, RelativeLimit? relativeLimit, TimeProvider time)
    {
        (Target, _plan, _events, _relativeLimit) = (target, plan, events, relativeLimit);
        Deadline = new Deadline(time);
        Hurry = control.Hurry;
    }

    /// <summary>The target, from the plan of the run.</summary>
    public Target Target { get; }

    /// <summary>Fires when the target must end: the run was stopped, the target was canceled, or a limit of the run was reached.</summary>
    public CancellationToken Stopping => Deadline.Token;

    /// <summary>Why the target must end: the result that it then has. It is set before <see cref="Stopping"/> fires, and null until then.</summary>
    public NodeResult? Ending => Deadline.Ending;

    /// <summary>Fires when the grace of a stop is to be cut short: <see cref="RunControl.StopNow"/>.</summary>
    public CancellationToken Hurry { get; }

    internal Deadline Deadline { get; }

    /// <summary>Reports what happens at the target, and waits while the reader of the run is slow. After the end of the target it has no effect.</summary>
    /// <param name="nodeEvent">The event, whose data is not changed afterwards. The end is not an event: <see cref="ITargetRunner.RunAsync"/> returns it.</param>
    /// <returns>A task that completes when there is room for the next event.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="nodeEvent"/> is null.</exception>
    /// <exception cref="ArgumentException">The event is of another target, or is its end.</exception>
    public ValueTask ReportAsync(NodeEvent nodeEvent)
    {
        ArgumentNullException.ThrowIfNull(nodeEvent);
        if (nodeEvent is NodeFinished || !ReferenceEquals(nodeEvent.Target, Target))
            throw new ArgumentException($"not an event of {Target.Label} before its end", nameof(nodeEvent));
        if (_hasEnded || (nodeEvent is NodeOutput && Deadline.IsOutputLimitReached))
            return ValueTask.CompletedTask;
        if (nodeEvent is NodeStarted)
        {
            Telemetry.StartCommand();
            _relativeLimit?.Begin(Target, Deadline, "the command ran longer than");
        }

        return nodeEvent is NodeOutput && _plan.OutputGate?.Invoke(Target) is { IsCompleted: false } closed
            ? new ValueTask(AddAfterAsync(closed, nodeEvent))
            : _events.AddAsync(nodeEvent);
    }

    /// <summary>Ends the turn: nothing may follow the target's end.</summary>
    internal void End()
    {
        _hasEnded = true;
        Deadline.Dispose();
    }

    private async Task AddAfterAsync(Task closed, NodeEvent nodeEvent)
    {
        await closed.ConfigureAwait(false);
        if (!_hasEnded && !Deadline.IsOutputLimitReached)
            await _events.AddAsync(nodeEvent).ConfigureAwait(false);
    }
}
