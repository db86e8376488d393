namespace Volley.Rollout;

/// <summary>How long the journals of runs are kept. The oldest are removed at the end of a run, until all limits are met.</summary>
public sealed record JournalLimits
{
    /// <summary>The largest number of runs.</summary>
    public int Runs { get; init; } = 10_000;

    /// <summary>The largest age.</summary>
    public TimeSpan Age { get; init; } = TimeSpan.FromDays(365);

    /// <summary>The largest size on disk of all journals together, in bytes.</summary>
    public long Bytes { get; init; } = 1L << 30;

    /// <summary>The number of bytes kept of the beginning and of the end of each stream of a target, for <see cref="JournalLevel.Ends"/>.</summary>
    public int EndBytes { get; init; } = 64 * 1024;
}
