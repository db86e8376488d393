using System.Globalization;

namespace Volley.Hosts.Parsing;

/// <summary>A user, host or port as written, with its ranges not expanded: <c>rack[1-2]-n[01-10]</c>.</summary>
internal sealed class NamePart
{
    // Nearly all parts of a long list are a single literal, stored without a list.
    private readonly string _start;
    private List<Piece>? _rest;

    private NamePart(string start)
    {
        _start = start;
        MaxLength = start.Length;
    }

    private readonly record struct Piece(NumberRange[] Ranges, string Literal);

    /// <summary>The number of texts that this part expands to, capped just above <see cref="HostList.MaxNames"/>.</summary>
    public long Count { get; private set; } = 1;

    /// <summary>The length of the longest text that this part expands to.</summary>
    public long MaxLength { get; private set; }

    /// <summary>Returns a part without ranges, such as an IPv6 address.</summary>
    public static NamePart Literal(string text) => new(text);

    /// <summary>Parses one part. The caller has checked that its brackets are closed and not nested.</summary>
    public static NamePart Parse(ExpressionText text, int start, int end, PartKind kind)
    {
        int position = start;
        var part = new NamePart(ParseLiteral(text, ref position, start, end, kind));
        while (position < end)
        {
            int close = text.Text.IndexOf(']', position);
            if (text.Text.AsSpan(position, close - position).Contains(':'))
                throw text.Error(position, "an IPv6 address in brackets must be the whole host, as in user@[::1]:22");
            NumberRange[] ranges = NumberRange.ParseList(text, position + 1, close);
            position = close + 1;
            part.Add(new(ranges, ParseLiteral(text, ref position, start, end, kind)));
        }
        if (part.MaxLength > NameCharacters.MaxLength)
            throw text.Error(start, $"the {kind.Name} is longer than {NameCharacters.MaxLength} characters; shorten it");
        return part;
    }

    /// <summary>Returns all texts of this part, which are created one by one. The last range varies fastest.</summary>
    public IEnumerable<string> Expand()
    {
        if (_rest is null)
        {
            yield return _start;
            yield break;
        }
        char[] text = new char[MaxLength];
        _start.CopyTo(text);
        PieceCounter[] counters = [.. _rest.Select(piece => new PieceCounter(piece))];
        for (int changed = 0; changed >= 0;)
        {
            int length = changed == 0 ? _start.Length : counters[changed - 1].End;
            foreach (PieceCounter counter in counters.AsSpan(changed))
                length = counter.Write(text, length);
            yield return new string(text, 0, length);
            changed = counters.Length - 1;
            while (changed >= 0 && !counters[changed].MoveNext())
                changed--;
        }
    }

    /// <summary>Returns whether the part matches a name: <c>*</c> matches any characters, <c>?</c> one character, a range its numbers.</summary>
    /// <remarks>All positions that the part can have reached are tracked at once, so the time is bounded by the product of both lengths.</remarks>
    public bool Matches(ReadOnlySpan<char> name, bool ignoreCase)
    {
        var places = new bool[name.Length + 1];
        places[0] = true;
        MatchLiteral(_start, name, ignoreCase, places);
        foreach (Piece piece in _rest ?? [])
        {
            places = MatchRanges(piece.Ranges, name, places);
            MatchLiteral(piece.Literal, name, ignoreCase, places);
        }
        return places[name.Length];
    }

    private static void MatchLiteral(string literal, ReadOnlySpan<char> name, bool ignoreCase, bool[] places)
    {
        foreach (char wanted in literal)
        {
            if (wanted == '*')
            {
                for (int i = 1; i < places.Length; i++)
                    places[i] |= places[i - 1];
                continue;
            }
            for (int i = name.Length; i > 0; i--)
                places[i] = places[i - 1] && (wanted == '?' || IsEqual(wanted, name[i - 1], ignoreCase));
            places[0] = false;
        }
    }

    private static bool[] MatchRanges(NumberRange[] ranges, ReadOnlySpan<char> name, bool[] places)
    {
        var after = new bool[places.Length];
        for (int start = 0; start < name.Length; start++)
        {
            if (!places[start])
                continue;
            for (int end = start + 1; end <= name.Length && end - start <= NumberRange.MaxDigits && char.IsAsciiDigit(name[end - 1]); end++)
            {
                foreach (NumberRange range in ranges)
                    after[end] |= range.Contains(name[start..end]);
            }
        }
        return after;
    }

    private static bool IsEqual(char one, char other, bool ignoreCase) =>
        one == other || (ignoreCase && char.ToUpperInvariant(one) == char.ToUpperInvariant(other));

    private static string ParseLiteral(ExpressionText text, ref int position, int partStart, int end, PartKind kind)
    {
        int start = position;
        for (; position < end && text.Text[position] != '['; position++)
            kind.Check(text, position, isFirst: position == partStart);
        return text.Text[start..position];
    }

    private void Add(Piece piece)
    {
        const long enough = HostList.MaxNames + 1;
        long count = 0;
        int length = 0;
        foreach (NumberRange range in piece.Ranges)
        {
            count = Math.Min(enough, count + range.Count);
            length = Math.Max(length, range.MaxLength);
        }
        (_rest ??= []).Add(piece);
        Count = Math.Min(enough, Count * count);
        MaxLength += length + piece.Literal.Length;
    }

    /// <summary>One number of a piece, which runs through all numbers of its ranges again and again.</summary>
    private sealed class PieceCounter(Piece piece)
    {
        private int _range;
        private long _value = piece.Ranges[0].Low;

        /// <summary>The end of what was written last.</summary>
        public int End { get; private set; }

        /// <summary>Moves to the next number. After the last one it moves to the first, and returns false.</summary>
        public bool MoveNext()
        {
            _value += piece.Ranges[_range].Step;
            if (_value <= piece.Ranges[_range].High)
                return true;
            _range = (_range + 1) % piece.Ranges.Length;
            _value = piece.Ranges[_range].Low;
            return _range > 0;
        }

        /// <summary>Writes the number and the literal after it, and returns the end.</summary>
        public int Write(Span<char> text, int start)
        {
            int digits = NumberRange.Digits(_value);
            int zeros = Math.Max(0, piece.Ranges[_range].Width - digits);
            text.Slice(start, zeros).Fill('0');
            _value.TryFormat(text[(start + zeros)..], out _, provider: CultureInfo.InvariantCulture);
            End = start + zeros + digits + piece.Literal.Length;
            piece.Literal.CopyTo(text[(start + zeros + digits)..]);
            return End;
        }
    }
}
