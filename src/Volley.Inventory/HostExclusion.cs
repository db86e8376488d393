namespace Volley.Inventory;

/// <summary>The result of excluding hosts.</summary>
/// <param name="Remaining">The hosts that are left, in their order, duplicates included.</param>
/// <param name="Unused">The items of the expression that excluded nothing, except files that hold no hosts.</param>
public sealed record HostExclusion(IReadOnlyList<KnownHost> Remaining, IReadOnlyList<string> Unused);
