using System.Collections.Immutable;

namespace Volley.Rollout;

/// <summary>How a run proceeds over its targets: in which batches, with which checks and pauses between them, and when it stops.</summary>
public sealed record RolloutPlan
{
    /// <summary>
    /// The sizes of the batches, of all targets; a percentage is rounded down, and at least one target. The last size is repeated until no target is left.
    /// Empty for one batch, which is the default.
    /// </summary>
    public ImmutableArray<TargetShare> BatchSizes { get; init; } = [];

    /// <summary>The targets that run first, as a batch in front of the others, and of which none may fail. Targets that are not in the run have no effect.</summary>
    public ImmutableArray<Target> Canary { get; init; } = [];

    /// <summary>The attribute of which each value is limited to <see cref="SpreadLimit"/> targets at once; null for none.</summary>
    public string? SpreadAttribute { get; init; }

    /// <summary>The largest number of targets at once with the same value of <see cref="SpreadAttribute"/>, at least 1. Targets without the attribute have no limit.</summary>
    public int SpreadLimit { get; init; } = 1;

    /// <summary>The time between two batches.</summary>
    public TimeSpan Pause { get; init; }

    /// <summary>Whether each batch but the first waits until <see cref="RolloutControl.Continue"/> is called.</summary>
    public bool NeedsApproval { get; init; }

    /// <summary>The command that is run after each batch, at its targets that succeeded; null for none.</summary>
    public RolloutCheck? Check { get; init; }

    /// <summary>
    /// The largest number of failed targets, of all targets: one more stops the run. Unreachable targets do not count. Null for no limit, or for 0 if there
    /// is a check.
    /// </summary>
    public TargetShare? MaxFailed { get; init; }

    /// <summary>The largest number of unreachable targets, of all targets: one more stops the run. Null for no limit, or for 0 if there is a check.</summary>
    public TargetShare? MaxUnreachable { get; init; }

    /// <summary>
    /// The results, by index, of targets whose job has run before and succeeded. They are only checked, as a batch in front of the others. The default is empty.
    /// </summary>
    public ImmutableDictionary<int, NodeResult> Earlier { get; init; } = ImmutableDictionary<int, NodeResult>.Empty;

    /// <summary>Divides targets into batches.</summary>
    /// <param name="targets">The targets, in the order in which they start.</param>
    /// <returns>The batches. Each target is in one of them.</returns>
    /// <exception cref="ArgumentNullException">The targets are null.</exception>
    public ImmutableArray<Batch> GetBatches(IReadOnlyList<Target> targets)
    {
        ArgumentNullException.ThrowIfNull(targets);
        var canary = Canary.Select(target => target.Index).ToHashSet();
        var earlier = targets.Where(target => Earlier.ContainsKey(target.Index)).ToImmutableArray();
        var running = targets.Where(target => !Earlier.ContainsKey(target.Index)).ToList();
        var first = running.Where(target => canary.Contains(target.Index)).ToImmutableArray();
        var others = running.Where(target => !canary.Contains(target.Index)).ToImmutableArray();
        var sizes = GetSizes(running.Count, others.Length);
        var count = sizes.Count + (first.IsEmpty ? 0 : 1) + (earlier.IsEmpty ? 0 : 1);
        var batches = ImmutableArray.CreateBuilder<Batch>(count);
        if (!earlier.IsEmpty)
            batches.Add(new Batch(1, count, earlier, IsCanary: false) { ChecksOnly = true });
        if (!first.IsEmpty)
            batches.Add(new Batch(batches.Count + 1, count, first, IsCanary: true));
        var start = 0;
        foreach (var size in sizes)
        {
            batches.Add(new Batch(batches.Count + 1, count, others.Slice(start, size), IsCanary: false));
            start += size;
        }

        return batches.MoveToImmutable();
    }

    /// <summary>Returns the largest number of failed targets.</summary>
    /// <param name="count">The number of all targets.</param>
    /// <returns>The number, or null for no limit.</returns>
    public int? GetMaxFailed(int count) => MaxFailed?.GetCount(count) ?? (Check is null ? null : 0);

    /// <summary>Returns the largest number of unreachable targets.</summary>
    /// <param name="count">The number of all targets.</param>
    /// <returns>The number, or null for no limit.</returns>
    public int? GetMaxUnreachable(int count) => MaxUnreachable?.GetCount(count) ?? (Check is null ? null : 0);

    /// <summary>Whether a target ended because it could not be reached, so that its command has not run.</summary>
    /// <param name="result">The result of the target.</param>
    /// <returns>True if it was not reached.</returns>
    /// <exception cref="ArgumentNullException">The result is null.</exception>
    public static bool IsUnreachable(NodeResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        return result.Outcome is NodeOutcome.ConnectFailed or NodeOutcome.NameNotResolved or NodeOutcome.AuthenticationFailed
            or NodeOutcome.HostKeyRejected or NodeOutcome.ConnectTimedOut;
    }

    private List<int> GetSizes(int all, int left)
    {
        var sizes = new List<int>();
        for (var i = 0; left > 0; i++)
        {
            var share = BatchSizes.IsDefaultOrEmpty ? TargetShare.All : BatchSizes[Math.Min(i, BatchSizes.Length - 1)];
            var size = Math.Min(Math.Max(1, share.GetCount(all)), left);
            sizes.Add(size);
            left -= size;
        }

        return sizes;
    }
}
