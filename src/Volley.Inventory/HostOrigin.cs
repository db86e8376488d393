namespace Volley.Inventory;

/// <summary>The group that selected a host.</summary>
/// <param name="Source">The name of the source.</param>
/// <param name="Group">The group, or <c>*</c> for all hosts of the source.</param>
public sealed record HostOrigin(string Source, string Group)
{
    /// <summary>Returns the group as an expression.</summary>
    public override string ToString() => $"@{Source}:{Group}";
}
