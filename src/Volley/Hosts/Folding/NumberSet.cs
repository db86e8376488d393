using System.Globalization;
using System.Text;
using Volley.Hosts.Parsing;

namespace Volley.Hosts.Folding;

/// <summary>A number as written in a name: <c>1</c>, <c>01</c> and <c>001</c> are three numbers.</summary>
internal readonly record struct Number(long Value, int Width)
{
    /// <summary>The next number in a range with the padding of this one.</summary>
    public Number Next => new(Value + 1, Math.Max(Width, NumberRange.Digits(Value + 1)));

    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture).PadLeft(Width, '0');
}

/// <summary>The numbers at one position of otherwise equal names, as an expression.</summary>
internal readonly record struct NumberSet(string Text, Number First)
{
    /// <summary>Folds distinct numbers into ranges. A single number is written without brackets.</summary>
    public static NumberSet Fold(List<Number> numbers)
    {
        if (numbers.Count == 1)
            return new(numbers[0].ToString(), numbers[0]);
        // Of two equal values the wider one comes first: 08, 09, 10 becomes one range, else 10 would continue 8, 9.
        numbers.Sort(static (x, y) => x.Value != y.Value ? x.Value.CompareTo(y.Value) : y.Width.CompareTo(x.Width));
        var left = new HashSet<Number>(numbers);
        var text = new StringBuilder("[");
        foreach (Number low in numbers)
        {
            if (!left.Remove(low))
                continue;
            Number high = low;
            while (left.Remove(high.Next))
                high = high.Next;
            text.Append(text.Length > 1 ? "," : "").Append(low);
            if (high != low)
                text.Append('-').Append(high);
        }
        return new(text.Append(']').ToString(), numbers[0]);
    }
}
