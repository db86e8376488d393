using System.Globalization;

namespace Volley.Cli.Rendering;

/// <summary>How numbers are put to a reader.</summary>
internal static class Words
{
    /// <summary>A duration in seconds with one decimal: <c>0.8 s</c>.</summary>
    public static string Seconds(TimeSpan duration) => string.Create(CultureInfo.InvariantCulture, $"{duration.TotalSeconds:0.0} s");
}
