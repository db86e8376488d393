using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Volley.Execution.Telemetry;

/// <summary>
/// The activity source and the meter of the engine, both named <c>Volley</c>. An instrument without a listener costs a check of a field,
/// so callers do not ask first.
/// </summary>
internal static class Instruments
{
    public const string Name = "Volley";

    private static readonly string? Version = typeof(Instruments).Assembly.GetName().Version?.ToString(3);

    private static readonly Meter Meter = new(Name, Version);

    private static long _active;

    public static readonly ActivitySource Activities = new(Name, Version);

    public static readonly Counter<long> Runs = Meter.CreateCounter<long>("volley.runs", "{run}", "Runs that have ended.");

    public static readonly Counter<long> Targets = Meter.CreateCounter<long>("volley.targets", "{target}", "Targets that have finished.");

    public static readonly Counter<long> Output = Meter.CreateCounter<long>("volley.output", "By", "Bytes that targets have sent on their output streams.");

    public static readonly Histogram<double> ConnectDuration = Meter.CreateHistogram(
        "volley.connect.duration", "s", "Time from leaving the queue until the target was connected and authenticated, or failed to be.",
        advice: new InstrumentAdvice<double>
        {
            HistogramBucketBoundaries = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
        });

    public static readonly Histogram<double> CommandDuration = Meter.CreateHistogram(
        "volley.command.duration", "s", "Time from a command's start to the end of its target.", advice: new InstrumentAdvice<double>
        {
            HistogramBucketBoundaries = [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 1800, 3600],
        });

    /// <summary>Observed, not added to, so that a listener that attaches during a run gets the true number.</summary>
    public static readonly ObservableUpDownCounter<long> ActiveTargets = Meter.CreateObservableUpDownCounter(
        "volley.active_targets", static () => Interlocked.Read(ref _active), "{target}", "Targets between leaving the queue and finishing.");

    /// <summary>Counts a target that has left the queue.</summary>
    public static void Enter() => Interlocked.Increment(ref _active);

    /// <summary>Counts a target that has finished.</summary>
    public static void Leave() => Interlocked.Decrement(ref _active);
}
