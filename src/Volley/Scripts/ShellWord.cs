namespace Volley.Scripts;

/// <summary>A word in a POSIX shell's syntax.</summary>
internal static class ShellWord
{
    /// <summary>Returns a word that <c>sh</c> reads as the given text, whatever that holds.</summary>
    public static string Quote(string text) =>
        text.Length > 0 && text.All(c => char.IsAsciiLetterOrDigit(c) || "_-./:=@%+,".Contains(c, StringComparison.Ordinal))
            ? text
            : "'" + text.Replace("'", "'\\''", StringComparison.Ordinal) + "'";
}
