using System.Globalization;

namespace Volley.Hosts.Parsing;

/// <summary>The numbers of one entry in brackets, padded with zeros to the width of the low bound.</summary>
internal readonly record struct NumberRange(long Low, long High, long Step, int Width)
{
    /// <summary>The largest number of digits: the sum of two such numbers fits into 64 bits.</summary>
    public const int MaxDigits = 18;

    public long Count => (High - Low) / Step + 1;

    public int MaxLength => Math.Max(Width, Digits(High));

    /// <summary>Returns whether the digits are one of the numbers, with exactly its leading zeros.</summary>
    public bool Contains(ReadOnlySpan<char> digits)
    {
        long value = long.Parse(digits, NumberStyles.None, CultureInfo.InvariantCulture);
        return value >= Low && value <= High && (value - Low) % Step == 0 && digits.Length == Math.Max(Width, Digits(value));
    }

    public static int Digits(long value)
    {
        int digits = 1;
        for (; value >= 10; value /= 10)
            digits++;
        return digits;
    }

    /// <summary>Parses the text between brackets, <c>1,3,5-7</c> or <c>01-09/2</c>. <paramref name="end"/> is the closing bracket.</summary>
    public static NumberRange[] ParseList(ExpressionText text, int start, int end)
    {
        if (start == end)
            throw text.Error(start, "the range is empty; write numbers in it, as in [1-3]");
        var ranges = new List<NumberRange>();
        for (int position = start; position <= end;)
        {
            int length = text.Text.AsSpan(position, end - position).IndexOf(',');
            int next = length < 0 ? end : position + length;
            ranges.Add(Parse(text, position, next));
            position = next + 1;
        }
        return [.. ranges];
    }

    private static NumberRange Parse(ExpressionText text, int start, int end)
    {
        if (start == end)
            throw text.Error(start, "a number is missing in the range; remove the extra comma");
        int position = start;
        long low = ParseNumber(text, ref position, end);
        int width = position - start;
        if (position == end)
            return new(low, low, 1, width);
        if (text.Text[position] == '/')
            throw text.Error(position, "a step needs a range before it, as in [1-9/2]");
        position = Skip(text, position, end, '-', "a range holds numbers, as in [1-3], [1,3] or [1-9/2]");
        int highStart = position;
        long high = ParseNumber(text, ref position, end);
        if (high < low)
        {
            string lowText = text.Text[start..(highStart - 1)];
            string highText = text.Text[highStart..position];
            throw text.Error(start, $"the range is reversed; write [{highText}-{lowText}]");
        }
        if (position == end)
            return new(low, high, 1, width);
        position = Skip(text, position, end, '/', "a range ends after its second number; a step is written as in [1-9/2]");
        int stepStart = position;
        long step = ParseNumber(text, ref position, end);
        if (position < end)
            throw text.Error(position, "a range ends after its step; write another range after a comma");
        if (step == 0)
            throw text.Error(stepStart, "the step is 0; write 1 or more");
        return new(low, high, step, width);
    }

    private static int Skip(ExpressionText text, int position, int end, char expected, string message)
    {
        if (text.Text[position] != expected)
            throw text.Error(position, message);
        if (position + 1 == end)
            throw text.Error(position + 1, $"a number is missing after {expected}");
        return position + 1;
    }

    private static long ParseNumber(ExpressionText text, ref int position, int end)
    {
        int start = position;
        while (position < end && char.IsAsciiDigit(text.Text[position]))
            position++;
        ReadOnlySpan<char> digits = text.Text.AsSpan(start, position - start);
        if (digits.IsEmpty)
            throw text.Error(start, "a range holds numbers, as in [1-3], [1,3] or [1-9/2]");
        if (digits.Length > MaxDigits)
            throw text.Error(start, $"the number is too long; a range takes numbers of at most {MaxDigits} digits");
        return long.Parse(digits, NumberStyles.None, CultureInfo.InvariantCulture);
    }
}
