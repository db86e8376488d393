using System.Collections.Immutable;
using Volley.Cli.Output;
using Volley.Cli.Run;
using Volley.Interop;
using Volley.Interop.Text;
using Volley.Rollout;

namespace Volley.Cli.Journal;

/// <summary>What the journal of a run needs to know besides the events.</summary>
internal sealed record JournalSettings
{
    /// <summary>The journal.</summary>
    public required RunJournal Journal { get; init; }

    /// <summary>The identity of the run.</summary>
    public required RunId Id { get; init; }

    /// <summary>How much output is kept.</summary>
    public required JournalLevel Level { get; init; }

    /// <summary>The options of the run, as arguments.</summary>
    public required ImmutableArray<string> Options { get; init; }

    /// <summary>The arguments after the options.</summary>
    public required ImmutableArray<string> Arguments { get; init; }

    /// <summary>The names of options and variables whose values are not stored.</summary>
    public required ImmutableArray<string> Omitted { get; init; }

    /// <summary>The run at relays that is continued; null for none.</summary>
    public RunId? Continues { get; init; }

    /// <summary>The file of <c>--script</c>, of which a copy is stored, or null; null also for one that can be read only once.</summary>
    public required string? Script { get; init; }

    /// <summary>Begins the journal of a run.</summary>
    /// <param name="settings">The settings of the run.</param>
    /// <param name="startedAt">The time of the start.</param>
    /// <exception cref="JournalException">The journal can't be written.</exception>
    public JournalWriter Begin(RunSettings settings, DateTimeOffset startedAt)
    {
        var writer = Journal.Begin(
            (id, number) => new JournalEntry
            {
                Id = id,
                Number = number,
                StartedAt = startedAt,
                Job = JsonNames.Get(settings.Plan.Job),
                Title = JobTitles.Get(settings.Plan.Job),
                Options = Options,
                Arguments = Arguments,
                Omitted = Omitted,
                Level = Level,
                WorkingDirectory = JournalText.WorkingDirectory,
                Targets = settings.Plan.Targets,
                MainRank = settings.Plan.MainRank,
                HasCheck = settings.Rollout?.Plan.Check is not null,
                Repeats = settings.Repeated?.Entry.Id ?? Continues,
            },
            Level,
            Id);
        try
        {
            if (Script is not null)
            {
                using var script = SystemFile.OpenStream(Script);
                // A masked script would be another one.
                if (settings.Mask is null || !settings.Mask.IsIn(SystemFile.ReadAllBytes(Script)))
                    writer.StoreScript(script);
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            writer.Dispose();
            throw new JournalException($"{Script}: {SystemMessage.Of(failure)}", failure);
        }

        return writer;
    }
}
