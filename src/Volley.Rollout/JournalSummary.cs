namespace Volley.Rollout;

/// <summary>A run in the list of all runs.</summary>
public sealed record JournalSummary
{
    /// <summary>The identity of the run.</summary>
    public required RunId Id { get; init; }

    /// <summary>The number of the run on this machine.</summary>
    public required int Number { get; init; }

    /// <summary>The time of the start.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>What the run did, for display.</summary>
    public required string Title { get; init; }

    /// <summary>The number of targets.</summary>
    public required int Targets { get; init; }

    /// <summary>The targets, folded; cut to 1,000 characters.</summary>
    public required string Hosts { get; init; }

    /// <summary>What is known of the end.</summary>
    public JournalState State { get; init; }

    /// <summary>The exit code; null if the end is not known.</summary>
    public int? ExitCode { get; init; }

    /// <summary>The number of targets that succeeded.</summary>
    public int Succeeded { get; init; }

    /// <summary>The duration; null if the end is not known.</summary>
    public TimeSpan? Elapsed { get; init; }

    /// <summary>The size on disk, in bytes.</summary>
    public long Bytes { get; init; }
}
