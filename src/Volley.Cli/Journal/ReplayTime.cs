namespace Volley.Cli.Journal;

/// <summary>The clock of a run that is shown again: it has the times of the journal.</summary>
/// <param name="startedAt">The time of the start.</param>
internal sealed class ReplayTime(DateTimeOffset startedAt) : TimeProvider
{
    private TimeSpan _elapsed;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>Sets the time since the start.</summary>
    public void MoveTo(TimeSpan elapsed) => _elapsed = elapsed;

    public override long GetTimestamp() => _elapsed.Ticks;

    public override DateTimeOffset GetUtcNow() => startedAt + _elapsed;
}
