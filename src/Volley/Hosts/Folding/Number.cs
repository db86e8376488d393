using System.Globalization;
using System.Text;
using Volley.Hosts.Parsing;

namespace Volley.Hosts.Folding;

/// <summary>A number as written in a name: <c>1</c>, <c>01</c> and <c>001</c> are three numbers.</summary>
/// <param name="Code">The number as one integer. Codes are ordered by value. Of equal values the one with more leading zeros comes first:
/// 08, 09, 10 becomes one range, else 10 would continue 8, 9.</param>
internal readonly record struct Number(ulong Code)
{
    /// <summary>The largest code. A value has at most 18 digits, and a number at most 17 leading zeros, so that codes fit into 64 bits.</summary>
    public const ulong MaxCode = 1_000_000_000_000_000_000 * Paddings - 1;

    private const ulong Paddings = NumberRange.MaxDigits;

    /// <summary>Creates a number from its value and the count of zeros before it.</summary>
    public Number(ulong value, int zeros) : this((value * Paddings) + (Paddings - 1) - (ulong)zeros)
    {
    }

    /// <summary>The next number in a range with the padding of this one.</summary>
    public Number Next
    {
        get
        {
            // A value that gets one more digit has one zero fewer before it.
            bool isLonger = Zeros > 0 && NumberRange.Digits((long)Value + 1) > NumberRange.Digits((long)Value);
            return new(Code + Paddings + (isLonger ? 1u : 0));
        }
    }

    private ulong Value => Code / Paddings;

    private int Zeros => (int)(Paddings - 1 - (Code % Paddings));

    /// <summary>Returns whether both have the same value.</summary>
    public bool HasValueOf(Number other) => Value == other.Value;

    public void AppendTo(StringBuilder text)
    {
        Span<char> digits = stackalloc char[NumberRange.MaxDigits];
        Value.TryFormat(digits, out int length, provider: CultureInfo.InvariantCulture);
        text.Append('0', Zeros).Append(digits[..length]);
    }
}
