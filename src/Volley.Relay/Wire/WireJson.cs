using System.Text.Json;
using System.Text.Json.Serialization;

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
internal sealed partial class WireJson : JsonSerializerContext;
