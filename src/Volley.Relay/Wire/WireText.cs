using System.Text.Json;
using System.Text.Json.Serialization;
using Volley.Interop.Text;

namespace Volley.Relay.Wire;

/// <summary>Texts of the operating system, which may have bytes that are no characters, arrive unchanged.</summary>
internal sealed class WireText : JsonConverter<string>
{
    public override string Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String ? reader.GetString()! : JsonSystemText.Read(ref reader);

    public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => JsonSystemText.Write(writer, value);

    public override string ReadAsPropertyName(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetString()!;

    public override void WriteAsPropertyName(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => writer.WritePropertyName(value);
}
