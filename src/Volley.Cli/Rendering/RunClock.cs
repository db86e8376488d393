namespace Volley.Cli.Rendering;

/// <summary>When a run began, by the calendar, and how long ago that is, by a clock that is never set.</summary>
internal sealed class RunClock(TimeProvider time)
{
    private readonly long _began = time.GetTimestamp();

    public DateTimeOffset StartedAt { get; } = time.GetUtcNow();

    public TimeSpan Elapsed => time.GetElapsedTime(_began);

    /// <summary>How long the run took: until the last node that ended, however long somebody looks at it afterwards.</summary>
    public TimeSpan Took { get; private set; }

    /// <summary>A node has ended.</summary>
    public void NodeEnded() => Took = Elapsed;
}
