using System.Collections.Immutable;

namespace Volley;

/// <summary>A job that runs several commands at each target, one after the other over one session. The first failure ends the target.</summary>
/// <remarks>
/// <para>
/// Each step begins with a <see cref="NodeStarted"/> that has its number, and the output up to the next one is that of the step. The result is that of the step
/// at which the target ended, which is <see cref="NodeResult.Step"/>; its numbers of bytes and its duration are those of all steps.
/// </para>
/// <para>The time limits of a plan for commands apply to each step, and <see cref="RunPlan.MaxOutput"/> to all steps together.</para>
/// </remarks>
public sealed record StepsJob : Job
{
    /// <summary>Creates a job.</summary>
    /// <param name="steps">The commands, in order. Those with an input each need one of their own.</param>
    /// <exception cref="ArgumentException">There are no steps, one of them is null, or one of them has retries, which a step can't have.</exception>
    public StepsJob(params IEnumerable<CommandJob> steps)
    {
        ArgumentNullException.ThrowIfNull(steps);
        Steps = [.. steps];
        if (Steps.IsEmpty)
            throw new ArgumentException("a job needs at least one step", nameof(steps));
        if (Steps.Contains(null!))
            throw new ArgumentException("a step is null", nameof(steps));
        if (Steps.Any(step => step.Retry is not null))
            throw new ArgumentException("a step can't have retries", nameof(steps));
    }

    /// <summary>The commands, in order.</summary>
    public ImmutableArray<CommandJob> Steps { get; }

    /// <summary>
    /// Whether a step begins only after the step before it has ended at every target of the run. Targets that have failed are not waited for. The sessions of all
    /// targets stay open meanwhile; <see cref="RunPlan.MaxConcurrency"/> limits the targets that connect or run a step at the same time. The default is false.
    /// </summary>
    public bool HasBarrier { get; init; }

    /// <summary>The commands as a user would type them, for display.</summary>
    public string Title => string.Join(", then ", Steps.Select(step => step.Title));
}
