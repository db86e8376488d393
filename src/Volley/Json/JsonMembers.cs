using System.Text.Json;

namespace Volley;

/// <summary>Writers for members that several JSON objects share.</summary>
public static class JsonMembers
{
    /// <summary>Writes the members that identify a node.</summary>
    /// <param name="json">The destination, within an object.</param>
    /// <param name="target">The target.</param>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    public static void WriteNode(this Utf8JsonWriter json, Target target)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(target);
        json.WriteNode(target, target.Index);
    }

    internal static void WriteNode(this Utf8JsonWriter json, Target target, int rank)
    {
        json.WriteString("node"u8, target.Label);
        json.WriteNumber("rank"u8, rank);
    }

    /// <summary>Writes the members that describe a node's result, and its attributes.</summary>
    /// <param name="json">The destination, within an object.</param>
    /// <param name="target">The target.</param>
    /// <param name="result">The result.</param>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    public static void WriteResult(this Utf8JsonWriter json, Target target, NodeResult result)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(result);
        json.WriteBoolean("succeeded"u8, result.Succeeded);
        json.WriteString("outcome"u8, JsonNames.Get(result.Outcome));
        json.WriteNullable("exit_code"u8, result.ExitCode);
        json.WriteString("signal"u8, result.Signal);
        json.WriteNumber("code"u8, result.Code);
        json.WriteString("cause"u8, result.Cause);
        json.WriteString("message"u8, result.Message);
        json.WriteString("reason"u8, result.Reason);
        json.WriteString("stop"u8, JsonNames.Get(result.Stop));
        json.WriteSeconds("elapsed"u8, result.Elapsed);
        json.WriteNumber("retries"u8, result.Retries);
        json.WriteNullable("step"u8, result.Step);
        json.WriteNumber("stdout_bytes"u8, result.StdoutBytes);
        json.WriteNumber("stderr_bytes"u8, result.StderrBytes);
        json.WriteNumber("transferred_files"u8, result.TransferredFiles);
        json.WriteNumber("transferred_bytes"u8, result.TransferredBytes);
        json.WriteNumber("deleted_files"u8, result.DeletedFiles);
        json.WriteBoolean("main_rank"u8, result.IsMainRank);
        json.WriteBoolean("may_still_run"u8, result.MayStillRun);
        json.WriteBoolean("output_may_be_incomplete"u8, result.OutputMayBeIncomplete);
        json.WriteStartObject("attributes"u8);
        foreach (var (name, value) in target.Attributes)
            json.WriteString(name, value);
        json.WriteEndObject();
    }

    /// <summary>Writes a number, or <c>null</c>.</summary>
    /// <param name="json">The destination, within an object.</param>
    /// <param name="name">The name of the member, in UTF-8.</param>
    /// <param name="number">The number.</param>
    /// <exception cref="ArgumentNullException">The destination is null.</exception>
    public static void WriteNullable(this Utf8JsonWriter json, ReadOnlySpan<byte> name, long? number)
    {
        ArgumentNullException.ThrowIfNull(json);
        if (number is { } value)
            json.WriteNumber(name, value);
        else
            json.WriteNull(name);
    }

    /// <summary>Writes a duration in seconds, with microsecond precision. A decimal is never written with an exponent.</summary>
    /// <param name="json">The destination, within an object.</param>
    /// <param name="name">The name of the member, in UTF-8.</param>
    /// <param name="duration">The duration; null for none.</param>
    /// <exception cref="ArgumentNullException">The destination is null.</exception>
    public static void WriteSeconds(this Utf8JsonWriter json, ReadOnlySpan<byte> name, TimeSpan? duration)
    {
        ArgumentNullException.ThrowIfNull(json);
        if (duration is { } value)
            json.WriteNumber(name, (decimal)(value.Ticks / TimeSpan.TicksPerMicrosecond) / 1_000_000);
        else
            json.WriteNull(name);
    }
}
