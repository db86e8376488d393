using System.Collections.Immutable;
using System.Text.Json;
using Volley.Interop.Text;

namespace Volley.Json;

/// <summary>Members with texts of the operating system.</summary>
internal static class JsonTexts
{
    public static void WriteText(this Utf8JsonWriter json, string name, string value)
    {
        json.WritePropertyName(name);
        JsonSystemText.Write(json, value);
    }

    /// <summary>Writes a text; nothing if it is null.</summary>
    public static void WriteText(this Utf8JsonWriter json, ReadOnlySpan<byte> name, string? value)
    {
        if (value is null)
            return;
        json.WritePropertyName(name);
        JsonSystemText.Write(json, value);
    }

    public static void WriteTexts(this Utf8JsonWriter json, ReadOnlySpan<byte> name, IEnumerable<string> values)
    {
        json.WriteStartArray(name);
        foreach (var value in values)
            JsonSystemText.Write(json, value);
        json.WriteEndArray();
    }

    public static string ReadText(this JsonElement json) => JsonSystemText.Read(json);

    public static string? ReadOptionalText(this JsonElement json, ReadOnlySpan<byte> name) =>
        json.TryGetProperty(name, out var value) ? JsonSystemText.Read(value) : null;

    public static ImmutableArray<string> ReadTexts(this JsonElement json) => [.. json.EnumerateArray().Select(JsonSystemText.Read)];
}
