using System.Collections.Immutable;
using Volley.Rollout.Journal;

namespace Volley.Rollout;

/// <summary>What the journal knows of a run besides its events.</summary>
public sealed record JournalEntry
{
    /// <summary>The identity of the run.</summary>
    public required RunId Id { get; init; }

    /// <summary>The number of the run on this machine, from 1.</summary>
    public required int Number { get; init; }

    /// <summary>The time of the start.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>The kind of the job: <c>command</c>, <c>ping</c> and so on.</summary>
    public required string Job { get; init; }

    /// <summary>What the run did, for display: the command.</summary>
    public required string Title { get; init; }

    /// <summary>The options of the run, without those that choose hosts: a list of arguments.</summary>
    public ImmutableArray<string> Options { get; init; } = [];

    /// <summary>The arguments after the options: those of the command.</summary>
    public ImmutableArray<string> Arguments { get; init; } = [];

    /// <summary>Names of options and variables whose values are not stored, and which must be given again to repeat the run.</summary>
    public ImmutableArray<string> Omitted { get; init; } = [];

    /// <summary>How much output the journal holds.</summary>
    public JournalLevel Level { get; init; }

    /// <summary>The working directory of the program.</summary>
    public string WorkingDirectory { get; init; } = "";

    /// <summary>The targets, in the order of their ranks.</summary>
    public required ImmutableArray<Target> Targets { get; init; }

    /// <summary>The rank of the main target.</summary>
    public int MainRank { get; init; }

    /// <summary>Whether targets are checked after their batch, so that one that was not checked is not done.</summary>
    public bool HasCheck { get; init; }

    /// <summary>The run that this one repeats or continues; null if it does not.</summary>
    public RunId? Repeats { get; init; }

    /// <summary>Returns the entry in its JSON form: one line.</summary>
    /// <returns>The line, with a newline.</returns>
    public byte[] ToJson() => EntryFile.Write(this);

    /// <summary>Reads an entry from its JSON form.</summary>
    /// <param name="content">The line.</param>
    /// <param name="origin">Where it is from, for messages.</param>
    /// <returns>The entry.</returns>
    /// <exception cref="JournalException">The content is not that of an entry, or of a newer version.</exception>
    public static JournalEntry FromJson(byte[] content, string origin) => EntryFile.Read(content, origin);
}
