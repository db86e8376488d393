namespace Volley.Ssh.Config;

/// <summary>Patterns separated by commas, each of which a <c>!</c> turns into an exception.</summary>
internal static class PatternList
{
    /// <summary>Longer patterns match nothing in ssh.</summary>
    private const int LongestPattern = 1022;

    /// <summary>True if a pattern matches and no exception does.</summary>
    public static bool Matches(string text, string patterns)
    {
        bool found = false;
        // A comma at the end starts no further pattern.
        for (var rest = patterns.AsSpan(); !rest.IsEmpty;)
        {
            bool exception = rest[0] == '!';
            if (exception)
                rest = rest[1..];
            int comma = rest.IndexOf(',');
            var pattern = comma < 0 ? rest : rest[..comma];
            rest = comma < 0 ? default : rest[(comma + 1)..];
            if (pattern.Length > LongestPattern)
                return false;
            if (!Wildcard.Matches(text, pattern))
                continue;
            if (exception)
                return false;
            found = true;
        }
        return found;
    }

    /// <summary>The same for host names, whose case does not matter.</summary>
    public static bool MatchesHost(string host, string patterns) => Matches(AsciiText.ToLower(host), AsciiText.ToLower(patterns));
}
