using System.Globalization;
using System.Text;

namespace Volley.Targets;

/// <summary>A number as it stands in a name: <c>1</c>, <c>01</c> and <c>001</c> are three.</summary>
internal readonly record struct Number(long Value, int Width)
{
    /// <summary>The number that follows in a range which is padded as this one is.</summary>
    public Number Next => new(Value + 1, Math.Max(Width, NumberRange.Digits(Value + 1)));

    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture).PadLeft(Width, '0');
}

/// <summary>Numbers that stand in one place of otherwise equal names, written as an expression.</summary>
internal readonly record struct NumberSet(string Text, Number First)
{
    /// <summary>Writes distinct numbers as ranges, or as they stand where there is one only.</summary>
    public static NumberSet Fold(List<Number> numbers)
    {
        if (numbers.Count == 1)
            return new(numbers[0].ToString(), numbers[0]);
        // The wider of two equal values begins first: 08, 09, 10 is one range, whose 10 would else end 8, 9, 10.
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
