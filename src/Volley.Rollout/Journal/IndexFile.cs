using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.IO.Hashing;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Volley.Interop.Text;

namespace Volley.Rollout.Journal;

/// <summary>
/// The list of all runs, in one file: a line at the start of a run and another at its end, of which the last one counts. It makes a list of
/// ten thousand runs quick. A line ends with its CRC-32; damaged lines are left out, and <see cref="RunList"/> replaces them.
/// </summary>
internal static class IndexFile
{
    public const string Name = "index";

    private const int MaxHostsLength = 1000;
    private const int SumLength = 8;

    /// <summary>The names of the values of <see cref="JournalState"/>.</summary>
    private static readonly string[] States = ["running", "ended", "killed", "incomplete", "damaged"];

    private static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <summary>Returns the folded names of targets, cut.</summary>
    public static string Fold(IEnumerable<Target> targets)
    {
        var folded = HostList.Fold(targets.Select(target => target.Label));
        return folded.Length > MaxHostsLength ? $"{folded.AsSpan(0, MaxHostsLength - 3)}..." : folded;
    }

    public static byte[] Line(JournalSummary run)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, WriterOptions))
        {
            json.WriteStartObject();
            json.WriteString("id"u8, run.Id.ToString());
            json.WriteNumber("number"u8, run.Number);
            json.WriteString("started_at"u8, JournalTime.Format(run.StartedAt));
            json.WriteString("title"u8, SystemText.ToValid(run.Title));
            json.WriteNumber("targets"u8, run.Targets);
            json.WriteString("hosts"u8, run.Hosts);
            json.WriteNullable("exit_code"u8, run.ExitCode);
            json.WriteNumber("succeeded"u8, run.Succeeded);
            json.WriteSeconds("elapsed"u8, run.Elapsed);
            json.WriteNumber("bytes"u8, run.Bytes);
            json.WriteString("state"u8, States[(int)run.State]);
            json.WriteEndObject();
        }

        var sum = Crc32.HashToUInt32(buffer.WrittenSpan);
        buffer.Write(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $" {sum:x8}\n")));
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Reads the list.</summary>
    /// <param name="content">The content of the file.</param>
    /// <param name="isDamaged">Whether a line can't be read.</param>
    public static Dictionary<RunId, JournalSummary> Read(ReadOnlySpan<byte> content, out bool isDamaged)
    {
        var runs = new Dictionary<RunId, JournalSummary>();
        isDamaged = false;
        while (content.IndexOf((byte)'\n') is >= 0 and var end)
        {
            if (TryRead(content[..end]) is { } run)
                runs[run.Id] = run;
            else
                isDamaged = true;
            content = content[(end + 1)..];
        }

        isDamaged |= !content.IsEmpty;
        return runs;
    }

    private static JournalSummary? TryRead(ReadOnlySpan<byte> line)
    {
        try
        {
            if (line.Length <= SumLength || !Utf8Parser.TryParse(line[^SumLength..], out uint sum, out _, 'x'))
                return null;
            line = line[..^(SumLength + 1)];
            if (Crc32.HashToUInt32(line) != sum)
                return null;
            var fields = new Fields();
            var json = new Utf8JsonReader(line);
            while (json.Read())
            {
                if (json.TokenType == JsonTokenType.PropertyName)
                    fields.Read(ref json);
            }

            return fields.ToSummary();
        }
        catch (Exception wrong) when (wrong is JsonException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }

    /// <summary>The members of a line. A reader of tokens takes a fifth of the time of one that builds a document.</summary>
    private ref struct Fields
    {
        private string? _id;
        private string? _title;
        private string? _hosts;
        private string? _startedAt;
        private int _number;
        private int _targets;
        private int _succeeded;
        private int? _exitCode;
        private decimal? _elapsed;
        private long _bytes;
        private int _state;

        public void Read(ref Utf8JsonReader json)
        {
            var name = json.ValueSpan;
            if (!json.Read())
                return;
            switch (name)
            {
                case var _ when name.SequenceEqual("id"u8):
                    _id = json.GetString();
                    break;
                case var _ when name.SequenceEqual("number"u8):
                    _number = json.GetInt32();
                    break;
                case var _ when name.SequenceEqual("started_at"u8):
                    _startedAt = json.GetString();
                    break;
                case var _ when name.SequenceEqual("title"u8):
                    _title = json.GetString();
                    break;
                case var _ when name.SequenceEqual("targets"u8):
                    _targets = json.GetInt32();
                    break;
                case var _ when name.SequenceEqual("hosts"u8):
                    _hosts = json.GetString();
                    break;
                case var _ when name.SequenceEqual("exit_code"u8):
                    _exitCode = json.TokenType == JsonTokenType.Null ? null : json.GetInt32();
                    break;
                case var _ when name.SequenceEqual("succeeded"u8):
                    _succeeded = json.GetInt32();
                    break;
                case var _ when name.SequenceEqual("elapsed"u8):
                    _elapsed = json.TokenType == JsonTokenType.Null ? null : json.GetDecimal();
                    break;
                case var _ when name.SequenceEqual("bytes"u8):
                    _bytes = json.GetInt64();
                    break;
                case var _ when name.SequenceEqual("state"u8):
                    _state = Array.IndexOf(States, json.GetString());
                    break;
                default:
                    json.Skip();
                    break;
            }
        }

        public readonly JournalSummary? ToSummary() => RunId.TryParse(_id, out var id) && _startedAt is not null && _state >= 0
            ? new JournalSummary
            {
                Id = id,
                Number = _number,
                StartedAt = JournalTime.Parse(_startedAt),
                Title = _title ?? "",
                Targets = _targets,
                Hosts = _hosts ?? "",
                ExitCode = _exitCode,
                Succeeded = _succeeded,
                Elapsed = _elapsed is { } seconds ? TimeSpan.FromTicks((long)(seconds * TimeSpan.TicksPerSecond)) : null,
                Bytes = _bytes,
                State = (JournalState)_state,
            }
            : null;
    }
}
