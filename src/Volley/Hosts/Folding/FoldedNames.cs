namespace Volley.Hosts.Folding;

/// <summary>An expression for names with equal shapes.</summary>
/// <param name="Text">The expression.</param>
/// <param name="First">The first name that it expands to.</param>
/// <param name="Copy">Which copies of equal names it stands for, from 1.</param>
internal readonly record struct FoldedNames(string Text, string First, int Copy) : IComparable<FoldedNames>
{
    public int CompareTo(FoldedNames other)
    {
        int order = NaturalOrder.Compare(First, other.First);
        return order != 0 ? order : Copy.CompareTo(other.Copy);
    }
}
