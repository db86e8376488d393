namespace Volley.Ssh.Config;

/// <summary>A list of patterns separated by commas. A pattern that begins with <c>!</c> is an exception.</summary>
internal static class PatternList
{
    /// <summary>The length of the longest pattern, in characters. In ssh, a list with a longer pattern does not match.</summary>
    private const int MaxPatternLength = 1022;

    /// <summary>Returns whether a pattern matches and no exception does.</summary>
    public static bool Matches(string text, string patterns)
    {
        bool found = false;
        // A trailing comma does not start another pattern.
        for (var rest = patterns.AsSpan(); !rest.IsEmpty;)
        {
            bool exception = rest[0] == '!';
            if (exception)
                rest = rest[1..];
            int comma = rest.IndexOf(',');
            var pattern = comma < 0 ? rest : rest[..comma];
            rest = comma < 0 ? default : rest[(comma + 1)..];
            if (pattern.Length > MaxPatternLength)
                return false;
            if (!Wildcard.Matches(text, pattern))
                continue;
            if (exception)
                return false;
            found = true;
        }
        return found;
    }

    /// <summary>Returns whether a host name matches a list, regardless of case.</summary>
    public static bool MatchesHost(string host, string patterns) => Matches(AsciiText.ToLower(host), AsciiText.ToLower(patterns));
}
