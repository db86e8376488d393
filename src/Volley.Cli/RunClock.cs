namespace Volley.Cli;

/// <summary>When a run began, by the calendar, and how long ago that is, by a clock that is never set.</summary>
internal sealed class RunClock(TimeProvider time)
{
    private readonly long _began = time.GetTimestamp();

    public DateTimeOffset StartedAt { get; } = time.GetUtcNow();

    public TimeSpan Elapsed => time.GetElapsedTime(_began);
}
