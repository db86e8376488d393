namespace Volley.Inventory.Expressions;

/// <summary>A pattern of a text: <c>*</c> matches any characters, <c>?</c> one, and a range its numbers. Case matters.</summary>
internal sealed class TextPattern
{
    private readonly string _text;
    private readonly List<string>? _alternatives;

    private TextPattern(string text, List<string>? alternatives)
    {
        _text = text;
        _alternatives = alternatives;
    }

    /// <summary>Creates a pattern without ranges.</summary>
    public static TextPattern Create(string text) => new(text, null);

    /// <exception cref="HostListException">A range is invalid.</exception>
    public static TextPattern Parse(ExpressionSource source, int start, int end)
    {
        string text = source.Text[start..end];
        return new(text, text.Contains('[', StringComparison.Ordinal) ? GroupName.Expand(source, start, text) : null);
    }

    public bool IsMatch(string text) => _alternatives?.Exists(pattern => IsMatch(pattern, text)) ?? IsMatch(_text, text);

    // Greedy with one place to return to, the last star: time is bounded by the product of both lengths.
    private static bool IsMatch(string pattern, string text)
    {
        int p = 0, t = 0, star = -1, resume = 0;
        while (t < text.Length)
        {
            if (p < pattern.Length && pattern[p] == '*')
            {
                star = p++;
                resume = t;
            }
            else if (p < pattern.Length && (pattern[p] == '?' || pattern[p] == text[t]))
            {
                p++;
                t++;
            }
            else if (star >= 0)
            {
                p = star + 1;
                t = ++resume;
            }
            else
            {
                return false;
            }
        }
        while (p < pattern.Length && pattern[p] == '*')
            p++;
        return p == pattern.Length;
    }

    public override string ToString() => _text;
}
