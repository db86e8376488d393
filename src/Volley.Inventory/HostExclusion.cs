namespace Volley.Inventory;

/// <summary>The result of excluding hosts.</summary>
/// <param name="Remaining">The indices of the hosts that are left, in ascending order.</param>
/// <param name="Unused">The items of the expression that excluded nothing, except files that hold no hosts.</param>
public sealed record HostExclusion(IReadOnlyList<int> Remaining, IReadOnlyList<string> Unused);
