namespace Volley.Scripts;

/// <summary>Words in the syntax of a POSIX shell.</summary>
internal static class ShellWord
{
    /// <summary>Returns a word that <c>sh</c> parses as the given text.</summary>
    public static string Quote(string text) =>
        text.Length > 0 && text.All(c => char.IsAsciiLetterOrDigit(c) || "_-./:=@%+,".Contains(c, StringComparison.Ordinal))
            ? text
            : "'" + text.Replace("'", "'\\''", StringComparison.Ordinal) + "'";
}
