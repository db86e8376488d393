using System.Globalization;

namespace Volley.Cli.Output;

/// <summary>Formats numbers for people.</summary>
internal static class NumberText
{
    /// <summary>Returns a duration in seconds with one decimal: <c>0.8 s</c>.</summary>
    public static string Seconds(TimeSpan duration) => string.Create(CultureInfo.InvariantCulture, $"{duration.TotalSeconds:0.0} s");

    /// <summary>Returns a duration in the units that it has: <c>0.5 s</c>, <c>5 min</c>, <c>1 h 30 min</c>.</summary>
    public static string Duration(TimeSpan duration)
    {
        if (duration < TimeSpan.FromMinutes(1))
            return string.Create(CultureInfo.InvariantCulture, $"{duration.TotalSeconds:0.###} s");
        (long Count, string Unit)[] parts = [((long)duration.TotalHours, "h"), (duration.Minutes, "min"), (duration.Seconds, "s")];
        return string.Join(' ', parts.Where(part => part.Count > 0).Select(part => string.Create(CultureInfo.InvariantCulture, $"{part.Count} {part.Unit}")));
    }

    /// <summary>Returns a count with its noun: <c>1 node</c>, <c>3 nodes</c>.</summary>
    public static string Count(long count, string noun) => string.Create(CultureInfo.InvariantCulture, $"{count} {noun}{(count == 1 ? "" : "s")}");

    /// <summary>Returns a duration rounded up to seconds: <c>0:07</c>, <c>12:30</c>, <c>1:02:30</c>.</summary>
    public static string Clock(TimeSpan duration)
    {
        var seconds = (long)Math.Ceiling(duration.TotalSeconds);
        return seconds < 3600
            ? string.Create(CultureInfo.InvariantCulture, $"{seconds / 60}:{seconds % 60:00}")
            : string.Create(CultureInfo.InvariantCulture, $"{seconds / 3600}:{seconds / 60 % 60:00}:{seconds % 60:00}");
    }

    /// <summary>Returns a size in decimal units: <c>17 B</c>, <c>1.2 MB</c>.</summary>
    public static string Bytes(long count)
    {
        string[] units = ["B", "kB", "MB", "GB", "TB"];
        double value = count;
        var unit = 0;
        // A value that would round to 1000.0 moves to the next unit.
        for (; value >= 999.95 && unit < units.Length - 1; unit++)
            value /= 1000;
        return string.Create(CultureInfo.InvariantCulture, $"{(unit == 0 ? value : Math.Round(value, 1))} {units[unit]}");
    }
}
