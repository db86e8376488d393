using Volley.Execution.Steps;

namespace Volley.Execution;

/// <summary>What all nodes of a run share.</summary>
/// <param name="Transport">Connects to the targets.</param>
/// <param name="ConnectTimeout">The connect timeout that the executor applies: infinite if the transport applies the plan's.</param>
/// <param name="Plan">The targets, the job and the limits.</param>
/// <param name="Control">The handle of the run.</param>
/// <param name="Events">Receives the events of all nodes.</param>
/// <param name="Time">The clock of all limits.</param>
internal sealed record RunContext(
    ITransport Transport, TimeSpan ConnectTimeout, RunPlan Plan, RunControl Control, EventQueue Events, TimeProvider Time)
{
    /// <summary>The limit of <see cref="RunPlan.RelativeTimeout"/>, or null.</summary>
    public RelativeLimit? RelativeLimit { get; init; }

    /// <summary>The ends of the nodes.</summary>
    public NodeEnds Ends { get; init; } = new();

    /// <summary>The barrier between the steps of a job that has one, or null.</summary>
    public StepBarrier? Barrier { get; init; }

    /// <summary>Returns a new limit of <see cref="RunPlan.RelativeTimeout"/>, or null.</summary>
    public static RelativeLimit? CreateRelativeLimit(RunPlan plan, TimeProvider time) =>
        plan.RelativeTimeout is { } factor ? new RelativeLimit(factor, plan.Targets.Length, time) : null;
}
