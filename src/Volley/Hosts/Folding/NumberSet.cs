using System.Runtime.InteropServices;
using System.Text;

namespace Volley.Hosts.Folding;

/// <summary>The numbers at one position of otherwise equal names, as an expression.</summary>
internal readonly record struct NumberSet(string Text, Number First)
{
    /// <summary>Folds two or more distinct numbers into ranges.</summary>
    /// <param name="codes">The codes of the numbers, which are sorted.</param>
    public static NumberSet Fold(Span<ulong> codes)
    {
        codes.Sort();
        ReadOnlySpan<Number> numbers = MemoryMarshal.Cast<ulong, Number>(codes);
        return new(HasEqualValues(numbers) ? FoldMixed(numbers) : FoldDistinct(numbers), numbers[0]);
    }

    private static bool HasEqualValues(ReadOnlySpan<Number> sorted)
    {
        for (int i = 1; i < sorted.Length; i++)
        {
            if (sorted[i].HasValueOf(sorted[i - 1]))
                return true;
        }
        return false;
    }

    // Without equal values, the numbers of a range are beside one another.
    private static string FoldDistinct(ReadOnlySpan<Number> sorted)
    {
        var text = new StringBuilder("[");
        for (int start = 0; start < sorted.Length;)
        {
            int end = start + 1;
            while (end < sorted.Length && sorted[end] == sorted[end - 1].Next)
                end++;
            AppendRange(text, sorted[start], sorted[end - 1]);
            start = end;
        }
        return text.Append(']').ToString();
    }

    private static string FoldMixed(ReadOnlySpan<Number> sorted)
    {
        var left = new HashSet<Number>(sorted.Length);
        foreach (Number number in sorted)
            left.Add(number);
        var text = new StringBuilder("[");
        foreach (Number low in sorted)
        {
            if (!left.Remove(low))
                continue;
            Number high = low;
            while (left.Remove(high.Next))
                high = high.Next;
            AppendRange(text, low, high);
        }
        return text.Append(']').ToString();
    }

    private static void AppendRange(StringBuilder text, Number low, Number high)
    {
        if (text.Length > 1)
            text.Append(',');
        low.AppendTo(text);
        if (high != low)
            high.AppendTo(text.Append('-'));
    }
}
