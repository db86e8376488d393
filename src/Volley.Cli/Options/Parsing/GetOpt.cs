namespace Volley.Cli.Options.Parsing;

/// <summary>
/// An option parser with the rules of getopt(3). Options are single letters and can be bundled (<c>-Sw h1</c>). A value is the rest of the
/// argument or the next one (<c>-f2</c>, <c>-f 2</c>). Options end at the first argument that is none, or at <c>--</c>.
/// </summary>
/// <param name="arguments">The arguments.</param>
/// <param name="letters">The option letters; a colon after a letter marks an option with a value.</param>
internal sealed class GetOpt(IReadOnlyList<string> arguments, string letters)
{
    private int _index;
    private int _letter = 1;

    /// <summary>The arguments after the options.</summary>
    public IReadOnlyList<string> Rest => [.. arguments.Skip(_index)];

    /// <summary>Reads the next option. Returns false after the last one.</summary>
    /// <exception cref="GetOptException">The option is unknown, or its value is missing.</exception>
    public bool TryRead(out char option, out string value)
    {
        (option, value) = ('\0', "");
        if (_index >= arguments.Count || arguments[_index] is not ['-', _, ..])
            return false;
        if (arguments[_index] == "--" && _letter == 1)
        {
            _index++;
            return false;
        }

        var word = arguments[_index];
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
            if (++_index >= arguments.Count)
                throw new GetOptException($"option requires an argument -- '{option}'", option);
            value = arguments[_index];
        }

        NextWord();
        return true;
    }

    private void NextWord()
    {
        _index++;
        _letter = 1;
    }
}

/// <summary>The exception for a command line that getopt(3) would reject.</summary>
internal sealed class GetOptException(string message, char option) : Exception(message)
{
    public char Option { get; } = option;
}
