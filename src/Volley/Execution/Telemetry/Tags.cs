using System.Diagnostics;
using System.Text.Json;

namespace Volley.Execution.Telemetry;

/// <summary>
/// The attributes of activities and measurements. Those that OpenTelemetry's semantic conventions define have their names; none holds a
/// command line, an environment, a message, output or a user.
/// </summary>
internal static class Tags
{
    public const string Host = "server.address";
    public const string Port = "server.port";
    public const string ExitCode = "process.exit.code";
    public const string Error = "error.type";
    public const string Outcome = "volley.outcome";
    public const string Rank = "volley.rank";
    public const string MayStillRun = "volley.may_still_run";
    public const string Retries = "volley.retries";
    public const string Job = "volley.job";
    public const string TargetCount = "volley.targets";
    public const string FailedCount = "volley.failed_targets";
    public const string Stop = "volley.stop_reason";

    /// <summary>The value of <see cref="Error"/> for a command that exited with another code than 0.</summary>
    private const string FailedExit = "nonzero_exit";

    // The attribute that the conventions define for the stream of a log record.
    private const string Stream = "log.iostream";

    private static readonly KeyValuePair<string, object?> Stdout = new(Stream, "stdout");
    private static readonly KeyValuePair<string, object?> Stderr = new(Stream, "stderr");
    private static readonly string[] Outcomes = NamesOf<NodeOutcome>();
    private static readonly string[] StopReasons = NamesOf<StopReason>();

    /// <summary>Returns the tag of a stream.</summary>
    public static KeyValuePair<string, object?> Of(StreamKind stream) => stream == StreamKind.Stdout ? Stdout : Stderr;

    /// <summary>Returns the name of an outcome: that of the JSON output.</summary>
    public static string NameOf(NodeOutcome outcome) => Outcomes[(int)outcome];

    /// <summary>Returns the name of a reason.</summary>
    public static string NameOf(StopReason reason) => StopReasons[(int)reason];

    /// <summary>Returns the kind of a job.</summary>
    public static string NameOf(Job job) => job switch
    {
        CommandJob { IsScript: true } => "script",
        _ => JsonNames.Get(job),
    };

    /// <summary>Returns the class of a failure; null for a target that succeeded.</summary>
    public static string? ErrorOf(NodeResult result) => result switch
    {
        { Succeeded: true } => null,
        { Outcome: NodeOutcome.Exited } => FailedExit,
        _ => NameOf(result.Outcome),
    };

    /// <summary>Returns the tags of the measurements of a target that has finished.</summary>
    public static TagList Of(NodeResult result)
    {
        var tags = new TagList { { Outcome, NameOf(result.Outcome) } };
        if (ErrorOf(result) is { } error)
            tags.Add(Error, error);
        return tags;
    }

    private static string[] NamesOf<T>()
        where T : struct, Enum => [.. Enum.GetNames<T>().Select(JsonNamingPolicy.SnakeCaseLower.ConvertName)];
}
