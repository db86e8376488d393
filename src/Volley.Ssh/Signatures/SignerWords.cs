using System.Text;

namespace Volley.Ssh.Signatures;

/// <summary>The words of a line of an allowed signers file. Spaces and commas between double quotes belong to a word.</summary>
/// <param name="line">The line.</param>
/// <param name="place">The file and the line, for messages.</param>
internal struct SignerWords(string line, string place)
{
    private int _position;

    /// <summary>Returns the next word. The first one loses its quotes.</summary>
    /// <exception cref="SshException">No word is left, or a quotation mark has no counterpart.</exception>
    public string Next()
    {
        while (_position < line.Length && line[_position] is ' ' or '\t')
            _position++;
        var start = _position;
        if (start == line.Length)
            throw Invalid(place, "'PRINCIPALS [OPTIONS] TYPE KEY' was expected");
        _position = EndOf(line, start, place, ' ', '\t');
        var word = line[start.._position];
        return start == 0 && word is ['"', .., '"'] ? word[1..^1] : word;
    }

    /// <summary>Returns the options of a word, with their values without quotes.</summary>
    /// <exception cref="SshException">An option is empty, or a value is not quoted correctly.</exception>
    public static IEnumerable<(string Name, string? Value)> SplitOptions(string word, string place)
    {
        for (var start = 0; start <= word.Length;)
        {
            var end = EndOf(word, start, place, ',', ',');
            var option = word[start..end];
            var equals = option.IndexOf('=', StringComparison.Ordinal);
            if (option.Length == 0 || equals == 0)
                throw Invalid(place, "an option has no name");
            yield return equals < 0 ? (option, null) : (option[..equals], Unquote(option[(equals + 1)..], place));
            start = end + 1;
        }
    }

    public static SshException Invalid(string place, string message) => new(SshFailure.UnusableKey, $"{place}: {message}");

    /// <summary>Returns where a word ends: at one of two separators outside of quotes, or at the end of the text.</summary>
    private static int EndOf(string text, int start, string place, char separator, char other)
    {
        var isQuoted = false;
        var end = start;
        for (; end < text.Length && (isQuoted || (text[end] != separator && text[end] != other)); end++)
        {
            if (text[end] == '\\' && isQuoted && end + 1 < text.Length && text[end + 1] == '"')
                end++;
            else if (text[end] == '"')
                isQuoted = !isQuoted;
        }

        return isQuoted ? throw Invalid(place, "a quotation mark has no counterpart") : end;
    }

    private static string Unquote(string value, string place) => value is ['"', .. var inner, '"']
        ? new StringBuilder(inner).Replace("\\\"", "\"").ToString()
        : throw Invalid(place, $"the value {value} of an option is not in double quotes");
}
