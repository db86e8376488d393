using System.Text;

namespace Volley.Interop.Text;

/// <summary>
/// The patterns of the shell for names (glob(7)): <c>*</c>, <c>?</c> and <c>[…]</c>, with a backslash before a character that stands for itself. A
/// wildcard does not match a leading dot.
/// </summary>
internal static class ShellPattern
{
    /// <summary>Returns whether a text has a wildcard, that is, may match other names than itself.</summary>
    public static bool HasWildcard(string pattern)
    {
        for (var i = 0; i < pattern.Length; i++)
        {
            if (pattern[i] == '\\')
                i++;
            else if (pattern[i] is '*' or '?' or '[')
                return true;
        }

        return false;
    }

    /// <summary>Returns a pattern without wildcards as the name that it matches.</summary>
    public static string Unescape(string pattern)
    {
        if (!pattern.Contains('\\', StringComparison.Ordinal))
            return pattern;
        var name = new StringBuilder(pattern.Length);
        for (var i = 0; i < pattern.Length; i++)
        {
            if (pattern[i] == '\\' && i + 1 < pattern.Length)
                i++;
            name.Append(pattern[i]);
        }

        return name.ToString();
    }

    /// <summary>Returns whether a name matches a pattern, neither of which has a slash.</summary>
    public static bool Matches(string name, string pattern) =>
        (!name.StartsWith('.') || pattern.StartsWith('.') || pattern.StartsWith("\\.", StringComparison.Ordinal)) && MatchesAll(name, pattern);

    /// <summary>Returns whether a name matches, also if it begins with a dot.</summary>
    public static bool MatchesAll(ReadOnlySpan<char> name, ReadOnlySpan<char> pattern)
    {
        // Only the last star needs to be tried again at a later place, so the time is at most the product of the lengths.
        ReadOnlySpan<char> nameAtStar = default, patternAfterStar = default;
        var hasStar = false;
        while (true)
        {
            if (!pattern.IsEmpty && pattern[0] == '*')
            {
                hasStar = true;
                pattern = pattern[1..];
                nameAtStar = name;
                patternAfterStar = pattern;
                continue;
            }

            if (name.IsEmpty && pattern.IsEmpty)
                return true;
            if (!name.IsEmpty && !pattern.IsEmpty && MatchesOne(ref name, ref pattern))
                continue;
            if (!hasStar || nameAtStar.IsEmpty)
                return false;
            nameAtStar = nameAtStar[CharacterLength(nameAtStar)..];
            name = nameAtStar;
            pattern = patternAfterStar;
        }
    }

    /// <summary>Returns whether the first character matches the first element of the pattern, and removes both.</summary>
    private static bool MatchesOne(ref ReadOnlySpan<char> name, ref ReadOnlySpan<char> pattern)
    {
        var character = name[..CharacterLength(name)];
        var first = pattern.Length > 1 && pattern[1] is '!' or '^' ? 2 : 1;
        int length;
        bool matches;
        if (pattern[0] == '[' && FindEnd(pattern, first) is > 0 and var end)
        {
            matches = Contains(pattern[first..end], character) == (first == 1);
            length = end + 1;
        }
        else if (pattern[0] == '?')
        {
            (matches, length) = (true, 1);
        }
        else
        {
            var at = pattern[0] == '\\' && pattern.Length > 1 ? 1 : 0;
            matches = pattern[at..].StartsWith(character, StringComparison.Ordinal);
            length = at + (matches ? character.Length : 1);
        }

        name = name[character.Length..];
        pattern = pattern[length..];
        return matches;
    }

    /// <summary>Returns the index of the <c>]</c> that ends a set, or -1 if the <c>[</c> stands for itself.</summary>
    private static int FindEnd(ReadOnlySpan<char> pattern, int first)
    {
        for (var i = first; i < pattern.Length; i++)
        {
            // A ] at the beginning of the set belongs to it.
            if (pattern[i] == ']' && i > first)
                return i;
            if (pattern[i] == '\\')
                i++;
            else if (pattern[i..].StartsWith("[:") && pattern[(i + 2)..].IndexOf(":]") is >= 0 and var length)
                i += length + 3;
        }

        return -1;
    }

    private static bool Contains(ReadOnlySpan<char> set, ReadOnlySpan<char> character)
    {
        var code = GetCode(character);
        while (!set.IsEmpty)
        {
            if (set.StartsWith("[:") && set[2..].IndexOf(":]") is >= 0 and var length)
            {
                if (IsInClass(set.Slice(2, length), code))
                    return true;
                set = set[(length + 4)..];
                continue;
            }

            var low = TakeCode(ref set);
            var high = low;
            if (set.Length > 1 && set[0] == '-')
            {
                set = set[1..];
                high = TakeCode(ref set);
            }

            if (code >= low && code <= high)
                return true;
        }

        return false;
    }

    private static int TakeCode(ref ReadOnlySpan<char> set)
    {
        if (set[0] == '\\' && set.Length > 1)
            set = set[1..];
        var length = CharacterLength(set);
        var code = GetCode(set[..length]);
        set = set[length..];
        return code;
    }

    private static bool IsInClass(ReadOnlySpan<char> name, int code)
    {
        if (code > 0x7f)
            return false;
        var c = (char)code;
        return name switch
        {
            "alpha" => char.IsAsciiLetter(c),
            "digit" => char.IsAsciiDigit(c),
            "alnum" => char.IsAsciiLetterOrDigit(c),
            "upper" => char.IsAsciiLetterUpper(c),
            "lower" => char.IsAsciiLetterLower(c),
            "xdigit" => char.IsAsciiHexDigit(c),
            "space" => char.IsWhiteSpace(c),
            "blank" => c is ' ' or '\t',
            "punct" => c is > ' ' and < '\x7f' && !char.IsAsciiLetterOrDigit(c),
            "cntrl" => char.IsControl(c),
            "graph" => c is > ' ' and < '\x7f',
            "print" => c is >= ' ' and < '\x7f',
            _ => false,
        };
    }

    private static int CharacterLength(ReadOnlySpan<char> text) => text.Length > 1 && char.IsSurrogatePair(text[0], text[1]) ? 2 : 1;

    private static int GetCode(ReadOnlySpan<char> character) => character.Length == 2 ? char.ConvertToUtf32(character[0], character[1]) : character[0];
}
