using System.Collections.Immutable;

namespace Volley;

/// <summary>Targets that run before those of the next batch start.</summary>
/// <param name="Number">The number of the batch, from 1.</param>
/// <param name="Count">The number of all batches.</param>
/// <param name="Targets">The targets, at least one.</param>
/// <param name="IsCanary">Whether these are the targets that run first, and of which none may fail.</param>
public sealed record Batch(int Number, int Count, ImmutableArray<Target> Targets, bool IsCanary)
{
    /// <summary>Whether the job of these targets has run before, so that they are only checked.</summary>
    public bool ChecksOnly { get; init; }
}
