using System.Globalization;

namespace Volley.Relay.Wire;

/// <summary>The names of streams, buckets, subjects and keys: docs/design/relays.md.</summary>
internal static class RelayNames
{
    public const string WorkStream = "VOLLEY_WORK";
    public const string WorkSubjects = "volley.work.>";
    public const string RelaysBucket = "volley-relays";
    public const string AllQueue = "all";

    /// <summary>All control messages of all runs.</summary>
    public const string AllControls = "volley.run.*.control";

    private const string RunBucketPrefix = "volley-run-";

    /// <summary>The prefix of the streams that are buckets of runs.</summary>
    public const string RunBucketStreams = "KV_" + RunBucketPrefix;

    public static string GroupQueue(string group) => $"group:{group}";

    public static string LabelQueue(string key, string value) => $"label:{key}={value}";

    public static string WorkSubject(string queue) => $"volley.work.{queue}";

    /// <summary>The durable consumer of a queue, which all its relays share.</summary>
    public static string WorkConsumer(string queue) => $"volley-{queue}";

    public static string RunBucket(string run) => RunBucketPrefix + run;

    public static string RunStream(string run) => $"VOLLEY_RUN_{run}";

    public static string RunEvents(string run) => $"volley.run.{run}.events.>";

    public static string Events(string run, int round, string relay) =>
        string.Create(CultureInfo.InvariantCulture, $"volley.run.{run}.events.{round}.{relay}");

    public static string Control(string run) => $"volley.run.{run}.control";

    public static string Beat(string run) => $"volley.run.{run}.beat";

    public static string Secrets(string run) => $"volley.run.{run}.secrets";

    public const string ControllerKey = "controller";
    public const string EntryKey = "entry";

    public static string JobKey(int round, string queue) => string.Create(CultureInfo.InvariantCulture, $"job.{round}.{queue}");

    public static string PieceKey(int round, string queue, int piece) =>
        string.Create(CultureInfo.InvariantCulture, $"piece.{round}.{queue}.{piece}");

    public static string TargetKey(int round, int rank) => string.Create(CultureInfo.InvariantCulture, $"target.{round}.{rank}");

    public static string InputName(int round, int step) => string.Create(CultureInfo.InvariantCulture, $"input.{round}.{step}");

    /// <summary>Returns whether a text is a name of a group, a label or a relay: 1 to 60 letters, digits, '-' and '_' of ASCII.</summary>
    public static bool IsName(string text) =>
        text.Length is >= 1 and <= 60 && text.All(character => char.IsAsciiLetterOrDigit(character) || character is '-' or '_');
}
