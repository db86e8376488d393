namespace Volley.Rollout;

/// <summary>
/// How long the journals of runs are kept. The oldest are removed until all limits are met, at the end of each run whose number is a multiple of
/// <see cref="CheckInterval"/>, or which is large.
/// </summary>
public sealed record JournalLimits
{
    /// <summary>The largest number of runs.</summary>
    public int Runs { get; init; } = 10_000;

    /// <summary>The number of runs between two checks of the limits: a hundredth of the largest number, at most 50.</summary>
    public int CheckInterval => Math.Clamp(Runs / 100, 1, 50);

    /// <summary>The largest age.</summary>
    public TimeSpan Age { get; init; } = TimeSpan.FromDays(365);

    /// <summary>The largest size on disk of all journals together, in bytes.</summary>
    public long Bytes { get; init; } = 1L << 30;

    /// <summary>The number of bytes kept of the beginning and of the end of each stream of a target, for <see cref="JournalLevel.Ends"/>.</summary>
    public int EndBytes { get; init; } = 64 * 1024;
}
