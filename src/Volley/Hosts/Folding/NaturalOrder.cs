namespace Volley.Hosts.Folding;

/// <summary>The natural order of names: numbers by value, everything else ordinally, so <c>n9</c> comes before <c>n10</c>.</summary>
internal static class NaturalOrder
{
    public static int Compare(string x, string y)
    {
        int i = 0, j = 0;
        while (i < x.Length && j < y.Length)
        {
            int order;
            if (char.IsAsciiDigit(x[i]) && char.IsAsciiDigit(y[j]))
                order = CompareNumbers(TakeNumber(x, ref i), TakeNumber(y, ref j));
            else
                order = x[i++].CompareTo(y[j++]);
            if (order != 0)
                return order;
        }
        int rest = (x.Length - i).CompareTo(y.Length - j);
        return rest != 0 ? rest : string.CompareOrdinal(x, y);
    }

    private static ReadOnlySpan<char> TakeNumber(string text, ref int position)
    {
        int start = position;
        while (position < text.Length && char.IsAsciiDigit(text[position]))
            position++;
        return text.AsSpan(start, position - start).TrimStart('0');
    }

    // Compared as text, so that numbers may have any length.
    private static int CompareNumbers(ReadOnlySpan<char> x, ReadOnlySpan<char> y) =>
        x.Length != y.Length ? x.Length.CompareTo(y.Length) : x.SequenceCompareTo(y);
}
