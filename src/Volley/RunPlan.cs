using System.Collections.Immutable;
using Volley.Execution;

namespace Volley;

/// <summary>The targets, the job and the limits of a run.</summary>
/// <param name="Targets">The targets, in order; <see cref="Target.Index"/> is the index in this list.</param>
/// <param name="Job">The work to do at each target.</param>
public sealed record RunPlan(ImmutableArray<Target> Targets, Job Job)
{
    /// <summary>The work to do at each target.</summary>
    /// <exception cref="ArgumentException">The engine has no runner for this kind of job.</exception>
    public Job Job { get; init => field = Runnable(value); } = Runnable(Job);

    /// <summary>The largest number of targets between connecting and finished at the same time, at least 1. The default is 64.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is less than 1.</exception>
    public int Parallel
    {
        get;
        init => field = value >= 1 ? value : throw new ArgumentOutOfRangeException(nameof(Parallel), value, "at least 1");
    } = 64;

    /// <summary>The time limit for connecting and authenticating, or infinite for none. The default is 10 seconds.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is zero or negative, and not infinite.</exception>
    public TimeSpan ConnectTimeout { get; init => field = Limit(value, nameof(ConnectTimeout)); } = TimeSpan.FromSeconds(10);

    /// <summary>The time limit of the command, from its start, or infinite for none. The default is infinite.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is zero or negative, and not infinite.</exception>
    public TimeSpan CommandTimeout { get; init => field = Limit(value, nameof(CommandTimeout)); } = Timeout.InfiniteTimeSpan;

    /// <summary>The effect of the first failure on the rest of the run.</summary>
    public FailurePolicy OnFailure { get; init; } = FailurePolicy.Continue;

    /// <summary>The time between TERM and KILL for a command that is ended. The default is 2 seconds.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public TimeSpan StopGrace
    {
        get;
        init => field = value >= TimeSpan.Zero ? value : throw new ArgumentOutOfRangeException(nameof(StopGrace), value, "not negative");
    } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// The largest number of bytes that one target may print on both streams together, or null for no limit. A target that prints more
    /// is ended in the way of a stop.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is zero or negative.</exception>
    public long? MaxOutput
    {
        get;
        init => field = value is null or > 0 ? value : throw new ArgumentOutOfRangeException(nameof(MaxOutput), value, "above zero, or null");
    }

    /// <summary>
    /// Holds back the output of a target. It is called before each read, and returns null if there is room for more, else a task that
    /// completes once there is. Until then the output is not read, which blocks the command. It is called on any thread and must not block.
    /// </summary>
    public Func<Target, Task?>? OutputGate { get; init; }

    /// <summary>
    /// Whether the data of each <see cref="NodeOutput"/> is valid only until the reader asks for the next event, because its buffer is then
    /// used again. A reader that keeps the data copies it. Saves an allocation and a copy for each event. The default is false: events
    /// own their data.
    /// </summary>
    public bool ReusesOutputBuffers { get; init; }

    /// <summary>
    /// How long the output of a command that has exited must be silent before the target finishes although its streams are still open.
    /// Zero reads only what the command itself printed; infinite waits until the streams end. The default is 250 milliseconds.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative, and not infinite.</exception>
    public TimeSpan Drain
    {
        get;
        init => field = value >= TimeSpan.Zero || value == Timeout.InfiniteTimeSpan
            ? value
            : throw new ArgumentOutOfRangeException(nameof(Drain), value, "not negative, or infinite");
    } = TimeSpan.FromMilliseconds(250);

    /// <summary>The index of the target whose exit code is the run's with <see cref="ExitCodeStrategy.MainRank"/>.</summary>
    public int MainRank { get; init; }

    private static Job Runnable(Job job)
    {
        _ = JobRunners.For(job);
        return job;
    }

    private static TimeSpan Limit(TimeSpan value, string name) =>
        value > TimeSpan.Zero || value == Timeout.InfiniteTimeSpan
            ? value
            : throw new ArgumentOutOfRangeException(name, value, "above zero, or infinite");
}
