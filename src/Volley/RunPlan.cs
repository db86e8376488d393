using System.Collections.Immutable;
using Volley.Targets;

namespace Volley;

/// <summary>What to do, where, and within which limits.</summary>
/// <param name="Targets">The targets, in order; <see cref="Target.Index"/> is the place in this list.</param>
/// <param name="Job">What is done at each.</param>
public sealed record RunPlan(ImmutableArray<Target> Targets, Job Job)
{
    /// <summary>How many targets are between connecting and finished at once, at least 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is set to less than 1.</exception>
    public int Parallel
    {
        get;
        init => field = value >= 1 ? value : throw new ArgumentOutOfRangeException(nameof(Parallel), value, "at least 1");
    } = 64;

    /// <summary>The limit until a target is connected and authenticated; infinite for none.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is set to zero or less, and is not infinite.</exception>
    public TimeSpan ConnectTimeout { get; init => field = Limit(value, nameof(ConnectTimeout)); } = TimeSpan.FromSeconds(10);

    /// <summary>The limit of the command itself, from its start; infinite for none.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is set to zero or less, and is not infinite.</exception>
    public TimeSpan CommandTimeout { get; init => field = Limit(value, nameof(CommandTimeout)); } = Timeout.InfiniteTimeSpan;

    /// <summary>What the first failure does to the rest of the run.</summary>
    public FailurePolicy OnFailure { get; init; } = FailurePolicy.Continue;

    /// <summary>How long a command that is ended has between TERM and KILL.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is negative.</exception>
    public TimeSpan StopGrace
    {
        get;
        init => field = value >= TimeSpan.Zero ? value : throw new ArgumentOutOfRangeException(nameof(StopGrace), value, "not negative");
    } = TimeSpan.FromSeconds(2);

    /// <summary>The most bytes that one target may print, both streams together; null for no limit. A target that prints more is ended as a stop would end it.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is set to zero or less.</exception>
    public long? MaxOutput
    {
        get;
        init => field = value is null or > 0 ? value : throw new ArgumentOutOfRangeException(nameof(MaxOutput), value, "above zero, or null");
    }

    /// <summary>
    /// Called before each read of a target's output: returns null where there is room for more, else a task that completes once
    /// there is. Until then the target's output is not read, which holds up its command. It is called on any thread and must not block.
    /// </summary>
    public Func<Target, Task?>? OutputGate { get; init; }

    /// <summary>
    /// How long the output of a command that has exited must be silent before the target is finished although the streams are
    /// still open; zero to read only what the command itself printed, infinite to wait until the streams end.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">It is negative, and not infinite.</exception>
    public TimeSpan Drain
    {
        get;
        init => field = value >= TimeSpan.Zero || value == Timeout.InfiniteTimeSpan
            ? value
            : throw new ArgumentOutOfRangeException(nameof(Drain), value, "not negative, or infinite");
    } = TimeSpan.FromMilliseconds(250);

    /// <summary>The index of the target whose exit code is the run's under <see cref="ExitCodeStrategy.MainRank"/>.</summary>
    public int MainRank { get; init; }

    private static TimeSpan Limit(TimeSpan value, string name) =>
        value > TimeSpan.Zero || value == Timeout.InfiniteTimeSpan
            ? value
            : throw new ArgumentOutOfRangeException(name, value, "above zero, or infinite");
}
