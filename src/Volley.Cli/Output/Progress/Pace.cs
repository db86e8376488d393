using System.Globalization;

namespace Volley.Cli.Output.Progress;

/// <summary>The speed of a run. Both texts are empty until the first node is done, and again when all are.</summary>
/// <param name="Rate">The number of nodes per second or minute: <c>12/s</c>.</param>
/// <param name="Remaining">The estimated remaining time: <c>1:05 left</c>.</param>
internal readonly record struct Pace(string Rate, string Remaining)
{
    /// <summary>The largest remaining time shown, in seconds: 100 hours.</summary>
    private const double MaxSeconds = 360_000;

    public static Pace Estimate(int done, int total, TimeSpan elapsed)
    {
        if (done == 0 || done >= total || elapsed <= TimeSpan.Zero)
            return new Pace("", "");
        var perSecond = done / elapsed.TotalSeconds;
        var rate = perSecond >= 1
            ? string.Create(CultureInfo.InvariantCulture, $"{(perSecond < 10 ? Math.Round(perSecond, 1) : Math.Round(perSecond))}/s")
            : string.Create(CultureInfo.InvariantCulture, $"{Math.Max(Math.Round(perSecond * 60), 1)}/min");
        return new Pace(rate, Left((total - done) / perSecond));
    }

    /// <summary>Returns the speed of file transfers, with the rate in bytes: <c>12 MB/s</c>.</summary>
    public static Pace EstimateBytes(long done, long total, TimeSpan elapsed) => done == 0 || done >= total || elapsed <= TimeSpan.Zero
        ? new Pace("", "")
        : new Pace(TransferText.Rate(done, elapsed), Left((total - done) / (done / elapsed.TotalSeconds)));

    private static string Left(double seconds) => $"{NumberText.Clock(TimeSpan.FromSeconds(Math.Min(seconds, MaxSeconds)))} left";
}
