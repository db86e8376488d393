using System.Text.Json;

namespace Volley.Interop.Text;

/// <summary>Text of the operating system in JSON: a string; or, if it has bytes that are no characters, <c>{"base64": …}</c> with all of its bytes.</summary>
internal static class JsonSystemText
{
    /// <summary>Writes a text as a value.</summary>
    public static void Write(Utf8JsonWriter json, string text)
    {
        if (!SystemText.HasBytes(text))
        {
            json.WriteStringValue(text);
            return;
        }

        json.WriteStartObject();
        json.WriteBase64String("base64"u8, SystemText.Encode(text));
        json.WriteEndObject();
    }

    /// <summary>Reads a text from a value.</summary>
    /// <exception cref="JsonException">The value is neither a text nor the object for bytes.</exception>
    public static string Read(ref Utf8JsonReader json)
    {
        using var value = JsonDocument.ParseValue(ref json);
        return Read(value.RootElement);
    }

    /// <summary>Reads a text from a value.</summary>
    /// <exception cref="JsonException">The value is neither a text nor the object for bytes.</exception>
    public static string Read(JsonElement json)
    {
        try
        {
            return json.ValueKind switch
            {
                JsonValueKind.String => json.GetString()!,
                JsonValueKind.Object => SystemText.Decode(json.GetProperty("base64"u8).GetBytesFromBase64()),
                _ => throw new JsonException("a text was expected"),
            };
        }
        catch (Exception wrong) when (wrong is InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw new JsonException(wrong.Message, wrong);
        }
    }
}
