using System.Collections.Immutable;
using Volley.Execution;
using Volley.Hosts;

namespace Volley;

/// <summary>The targets, the job and the limits of a run. A plan can be run any number of times.</summary>
/// <remarks>The values that a plan takes are checked when it is made, before a run begins.</remarks>
public sealed record RunPlan
{
    /// <summary>Creates a plan.</summary>
    /// <param name="targets">
    /// The targets, in order. They may come from another plan. The plan gives each its <see cref="Target.Index"/> and a unique
    /// <see cref="Target.Label"/>; targets that differ in these are copied.
    /// </param>
    /// <param name="job">The work to do at each target.</param>
    /// <exception cref="ArgumentException">
    /// A target is null, the engine has no runner for this kind of job, or the job does not fit the targets.
    /// </exception>
    public RunPlan(IEnumerable<Target> targets, Job job)
    {
        Targets = TargetLabels.ForPlan(targets);
        AllTargets = Targets;
        Job = Runnable(job, AllTargets, nameof(job));
    }

    /// <summary>The targets, in order. Their <see cref="Target.Index"/> is the index in this list, unless <see cref="Only"/> made the plan.</summary>
    public ImmutableArray<Target> Targets { get; private init; }

    /// <summary>The work to do at each target.</summary>
    /// <exception cref="ArgumentException">The engine has no runner for this kind of job, or the job does not fit the targets.</exception>
    public Job Job { get; init => field = Runnable(value, AllTargets, nameof(Job)); }

    /// <summary>The largest number of targets between connecting and finished at the same time, at least 1. The default is 64.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is less than 1.</exception>
    public int MaxConcurrency { get; init => field = Argument.AtLeast(1, value, nameof(MaxConcurrency)); } = 64;

    /// <summary>The connect timeout that a plan has unless it sets another one.</summary>
    internal static readonly TimeSpan DefaultConnectTimeout = TimeSpan.FromSeconds(10);

    /// <summary>
    /// The time limit for connecting and authenticating, or infinite for none. The default is 10 seconds. The transports over SSH apply it to each
    /// attempt, without the waits for a turn and between attempts. There a ConnectTimeout of ssh_config(5) takes precedence over it, and
    /// <see cref="SshOptions.ConnectTimeout"/> over both.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is zero, negative and not infinite, or above 49 days.</exception>
    public TimeSpan ConnectTimeout { get; init => field = Argument.Limit(value, nameof(ConnectTimeout)); } = DefaultConnectTimeout;

    /// <summary>The time limit of the command, from its start, or infinite for none. The default is infinite.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is zero, negative and not infinite, or above 49 days.</exception>
    public TimeSpan CommandTimeout { get; init => field = Argument.Limit(value, nameof(CommandTimeout)); } = Timeout.InfiniteTimeSpan;

    /// <summary>
    /// The longest silence of a running command, or infinite for no limit. A command that prints nothing on either stream for this time is ended. Time in which
    /// its output is not read, because the reader of the events is slow, does not count. The default is infinite. Jobs without a command have no such limit.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is zero, negative and not infinite, or above 49 days.</exception>
    public TimeSpan IdleTimeout { get; init => field = Argument.Limit(value, nameof(IdleTimeout)); } = Timeout.InfiniteTimeSpan;

    /// <summary>
    /// The time limit of a command as a multiple of the median duration of the commands that have exited, or null for none, which is the default. It
    /// applies once half of the targets have ended, follows the median, and is never less than a second. The same holds for transfers of files.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not above 1, or above 1,000,000.</exception>
    public double? RelativeTimeout { get; init => field = Argument.Multiple(value, nameof(RelativeTimeout)); }

    /// <summary>
    /// The time limit of the whole run, from its begin, or infinite for none. When it has elapsed, the run is stopped with
    /// <see cref="StopReason.Deadline"/>. The default is infinite.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is zero, negative and not infinite, or above 49 days.</exception>
    public TimeSpan Deadline { get; init => field = Argument.Limit(value, nameof(Deadline)); } = Timeout.InfiniteTimeSpan;

    /// <summary>
    /// Whether the first failure stops the run: queued targets never start, running commands are ended. Otherwise every target runs, which is the
    /// default.
    /// </summary>
    public bool FailFast { get; init; }

    /// <summary>The exit codes of the command that count as success, or null for 0 alone, which is the default.</summary>
    public ImmutableHashSet<int>? OkCodes { get; init; }

    /// <summary>Creates the schedule of a run, which decides when each target starts; null for the order of the plan.</summary>
    public Func<ScheduleContext, ITargetSchedule>? Schedule { get; init; }

    /// <summary>The time between TERM and KILL for a command that is ended. The default is 2 seconds.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative or above 49 days.</exception>
    public TimeSpan StopGrace { get; init => field = Argument.Time(value, nameof(StopGrace)); } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// The largest number of bytes that one target may print on both streams and in all attempts together, or null for no limit. A target that prints more
    /// is ended in the way of a stop.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is zero or negative.</exception>
    public long? MaxOutput { get; init => field = Argument.Positive(value, nameof(MaxOutput)); }

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
    /// <exception cref="ArgumentOutOfRangeException">The value is negative and not infinite, or above 49 days.</exception>
    public TimeSpan Drain { get; init => field = Argument.Wait(value, nameof(Drain)); } = TimeSpan.FromMilliseconds(250);

    /// <summary>The index of the target whose exit code is the run's with <see cref="ExitCodeStrategy.MainRank"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative, or no target of the plan has this index.</exception>
    public int MainRank
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value, nameof(MainRank));
            // A plan without targets has no other value.
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, Math.Max(0, IndexCount - 1), nameof(MainRank));
            field = value;
        }
    }

    /// <summary>The number of indices: that of the targets, unless <see cref="Only"/> made the plan.</summary>
    internal int IndexCount => AllTargets.Length;

    /// <summary>All targets, by index, also if <see cref="Only"/> made the plan.</summary>
    internal ImmutableArray<Target> AllTargets { get; }

    /// <summary>
    /// Returns this plan for some of its targets. They keep their index, so that a summary of this plan or any other record by index can take
    /// their new results. For a plan with indices of its own, pass the targets to a new plan.
    /// </summary>
    /// <param name="targets">The targets, each from this plan. They run in the order of the plan.</param>
    /// <returns>A plan for those targets with the same job and limits.</returns>
    /// <exception cref="ArgumentException">A target is not of this plan.</exception>
    public RunPlan Only(IEnumerable<Target> targets)
    {
        ArgumentNullException.ThrowIfNull(targets);
        var indices = new SortedSet<int>();
        foreach (var target in targets)
        {
            indices.Add(Contains(target)
                ? target.Index
                : throw new ArgumentException($"{target?.Label ?? "null"} is not a target of this plan", nameof(targets)));
        }
        return this with { Targets = [.. Targets.Where(target => indices.Contains(target.Index))] };
    }

    /// <summary>Returns whether a target is one of this plan's.</summary>
    internal bool Contains(Target? target)
    {
        if (target is null)
            return false;
        var position = Targets.Length == IndexCount
            ? target.Index
            : Targets.BinarySearch(target, Comparer<Target>.Create((one, other) => one.Index.CompareTo(other.Index)));
        return position >= 0 && position < Targets.Length && Targets[position].Equals(target);
    }

    private static Job Runnable(Job job, ImmutableArray<Target> targets, string name)
    {
        JobRunners.Check(job, targets, name);
        return job;
    }
}
