namespace Volley.Cli.Pdsh;

/// <summary>
/// Options as getopt(3) reads them: single letters, bundled (<c>-Sw h1</c>), their values in the same word or the next
/// (<c>-f2</c>, <c>-f 2</c>); they end at the first word that is none, or at <c>--</c>.
/// </summary>
/// <param name="words">The command line.</param>
/// <param name="letters">The options; a colon behind one says that it takes a value.</param>
internal sealed class GetOpt(IReadOnlyList<string> words, string letters)
{
    private int _word;
    private int _letter = 1;

    /// <summary>The words that are left once there are no more options.</summary>
    public IReadOnlyList<string> Rest => [.. words.Skip(_word)];

    /// <summary>Takes the next option; false at the end of them.</summary>
    /// <exception cref="GetOptException">There is no such option, or its value is missing.</exception>
    public bool TryRead(out char option, out string value)
    {
        (option, value) = ('\0', "");
        if (_word >= words.Count || words[_word] is not ['-', _, ..])
            return false;
        if (words[_word] == "--" && _letter == 1)
        {
            _word++;
            return false;
        }

        var word = words[_word];
        option = word[_letter++];
        var known = option is ':' ? -1 : letters.IndexOf(option, StringComparison.Ordinal);
        var isLast = _letter == word.Length;
        if (known < 0 || !(known + 1 < letters.Length && letters[known + 1] == ':'))
        {
            if (isLast)
                NextWord();
            return known >= 0 ? true : throw new GetOptException($"invalid option -- '{option}'", option);
        }

        if (!isLast)
        {
            value = word[_letter..];
        }
        else
        {
            if (++_word >= words.Count)
                throw new GetOptException($"option requires an argument -- '{option}'", option);
            value = words[_word];
        }

        NextWord();
        return true;
    }

    private void NextWord()
    {
        _word++;
        _letter = 1;
    }
}

/// <summary>A command line that getopt(3) can't read.</summary>
internal sealed class GetOptException(string message, char option) : Exception(message)
{
    public char Option { get; } = option;
}
