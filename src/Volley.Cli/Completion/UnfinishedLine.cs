using System.Text;

namespace Volley.Cli.Completion;

/// <summary>An unfinished command line, split as a shell does: at white space, outside of quotes and without backslashes. Nothing is expanded.</summary>
/// <param name="Words">The words, the name of the program among them. The last is unfinished and may be empty.</param>
/// <param name="Quote">The quote that is open in the unfinished word, or NUL.</param>
internal sealed record UnfinishedLine(IReadOnlyList<string> Words, char Quote)
{
    private const char None = '\0';

    /// <summary>Splits the text in front of the cursor.</summary>
    /// <param name="line">The text.</param>
    /// <param name="isFish">Whether the shell is fish, in which a backslash also quotes within single quotes.</param>
    public static UnfinishedLine Split(string line, bool isFish)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        var quote = None;
        var isInWord = false;
        for (var i = 0; i < line.Length; i++)
        {
            var character = line[i];
            if (quote == None && char.IsWhiteSpace(character))
            {
                if (isInWord)
                    words.Add(word.ToString());
                word.Clear();
                isInWord = false;
                continue;
            }

            isInWord = true;
            if (character == '\\' && i + 1 < line.Length && IsQuotedBy(quote, line[i + 1], isFish))
                word.Append(line[++i]);
            else if (character == '\\' && quote == None)
                continue;
            else if (quote == None && character is '\'' or '"')
                quote = character;
            else if (character == quote)
                quote = None;
            else
                word.Append(character);
        }

        return new UnfinishedLine([.. words.Append(word.ToString()).SkipWhile(IsAssignment)], quote);
    }

    /// <summary>Returns whether a backslash in front of a character is removed.</summary>
    private static bool IsQuotedBy(char quote, char character, bool isFish) => quote switch
    {
        None => true,
        '"' => character is '"' or '\\' or '$' || (!isFish && character == '`'),
        _ => isFish && character is '\'' or '\\',
    };

    // NAME=VALUE in front of the program.
    private static bool IsAssignment(string word) =>
        word.IndexOf('=', StringComparison.Ordinal) is > 0 and var equal
            && word[..equal].All(character => char.IsAsciiLetterOrDigit(character) || character == '_');
}
