namespace Volley.Scripts;

/// <summary>Words in the syntax of a POSIX shell.</summary>
internal static class ShellWord
{
    /// <summary>Returns a word that <c>sh</c> parses as the given text.</summary>
    public static string Quote(string text) =>
        text.Length > 0 && text.All(c => char.IsAsciiLetterOrDigit(c) || "_-./:=@%+,".Contains(c, StringComparison.Ordinal))
            ? text
            : QuoteAlways(text);

    /// <summary>Returns a quoted word that <c>sh</c> parses as the given text, in any place of a command.</summary>
    public static string QuoteAlways(string text) => "'" + text.Replace("'", "'\\''", StringComparison.Ordinal) + "'";
}
