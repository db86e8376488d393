using System.Text.Json;

namespace Volley.Json;

/// <summary>The JSON form of the events of a rollout that concern no single target.</summary>
internal static class JsonBatches
{
    /// <summary>Returns the name of an event.</summary>
    public static ReadOnlySpan<byte> GetName(NodeEvent nodeEvent) => nodeEvent switch
    {
        BatchStarted => "batch_started"u8,
        BatchFinished => "batch_finished"u8,
        BatchWaiting => "batch_waiting"u8,
        _ => "threshold_exceeded"u8,
    };

    /// <summary>Writes the members of an event.</summary>
    public static void Write(Utf8JsonWriter json, NodeEvent nodeEvent)
    {
        switch (nodeEvent)
        {
            case BatchStarted started:
                WriteBatch(json, started.Batch);
                break;
            case BatchFinished finished:
                WriteBatch(json, finished.Batch);
                json.WriteNumber("succeeded"u8, finished.Succeeded);
                json.WriteNumber("failed"u8, finished.Failed);
                break;
            case BatchWaiting waiting:
                WriteBatch(json, waiting.Batch);
                json.WriteSeconds("pause"u8, waiting.Pause);
                break;
            case ThresholdExceeded exceeded:
                json.WriteNode(exceeded.Target);
                json.WriteString("threshold"u8, JsonNames.Get(exceeded.Threshold));
                json.WriteNumber("count"u8, exceeded.Count);
                json.WriteNumber("limit"u8, exceeded.Limit);
                break;
        }
    }

    /// <summary>Reads an event. Returns null if the object is of another kind, or names an unknown target.</summary>
    public static NodeEvent? Read(JsonElement json, Func<int, Target?> target)
    {
        var name = json.GetProperty("event").GetString();
        if (name == "threshold_exceeded")
        {
            return target(json.GetProperty("rank").GetInt32()) is { } last
                ? new ThresholdExceeded(last, ReadThreshold(json), json.GetProperty("count").GetInt32(), json.GetProperty("limit").GetInt32())
                : null;
        }

        if (name is not ("batch_started" or "batch_finished" or "batch_waiting") || ReadBatch(json, target) is not { Targets: [var first, ..] } batch)
            return null;
        return name switch
        {
            "batch_started" => new BatchStarted(first, batch),
            "batch_finished" => new BatchFinished(first, batch, json.GetProperty("succeeded").GetInt32(), json.GetProperty("failed").GetInt32()),
            _ => new BatchWaiting(first, batch, json.GetProperty("pause") is { ValueKind: not JsonValueKind.Null } pause ? pause.ReadSeconds() : null),
        };
    }

    private static void WriteBatch(Utf8JsonWriter json, Batch batch)
    {
        json.WriteNumber("batch"u8, batch.Number);
        json.WriteNumber("batches"u8, batch.Count);
        json.WriteBoolean("canary"u8, batch.IsCanary);
        json.WriteBoolean("checks_only"u8, batch.ChecksOnly);
        json.WriteNumber("targets"u8, batch.Targets.Length);
        json.WriteString("nodes"u8, HostList.Fold(batch.Targets.Select(target => target.Label)));
        json.WriteStartArray("ranks"u8);
        foreach (var target in batch.Targets)
            json.WriteNumberValue(target.Index);
        json.WriteEndArray();
    }

    private static Batch ReadBatch(JsonElement json, Func<int, Target?> target) => new(
        json.GetProperty("batch").GetInt32(),
        json.GetProperty("batches").GetInt32(),
        [.. json.GetProperty("ranks").EnumerateArray().Select(rank => target(rank.GetInt32())).OfType<Target>()],
        json.GetProperty("canary").GetBoolean())
    {
        ChecksOnly = json.TryGetProperty("checks_only", out var checksOnly) && checksOnly.GetBoolean(),
    };

    private static RolloutThreshold ReadThreshold(JsonElement json) =>
        Enum.GetValues<RolloutThreshold>().FirstOrDefault(threshold => JsonNames.Get(threshold) == json.GetProperty("threshold").GetString());
}
