using System.Text.Json;

namespace Volley.Rollout;

/// <summary>A record of the journal of a run.</summary>
/// <param name="Time">The time since the start of the run.</param>
public abstract record JournalRecord(TimeSpan Time)
{
    /// <summary>The target of the record; null if it is about the whole run.</summary>
    internal virtual Target? Node => null;
}

/// <summary>An event of a target.</summary>
/// <param name="Time">The time since the start of the run.</param>
/// <param name="Event">The event.</param>
public sealed record JournalEvent(TimeSpan Time, NodeEvent Event) : JournalRecord(Time)
{
    internal override Target? Node => Event.Target;
}

/// <summary>The result that a target had before the run, which repeats another one without this target.</summary>
/// <param name="Time">The time since the start of the run.</param>
/// <param name="Target">The target.</param>
/// <param name="Result">The result.</param>
public sealed record JournalEarlier(TimeSpan Time, Target Target, NodeResult Result) : JournalRecord(Time)
{
    internal override Target? Node => Target;
}

/// <summary>Output that the journal does not have: it is between the output before this record and that after it.</summary>
/// <param name="Time">The time since the start of the run.</param>
/// <param name="Target">The target.</param>
/// <param name="Stream">The stream.</param>
/// <param name="Bytes">The number of bytes.</param>
public sealed record JournalOmission(TimeSpan Time, Target Target, StreamKind Stream, long Bytes) : JournalRecord(Time)
{
    /// <summary>A hash of the whole output of the stream (XXH128), by which it can be compared with others; null if it is not known.</summary>
    public string? Hash { get; init; }

    internal override Target? Node => Target;
}

/// <summary>A write of the journal failed, as on a full disk: from the start of the run on, the journal has results and no output.</summary>
/// <param name="Time">The time since the start of the run.</param>
/// <param name="Reason">The message of the system.</param>
public sealed record JournalGap(TimeSpan Time, string Reason) : JournalRecord(Time);

/// <summary>The end of a run.</summary>
/// <param name="Time">The duration of the run.</param>
/// <param name="ExitCode">The exit code.</param>
/// <param name="Stop">The reason of a stop.</param>
/// <param name="Summary">All members of the object.</param>
public sealed record JournalEnd(TimeSpan Time, int ExitCode, StopReason Stop, JsonElement Summary) : JournalRecord(Time);
