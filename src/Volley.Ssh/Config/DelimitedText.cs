namespace Volley.Ssh.Config;

/// <summary>
/// Takes words off a line as ssh takes keywords and Match criteria: they end at white space, at one <c>=</c> or at a
/// quotation mark; a pair of quotation marks holds the rest of a word together.
/// </summary>
internal struct DelimitedText(string text)
{
    public const string WhiteSpace = " \t\r\n";

    private static readonly char[] WhiteSpaceCharacters = WhiteSpace.ToCharArray();

    /// <summary>What is left; null after the last word, and after a quotation mark that has no second.</summary>
    public string? Rest { get; private set; } = text;

    /// <summary>Takes a word, which is empty if the text begins with white space or <c>=</c>; null at the end.</summary>
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
