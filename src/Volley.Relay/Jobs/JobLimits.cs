using Volley.Relay.Wire;

namespace Volley.Relay.Jobs;

/// <summary>The limits of a plan that apply at one target.</summary>
internal static class JobLimits
{
    public static WireLimits Write(RunPlan plan) => new()
    {
        ConnectTimeout = Seconds(plan.ConnectTimeout),
        CommandTimeout = Seconds(plan.CommandTimeout),
        IdleTimeout = Seconds(plan.IdleTimeout),
        Drain = Seconds(plan.Drain),
        StopGrace = plan.StopGrace.TotalSeconds,
        MaxOutput = plan.MaxOutput,
        OkCodes = plan.OkCodes is { } codes ? [.. codes.Order()] : null,
    };

    /// <summary>Returns a plan with the limits.</summary>
    /// <exception cref="ArgumentException">A limit is outside of its range.</exception>
    /// <exception cref="OverflowException">A time is too long.</exception>
    public static RunPlan Apply(WireLimits limits, RunPlan plan) => plan with
    {
        ConnectTimeout = Time(limits.ConnectTimeout),
        CommandTimeout = Time(limits.CommandTimeout),
        IdleTimeout = Time(limits.IdleTimeout),
        Drain = Time(limits.Drain),
        StopGrace = TimeSpan.FromSeconds(limits.StopGrace),
        MaxOutput = limits.MaxOutput,
        OkCodes = limits.OkCodes is { } codes ? [.. codes] : null,
    };

    private static double? Seconds(TimeSpan time) => time == Timeout.InfiniteTimeSpan ? null : time.TotalSeconds;

    private static TimeSpan Time(double? seconds) => seconds is { } value ? TimeSpan.FromSeconds(value) : Timeout.InfiniteTimeSpan;
}
