using System.Collections.Immutable;
using System.Globalization;
using Volley.Cli.Output;
using Volley.Cli.Terminal;
using Volley.Rollout;

namespace Volley.Cli.Rollouts;

/// <summary>The rollout of a run.</summary>
/// <param name="Plan">The batches, checks, pauses and thresholds.</param>
/// <param name="Control">The handle of the rollout.</param>
/// <param name="Batches">The batches of the targets that run.</param>
internal sealed record RolloutSettings(RolloutPlan Plan, RolloutControl Control, ImmutableArray<Batch> Batches)
{
    /// <summary>The run as the user would begin it for the hosts that a stop leaves; used if there is no journal.</summary>
    public required RepeatedCommand Continuation { get; init; }

    /// <summary>Returns the lines that <c>--dry-run</c> shows.</summary>
    public IEnumerable<string> Describe()
    {
        foreach (var batch in Batches)
            yield return $"{Describe(batch)} ({NumberText.Count(batch.Targets.Length, "host")}): {HostList.Fold(batch.Targets.Select(target => target.Label))}";
        var total = Batches.Sum(batch => batch.Targets.Length);
        if (Plan.SpreadAttribute is { } attribute)
            yield return string.Create(CultureInfo.InvariantCulture, $"at once with the same {attribute}: {NumberText.Count(Plan.SpreadLimit, "host")}");
        if (Plan.Check is { } check)
            yield return $"check after each batch: {SafeText.Escape(check.Command.Title)}";
        if (Plan.GetMaxFailed(total) is { } failed)
            yield return string.Create(CultureInfo.InvariantCulture, $"stops when more than {NumberText.Count(failed, "host")} failed");
        if (Plan.GetMaxUnreachable(total) is { } unreachable)
            yield return string.Create(CultureInfo.InvariantCulture, $"stops when more than {NumberText.Count(unreachable, "host")} can't be reached");
    }

    /// <summary>Returns the name of a batch: <c>batch 1 of 4, canary</c>.</summary>
    public string Describe(Batch batch) =>
        string.Create(CultureInfo.InvariantCulture, $"batch {batch.Number} of {batch.Count}{(batch.IsCanary ? ", canary" : batch.ChecksOnly ? Plan.Check is null ? ", done before" : ", check alone" : "")}");
}
