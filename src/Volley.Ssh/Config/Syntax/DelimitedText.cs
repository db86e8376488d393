namespace Volley.Ssh.Config.Syntax;

/// <summary>
/// Splits a line into keywords and Match criteria as ssh does. A word ends at white space, at one <c>=</c> or at a quotation mark; text in quotation
/// marks continues the word.
/// </summary>
internal struct DelimitedText(string text)
{
    public const string WhiteSpace = " \t\r\n";

    private static readonly char[] WhiteSpaceCharacters = WhiteSpace.ToCharArray();

    /// <summary>The rest of the text; null after the last word, and after an unclosed quotation mark.</summary>
    public string? Rest { get; private set; } = text;

    /// <summary>
    /// Removes and returns the next word, which is empty if the text begins with white space or <c>=</c>. Returns null at the end, and for an
    /// unclosed quotation mark.
    /// </summary>
    public string? Next()
    {
        if (Rest is not { } text)
            return null;
        int end = text.AsSpan().IndexOfAny(WhiteSpace + "\"=");
        if (end < 0)
        {
            Rest = null;
            return text;
        }
        if (text[end] == '"')
        {
            int close = text.IndexOf('"', end + 1);
            Rest = close < 0 ? null : text[(close + 1)..].TrimStart(WhiteSpaceCharacters);
            return close < 0 ? null : string.Concat(text.AsSpan(0, end), text.AsSpan(end + 1, close - end - 1));
        }
        string rest = text[(end + 1)..].TrimStart(WhiteSpaceCharacters);
        if (text[end] != '=' && rest.StartsWith('='))
            rest = rest[1..].TrimStart(WhiteSpaceCharacters);
        Rest = rest;
        return text[..end];
    }
}
