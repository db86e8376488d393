using System.Globalization;
using System.Text;
using Volley.Hosts.Parsing;

namespace Volley.Hosts.Folding;

/// <summary>A number as written in a name: <c>1</c>, <c>01</c> and <c>001</c> are three numbers.</summary>
internal readonly record struct Number(long Value, int Width)
{
    /// <summary>The next number in a range with the padding of this one.</summary>
    public Number Next => new(Value + 1, Math.Max(Width, NumberRange.Digits(Value + 1)));

    public void AppendTo(StringBuilder text)
    {
        Span<char> digits = stackalloc char[20];
        Value.TryFormat(digits, out int length, provider: CultureInfo.InvariantCulture);
        text.Append('0', Math.Max(0, Width - length)).Append(digits[..length]);
    }
}

/// <summary>The numbers at one position of otherwise equal names, as an expression.</summary>
internal readonly record struct NumberSet(string Text, Number First)
{
    /// <summary>Folds two or more distinct numbers into ranges.</summary>
    public static NumberSet Fold(List<Number> numbers)
    {
        // Of two equal values the wider one comes first: 08, 09, 10 becomes one range, else 10 would continue 8, 9.
        numbers.Sort(static (x, y) => x.Value != y.Value ? x.Value.CompareTo(y.Value) : y.Width.CompareTo(x.Width));
        return new(HasEqualValues(numbers) ? FoldMixed(numbers) : FoldDistinct(numbers), numbers[0]);
    }

    private static bool HasEqualValues(List<Number> sorted)
    {
        for (int i = 1; i < sorted.Count; i++)
        {
            if (sorted[i].Value == sorted[i - 1].Value)
                return true;
        }
        return false;
    }

    // Without equal values, the numbers of a range are beside one another.
    private static string FoldDistinct(List<Number> sorted)
    {
        var text = new StringBuilder("[");
        for (int start = 0; start < sorted.Count;)
        {
            int end = start + 1;
            while (end < sorted.Count && sorted[end] == sorted[end - 1].Next)
                end++;
            AppendRange(text, sorted[start], sorted[end - 1]);
            start = end;
        }
        return text.Append(']').ToString();
    }

    private static string FoldMixed(List<Number> sorted)
    {
        var left = new HashSet<Number>(sorted);
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
