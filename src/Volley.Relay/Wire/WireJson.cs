using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Volley.Relay.Wire;

/// <summary>The JSON form of the messages. It is generated at build time, so that it works without reflection.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, AllowDuplicateProperties = false,
    Converters = [typeof(WireText)])]
[JsonSerializable(typeof(WorkItem))]
[JsonSerializable(typeof(TargetRecord))]
[JsonSerializable(typeof(SignedJob))]
[JsonSerializable(typeof(JobDocument))]
[JsonSerializable(typeof(TargetPiece))]
[JsonSerializable(typeof(RelayPresence))]
[JsonSerializable(typeof(ControlMessage))]
[JsonSerializable(typeof(BeatMessage))]
[JsonSerializable(typeof(ControllerRecord))]
[JsonSerializable(typeof(SecretsRequest))]
[JsonSerializable(typeof(SecretsReply))]
[JsonSerializable(typeof(RefusedLine))]
internal sealed partial class WireJson : JsonSerializerContext
{
    /// <summary>Parses a message that any program may have written. Returns null if it is not of the form.</summary>
    public static T? Parse<T>(ReadOnlySpan<byte> message, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(message, type);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
