using System.Globalization;

namespace Volley.Cli.Pdsh.Hosts;

/// <summary>A host name split into a prefix and trailing digits.</summary>
/// <param name="Prefix">The name without the trailing digits.</param>
/// <param name="Digits">The trailing digits; empty if there are none, or more than 18.</param>
internal readonly record struct NumberedName(string Prefix, string Digits) : IComparable<NumberedName>
{
    private const int MaxDigits = 18;

    public bool HasNumber => Digits.Length > 0;

    public long Number => long.Parse(Digits, CultureInfo.InvariantCulture);

    public static NumberedName Parse(string name)
    {
        var start = name.Length;
        while (start > 0 && char.IsAsciiDigit(name[start - 1]))
            start--;
        return name.Length - start is > 0 and <= MaxDigits ? new(name[..start], name[start..]) : new(name, "");
    }

    /// <summary>Whether <paramref name="next"/> is the next number in a range with the same prefix and padding.</summary>
    public bool IsFollowedBy(NumberedName next) =>
        HasNumber && next.HasNumber && Prefix == next.Prefix && next.Number == Number + 1 && next.HasSameWidth(this);

    /// <summary>Compares names in the order of group members: by prefix, then by number. Numbers with different padding compare by width.</summary>
    public int CompareTo(NumberedName other)
    {
        if (string.CompareOrdinal(Prefix, other.Prefix) is not 0 and var order)
            return order;
        if (!HasNumber || !other.HasNumber)
            return HasNumber.CompareTo(other.HasNumber);
        return HasSameWidth(other) || other.HasSameWidth(this) ? Number.CompareTo(other.Number) : Digits.Length.CompareTo(other.Digits.Length);
    }

    private bool HasSameWidth(NumberedName other) =>
        Digits == Number.ToString(CultureInfo.InvariantCulture).PadLeft(other.Digits.Length, '0');
}
