using System.Buffers;
using System.Collections.Immutable;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Volley.Interop.Text;

namespace Volley.Rollout.Journal;

/// <summary>The file <c>run.json</c> of a run: what is known at its start.</summary>
internal static class EntryFile
{
    /// <summary>The version of all files of the journal. A reader refuses a newer one.</summary>
    public const int Version = 1;

    public const string Name = "run.json";

    /// <summary>The names of the values of <see cref="JournalLevel"/>.</summary>
    private static readonly string[] Levels = ["ends", "full", "none"];

    private static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    public static byte[] Write(JournalEntry entry)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, WriterOptions))
        {
            json.WriteStartObject();
            json.WriteNumber("version"u8, Version);
            json.WriteString("id"u8, entry.Id.ToString());
            json.WriteNumber("number"u8, entry.Number);
            json.WriteString("started_at"u8, JournalTime.Format(entry.StartedAt));
            json.WriteString("job"u8, entry.Job);
            WriteText(json, "title"u8, entry.Title);
            WriteTexts(json, "options"u8, entry.Options);
            WriteTexts(json, "arguments"u8, entry.Arguments);
            WriteTexts(json, "omitted"u8, entry.Omitted);
            json.WriteString("level"u8, Levels[(int)entry.Level]);
            WriteText(json, "directory"u8, entry.WorkingDirectory);
            json.WriteNumber("main_rank"u8, entry.MainRank);
            if (entry.HasCheck)
                json.WriteBoolean("check"u8, true);
            json.WriteString("repeats"u8, entry.Repeats?.ToString());
            json.WriteStartArray("targets"u8);
            foreach (var target in entry.Targets)
                WriteTarget(json, target);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        buffer.Write("\n"u8);
        return buffer.WrittenSpan.ToArray();
    }

    /// <exception cref="JournalException">The content is not that of an entry, or of a newer version.</exception>
    public static JournalEntry Read(byte[] content, string path)
    {
        try
        {
            using var document = JsonDocument.Parse(content);
            var json = document.RootElement;
            if (json.GetProperty("version").GetInt32() is var version and > Version)
            {
                throw new JournalException(string.Create(
                    CultureInfo.InvariantCulture, $"{path}: it was written by a newer version of volley (format {version}; this one reads up to {Version})"));
            }

            var targets = new RunPlan(json.GetProperty("targets").EnumerateArray().Select(ReadTarget).ToList(), new PingJob()).Targets;
            return new JournalEntry
            {
                Id = ReadId(json.GetProperty("id")),
                Number = json.GetProperty("number").GetInt32(),
                StartedAt = JournalTime.Parse(json.GetProperty("started_at").GetString()!),
                Job = json.GetProperty("job").GetString()!,
                Title = ReadText(json.GetProperty("title")),
                Options = ReadTexts(json.GetProperty("options")),
                Arguments = ReadTexts(json.GetProperty("arguments")),
                Omitted = ReadTexts(json.GetProperty("omitted")),
                Level = Optional(json, "level") is { } level ? (JournalLevel)Math.Max(0, Array.IndexOf(Levels, level.GetString())) : JournalLevel.Ends,
                WorkingDirectory = ReadText(json.GetProperty("directory")),
                MainRank = json.GetProperty("main_rank").GetInt32(),
                HasCheck = Optional(json, "check") is { ValueKind: JsonValueKind.True },
                Repeats = json.GetProperty("repeats") is { ValueKind: JsonValueKind.String } repeats ? ReadId(repeats) : null,
                Targets = targets,
            };
        }
        catch (Exception wrong) when (wrong is JsonException or InvalidOperationException or KeyNotFoundException or FormatException or ArgumentException)
        {
            throw new JournalException($"{path}: it is damaged: {wrong.Message}", wrong);
        }
    }

    private static void WriteTarget(Utf8JsonWriter json, Target target)
    {
        json.WriteStartObject();
        json.WriteString("label"u8, target.Label);
        json.WriteString("host"u8, target.Host);
        if (target.User is { } user)
            json.WriteString("user"u8, user);
        if (target.Port is { } port)
            json.WriteNumber("port"u8, port);
        if (target.Address is { } address)
            json.WriteString("address"u8, address);
        if (target.ProxyJump is { } jump)
            json.WriteString("jump"u8, jump);
        if (target.IdentityFile is { } identity)
            WriteText(json, "identity"u8, identity);
        if (target.Attributes.Count > 0)
        {
            json.WriteStartObject("attributes"u8);
            foreach (var (name, value) in target.Attributes)
                json.WriteString(name, value);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static Target ReadTarget(JsonElement json) => new(json.GetProperty("host").GetString()!)
    {
        Label = json.GetProperty("label").GetString()!,
        User = Optional(json, "user")?.GetString(),
        Port = Optional(json, "port")?.GetInt32(),
        Address = Optional(json, "address")?.GetString(),
        ProxyJump = Optional(json, "jump")?.GetString(),
        IdentityFile = Optional(json, "identity") is { } identity ? ReadText(identity) : null,
        Attributes = Optional(json, "attributes") is { } attributes
            ? attributes.EnumerateObject().ToDictionary(one => one.Name, one => one.Value.GetString() ?? "")
            : ImmutableDictionary<string, string>.Empty,
    };

    private static JsonElement? Optional(JsonElement json, string name) => json.TryGetProperty(name, out var value) ? value : null;

    private static RunId ReadId(JsonElement json) =>
        RunId.TryParse(json.GetString(), out var id) ? id : throw new FormatException($"{json.GetRawText()} is no identity of a run");

    // A text of the system may have bytes that are not UTF-8, for which JSON has no form: it is then an object with the bytes.
    private static void WriteText(Utf8JsonWriter json, ReadOnlySpan<byte> name, string text)
    {
        json.WritePropertyName(name);
        JsonSystemText.Write(json, text);
    }

    private static void WriteTexts(Utf8JsonWriter json, ReadOnlySpan<byte> name, ImmutableArray<string> texts)
    {
        json.WriteStartArray(name);
        foreach (var text in texts)
            JsonSystemText.Write(json, text);
        json.WriteEndArray();
    }

    private static string ReadText(JsonElement json) => json.ValueKind == JsonValueKind.Null ? "" : JsonSystemText.Read(json);

    private static ImmutableArray<string> ReadTexts(JsonElement json) => [.. json.EnumerateArray().Select(ReadText)];
}
