namespace Volley;

/// <summary>
/// An event at one target. The order per target is <c>NodeConnecting? NodeStarted? (NodeOutput | NodeProgress)* NodeFinished</c>, and
/// <see cref="NodeFinished"/> comes exactly once. With <see cref="CommandJob.Retry"/>, <see cref="NodeRetrying"/> ends each attempt but the last, and
/// <see cref="NodeStarted"/> and the output of the next attempt follow. With <see cref="StepsJob"/>, each step begins with a <see cref="NodeStarted"/>.
/// In a rollout with checks, one <see cref="NodeChecked"/> may follow the end.
/// </summary>
/// <param name="Target">The target of the event.</param>
public abstract record NodeEvent(Target Target);

/// <summary>The target left the queue and its connection is being made.</summary>
/// <param name="Target">The target of the event.</param>
public sealed record NodeConnecting(Target Target) : NodeEvent(Target);

/// <summary>The target is connected and authenticated, and its command was started.</summary>
/// <param name="Target">The target of the event.</param>
public sealed record NodeStarted(Target Target) : NodeEvent(Target)
{
    /// <summary>The number of the step of a <see cref="StepsJob"/>, from 1; null for any other job.</summary>
    public int? Step { get; init; }
}

/// <summary>The target sent output.</summary>
/// <param name="Target">The target of the event.</param>
/// <param name="Stream">The stream that the data came from.</param>
/// <param name="Data">
/// At least one byte, as sent. The event owns the data, unless <see cref="RunPlan.ReusesOutputBuffers"/> is set: then the data is valid only
/// until the reader asks for the next event.
/// </param>
public sealed record NodeOutput(Target Target, StreamKind Stream, ReadOnlyMemory<byte> Data) : NodeEvent(Target)
{
    /// <summary>
    /// The pooled array behind <see cref="Data"/>, which returns to the pool when the reader asks for the next event; null if the event
    /// owns its data.
    /// </summary>
    internal byte[]? Rented { get; init; }
}

/// <summary>
/// The target sent a line of output. <see cref="ParallelExecutor.RunLinesAsync"/> returns it in place of <see cref="NodeOutput"/>.
/// </summary>
/// <param name="Target">The target of the event.</param>
/// <param name="Stream">The stream that the line came from.</param>
/// <param name="Text">
/// The line without its newline and a carriage return before that, decoded as UTF-8. Invalid bytes are replaced by U+FFFD.
/// </param>
public sealed record NodeLine(Target Target, StreamKind Stream, string Text) : NodeEvent(Target)
{
    /// <summary>The largest number of bytes of a line in one event: 256 KiB.</summary>
    public const int MaxBytes = 256 * 1024;

    /// <summary>
    /// Whether the line is longer than <see cref="MaxBytes"/>, and the next event of the same stream continues it. The text never ends
    /// within a character.
    /// </summary>
    public bool IsContinued { get; init; }
}

/// <summary>
/// A <see cref="PullJob"/> without a destination has read a file. The <see cref="NodeOutput"/> events up to the next file are its content; on standard error
/// they are messages.
/// </summary>
/// <param name="Target">The target of the event.</param>
/// <param name="Path">
/// The path of the file. A source with placeholders that names one file is reported as it was given, so that it is the same at all targets.
/// </param>
public sealed record NodeFile(Target Target, string Path) : NodeEvent(Target)
{
    /// <summary>The <see cref="Failure"/> of a directory, whose files are reported one by one after it.</summary>
    public const string DirectoryFailure = "is a directory";

    /// <summary>The reason why there is no content, such as <c>no such file</c>; null if the content follows.</summary>
    public string? Failure { get; init; }
}

/// <summary>A transfer of files has made progress. A target reports it at most four times a second, so the last one may be missing.</summary>
/// <param name="Target">The target of the event.</param>
/// <param name="Bytes">The number of bytes of content that are transferred or need no transfer.</param>
/// <param name="TotalBytes">The number of bytes of content of all files, or null while it is not known.</param>
public sealed record NodeProgress(Target Target, long Bytes, long? TotalBytes) : NodeEvent(Target)
{
    /// <summary>The number of files that are complete.</summary>
    public long Files { get; init; }

    /// <summary>The number of all files, or null while it is not known.</summary>
    public long? TotalFiles { get; init; }

    /// <summary>The name of a file that is being transferred, or null.</summary>
    public string? CurrentFile { get; init; }
}

/// <summary>
/// An attempt to run the command has failed, and another one follows. The output before this event is that of attempts that do not count.
/// </summary>
/// <param name="Target">The target of the event.</param>
/// <param name="Result">
/// The result of the attempt. Its <see cref="NodeResult.Retries"/> is the number of attempts before it, and its <see cref="NodeResult.Elapsed"/> its own duration.
/// </param>
/// <param name="Delay">The time until the next attempt.</param>
public sealed record NodeRetrying(Target Target, NodeResult Result, TimeSpan Delay) : NodeEvent(Target);

/// <summary>The target is finished. This is its last event, unless it is checked after its batch.</summary>
/// <param name="Target">The target of the event.</param>
/// <param name="Result">The result.</param>
public sealed record NodeFinished(Target Target, NodeResult Result) : NodeEvent(Target);

/// <summary>One of a command's two output streams.</summary>
public enum StreamKind
{
    /// <summary>Standard output.</summary>
    Stdout,

    /// <summary>Standard error.</summary>
    Stderr,
}
