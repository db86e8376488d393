namespace Volley.Testing;

/// <summary>Makes targets with an index for what is tested without a plan.</summary>
public static class RankedTarget
{
    public static Target Create(int index, string host) => new(host) { Index = index };
}
