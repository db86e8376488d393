using System.Text;

namespace Volley.Ssh.Config.Syntax;

/// <summary>
/// Splits the text after a keyword into arguments at blanks and tabs outside quotes. A backslash escapes a quote, a backslash and, outside quotes, a
/// blank. An unquoted <c>#</c> at the start of an argument begins a comment.
/// </summary>
internal static class ArgumentSplitter
{
    /// <summary>Returns the arguments; null if a quote is not closed.</summary>
    public static List<string>? Split(string text)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] is ' ' or '\t')
                continue;
            if (text[i] == '#')
                break;
            word.Clear();
            if (!TryReadWord(text, ref i, word))
                return null;
            words.Add(word.ToString());
        }
        return words;
    }

    /// <summary>Reads an argument up to the blank or tab after it; false if a quote is not closed.</summary>
    private static bool TryReadWord(string text, ref int i, StringBuilder word)
    {
        char quote = '\0';
        for (; i < text.Length; i++)
        {
            char c = text[i];
            char next = i + 1 < text.Length ? text[i + 1] : '\0';
            if (c == '\\' && (next is '\'' or '"' or '\\' || (quote == '\0' && next == ' ')))
                word.Append(text[++i]);
            else if (quote == '\0' && (c is ' ' or '\t'))
                break;
            else if (quote == '\0' && (c is '"' or '\''))
                quote = c;
            else if (quote != '\0' && c == quote)
                quote = '\0';
            else
                word.Append(c);
        }
        return quote == '\0';
    }
}
