namespace Volley.Ssh.Config;

/// <summary>Matching of patterns of ssh_config: <c>*</c> matches any characters, <c>?</c> matches one (PATTERNS in ssh_config(5)).</summary>
internal static class Wildcard
{
    /// <summary>Returns whether a pattern matches a text. The time is at most proportional to the product of their lengths.</summary>
    public static bool Matches(ReadOnlySpan<char> text, ReadOnlySpan<char> pattern)
    {
        int at = 0, next = 0, star = -1, starText = 0;
        while (at < text.Length)
        {
            if (next < pattern.Length && pattern[next] == '*')
            {
                star = next++;
                starText = at;
            }
            else if (next < pattern.Length && (pattern[next] == '?' || pattern[next] == text[at]))
            {
                next++;
                at++;
            }
            else if (star >= 0)
            {
                next = star + 1;
                at = ++starText;
            }
            else
            {
                return false;
            }
        }
        return pattern[next..].IndexOfAnyExcept('*') < 0;
    }
}
