using System.Globalization;
using System.Text.Json;

namespace Volley.Cli.Output.Json;

/// <summary>Times of the calendar in JSON.</summary>
internal static class JsonTime
{
    /// <summary>Writes a time in UTC, with milliseconds.</summary>
    public static void WriteTime(this Utf8JsonWriter json, ReadOnlySpan<byte> name, DateTimeOffset time) =>
        json.WriteString(name, time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
}
