using System.Buffers;
using System.Collections.Immutable;
using System.IO.Compression;
using Volley.Cli.Journal;
using Volley.Cli.Options;
using Volley.Rollout;

namespace Volley.Cli.Relays;

/// <summary>A run that relays carry out, as it is at their server, so that another program can continue it.</summary>
/// <param name="Entry">What was known at the start of the run.</param>
/// <param name="Repeated">The run that it repeats on some of its targets; null for none.</param>
/// <param name="Content">The form in which it is at the server.</param>
internal sealed record AttachedRun(JournalEntry Entry, RepeatedRun? Repeated, ReadOnlyMemory<byte> Content)
{
    // The server is not trusted with the memory of this program.
    private const int MaxLength = 256 * 1024 * 1024;

    /// <summary>Returns the form of a run: a line with its entry, and a line for the end of each target that does not run again.</summary>
    /// <param name="entry">What is known at the start of the run.</param>
    /// <param name="repeated">The run that it repeats; null for none.</param>
    public static byte[] Format(JournalEntry entry, RepeatedRun? repeated)
    {
        var buffer = new ArrayBufferWriter<byte>();
        buffer.Write(entry.ToJson());
        using var json = new JsonEventWriter(buffer);
        foreach (var end in repeated?.Ends ?? [])
            json.Write(end, TimeSpan.Zero);
        // A message of the server has at most 1 MiB, which the names of 100,000 hosts exceed.
        using var packed = new MemoryStream();
        using (var zip = new GZipStream(packed, CompressionLevel.Fastest))
            zip.Write(buffer.WrittenSpan);
        return packed.ToArray();
    }

    /// <summary>Reads the form of a run.</summary>
    /// <param name="content">The form.</param>
    /// <exception cref="UsageException">It is damaged, or of a newer version.</exception>
    public static AttachedRun Parse(ReadOnlyMemory<byte> content)
    {
        try
        {
            var stored = content;
            content = Unpack(content);
            var length = content.Span.IndexOf((byte)'\n') + 1;
            var entry = JournalEntry.FromJson(content[..length].ToArray(), "the run at the server");
            var results = new NodeResult?[entry.Targets.Length];
            for (var rest = content[length..]; rest.Length > 0;)
            {
                var line = rest[..(rest.Span.IndexOf((byte)'\n') + 1)];
                rest = rest[line.Length..];
                if (JsonEventReader.Read(line, rank => entry.Targets.ElementAtOrDefault(rank), out _) is NodeFinished end)
                    results[end.Target.Index] = end.Result;
            }

            ImmutableArray<Target> running = [.. entry.Targets.Where(target => results[target.Index] is null)];
            return new(entry, running.Length == entry.Targets.Length ? null : new RepeatedRun(entry, results!, running), stored);
        }
        catch (Exception damaged) when (damaged is JournalException or System.Text.Json.JsonException or ArgumentException or InvalidDataException)
        {
            throw new UsageException($"the run can't be continued: {damaged.Message}");
        }
    }

    private static byte[] Unpack(ReadOnlyMemory<byte> content)
    {
        using var unpacked = new MemoryStream();
        using var zip = new GZipStream(new MemoryStream(content.ToArray()), CompressionMode.Decompress);
        var buffer = new byte[64 * 1024];
        while (zip.Read(buffer) is > 0 and var count)
        {
            unpacked.Write(buffer, 0, count);
            if (unpacked.Length > MaxLength)
                throw new InvalidDataException("its entry is too long");
        }

        return unpacked.ToArray();
    }

    /// <summary>
    /// Whether the command itself is not known here, but only its title: its script, its standard input or its file of variables is elsewhere. Relays
    /// have what they need for the targets of the run.
    /// </summary>
    public bool LacksCommand(RunOptions options) =>
        Entry.Omitted.Contains(RepeatedRun.Command) || Lacks(options.Job.Script) || Lacks(options.Job.Stdin) || (!options.Variables.Each.IsGiven && HasOption(options.Variables.Each.Name));

    /// <summary>Creates a command that stands for one that is not known here: with its title, and the values that relays ask for.</summary>
    public CommandJob CreateUnknownCommand(RunOptions options) => CommandJob.Shell("true") with
    {
        Title = options.Steps.GetFirstTitle(Entry.Title) ?? Entry.Title,
        Environment = options.Job.CreateEnvironment(),
        Secrets = [.. options.Journal.Secrets.Values],
    };

    /// <summary>Asks for the values of secret variables, which relays that begin a command ask this program for.</summary>
    /// <exception cref="UsageException">There is no terminal.</exception>
    public void AskSecrets(RunOptions options, ProgramEnvironment environment)
    {
        foreach (var name in StoredOptions.GetMissingVariables(options, Entry))
        {
            if (environment.AskSecret($"Value of --env {name} of run {Entry.Id}: ") is not { } value)
                throw new UsageException($"run {Entry.Id} has the secret variable {name}, which is stored nowhere; give it again: --env {name}=VALUE");
            options.Job.Environment.Take($"{name}={value}");
        }
    }

    private bool Lacks(Options.Parsing.Option option) => !option.IsGiven && Entry.Omitted.Contains(option.Name);

    private bool HasOption(string name) => Entry.Options.Any(word => word.StartsWith($"{name}=", StringComparison.Ordinal));
}
