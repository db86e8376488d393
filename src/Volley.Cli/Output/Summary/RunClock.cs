namespace Volley.Cli.Output.Summary;

/// <summary>The start of a run as a calendar time, and the time elapsed since then on a monotonic clock.</summary>
internal sealed class RunClock(TimeProvider time)
{
    private readonly long _began = time.GetTimestamp();

    public DateTimeOffset StartedAt { get; } = time.GetUtcNow();

    public TimeSpan Elapsed => time.GetElapsedTime(_began);

    /// <summary>The duration of the run up to the last node's end. Time that the user spends in the terminal UI afterwards does not count.</summary>
    public TimeSpan Duration { get; private set; }

    /// <summary>Records the end of a node.</summary>
    public void NodeEnded() => Duration = Elapsed;
}
