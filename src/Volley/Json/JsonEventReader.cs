using System.Text;
using System.Text.Json;
using Volley.Json;

namespace Volley;

/// <summary>Reads events of targets from their JSON form, as <see cref="JsonEventWriter"/> writes it.</summary>
public static class JsonEventReader
{
    /// <summary>Reads the event of a target from a line.</summary>
    /// <param name="line">The line: one JSON object in UTF-8.</param>
    /// <param name="target">Returns the target of a rank, or null for an unknown rank.</param>
    /// <param name="time">The time of the event since the start of the run.</param>
    /// <returns>The event, or null if the line is of another kind, such as <c>begin</c>, or of a rank without a target.</returns>
    /// <exception cref="JsonException">The line is not an object of the documented form.</exception>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    public static NodeEvent? Read(ReadOnlyMemory<byte> line, Func<int, Target?> target, out TimeSpan time)
    {
        ArgumentNullException.ThrowIfNull(target);
        using var document = JsonDocument.Parse(line);
        return Read(document.RootElement, target, out time);
    }

    /// <summary>Reads the event of a target from a parsed line.</summary>
    /// <param name="json">The object. The event does not refer to it.</param>
    /// <param name="target">Returns the target of a rank, or null for an unknown rank.</param>
    /// <param name="time">The time of the event since the start of the run.</param>
    /// <returns>The event, or null if the line is of another kind, such as <c>begin</c>, or of a rank without a target.</returns>
    /// <exception cref="JsonException">The object is not of the documented form.</exception>
    /// <exception cref="ArgumentNullException">The function is null.</exception>
    public static NodeEvent? Read(JsonElement json, Func<int, Target?> target, out TimeSpan time)
    {
        ArgumentNullException.ThrowIfNull(target);
        try
        {
            time = json.GetProperty("time").ReadSeconds();
            if (JsonBatches.Read(json, target) is { } batchEvent)
                return batchEvent;
            return json.GetProperty("event").GetString() is { } name && json.TryGetProperty("rank", out var rank) && target(rank.GetInt32()) is { } found
                ? Read(name, json, found)
                : null;
        }
        catch (Exception wrong) when (wrong is InvalidOperationException or KeyNotFoundException or FormatException or OverflowException)
        {
            throw new JsonException(wrong.Message, wrong);
        }
    }

    /// <summary>Reads the result of a target.</summary>
    /// <param name="json">An object with the members of a result.</param>
    /// <returns>The result. An outcome that this version does not know is <see cref="NodeOutcome.Faulted"/>.</returns>
    /// <exception cref="JsonException">The object does not have the documented form.</exception>
    public static NodeResult ReadResult(JsonElement json)
    {
        try
        {
            return Result(json);
        }
        catch (Exception wrong) when (wrong is InvalidOperationException or KeyNotFoundException or FormatException or OverflowException)
        {
            throw new JsonException(wrong.Message, wrong);
        }
    }

    private static NodeEvent? Read(string name, JsonElement json, Target target) => name switch
    {
        "connecting" => new NodeConnecting(target),
        "started" => new NodeStarted(target) { Step = Step(json) },
        "output" => new NodeOutput(target, json.GetProperty("stream").GetString() == "stderr" ? StreamKind.Stderr : StreamKind.Stdout, Data(json)),
        "file" => new NodeFile(target, json.GetProperty("path").GetString() ?? "") { Failure = json.GetProperty("failure").GetString() },
        "progress" => new NodeProgress(target, json.GetProperty("bytes").GetInt64(), json.GetProperty("total_bytes").ReadNumber())
        {
            Files = json.GetProperty("files").GetInt64(),
            TotalFiles = json.GetProperty("total_files").ReadNumber(),
            CurrentFile = json.GetProperty("file").GetString(),
        },
        "retrying" => new NodeRetrying(target, Result(json), json.GetProperty("delay").ReadSeconds()),
        "finished" => new NodeFinished(target, Result(json)),
        "checked" => new NodeChecked(target, Result(json)),
        "check_retrying" => new CheckRetrying(target, Result(json), json.GetProperty("delay").ReadSeconds()),
        _ => null,
    };

    private static byte[] Data(JsonElement json) => json.TryGetProperty("text", out var text)
        ? Encoding.UTF8.GetBytes(text.GetString() ?? "")
        : json.GetProperty("base64").GetBytesFromBase64();

    private static NodeResult Result(JsonElement json)
    {
        var result = ReadMembers(json);
        var succeeded = json.GetProperty("succeeded").GetBoolean();
        return result.Succeeded == succeeded ? result : result with { IsOkCode = succeeded };
    }

    private static NodeResult ReadMembers(JsonElement json) => new(JsonNames.FindOutcome(json.GetProperty("outcome").GetString() ?? "") ?? NodeOutcome.Faulted)
    {
        ExitCode = (int?)json.GetProperty("exit_code").ReadNumber(),
        Signal = json.GetProperty("signal").GetString(),
        Message = json.GetProperty("message").GetString(),
        Reason = json.TryGetProperty("reason", out var reason) ? reason.GetString() : null,
        Stop = JsonNames.GetStop(json.GetProperty("stop").GetString()),
        Elapsed = json.GetProperty("elapsed").ReadSeconds(),
        Retries = json.TryGetProperty("retries", out var retries) ? retries.GetInt32() : 0,
        Step = Step(json),
        StdoutBytes = json.GetProperty("stdout_bytes").GetInt64(),
        StderrBytes = json.GetProperty("stderr_bytes").GetInt64(),
        TransferredFiles = json.TryGetProperty("transferred_files", out var files) ? files.GetInt64() : 0,
        TransferredBytes = json.TryGetProperty("transferred_bytes", out var bytes) ? bytes.GetInt64() : 0,
        DeletedFiles = json.TryGetProperty("deleted_files", out var deleted) ? deleted.GetInt64() : 0,
        IsMainRank = json.GetProperty("main_rank").GetBoolean(),
        MayStillRun = json.GetProperty("may_still_run").GetBoolean(),
        OutputMayBeIncomplete = json.GetProperty("output_may_be_incomplete").GetBoolean(),
    };

    private static int? Step(JsonElement json) => json.TryGetProperty("step", out var step) ? (int?)step.ReadNumber() : null;

    private static long? ReadNumber(this JsonElement json) => json.ValueKind == JsonValueKind.Null ? null : json.GetInt64();

    internal static TimeSpan ReadSeconds(this JsonElement json) => TimeSpan.FromTicks((long)(json.GetDecimal() * TimeSpan.TicksPerSecond));
}
