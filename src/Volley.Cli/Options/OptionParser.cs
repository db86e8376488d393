namespace Volley.Cli.Options;

/// <summary>
/// Reads options as GNU's getopt does: long ones with their value behind "=" or in the next word, letters in bundles. They
/// end at "--" or at the first word that is none: what follows is the remote command, whose words may look like options of ours.
/// </summary>
/// <param name="options">All options.</param>
internal sealed class OptionParser(IReadOnlyList<Option> options)
{
    private readonly List<(Option Option, string Value)> _found = [];
    private Queue<string> _words = [];

    /// <summary>Reads the words up to the command, and tells the options nothing yet.</summary>
    /// <returns>The options in their order, each with its value, and the words of the command.</returns>
    /// <exception cref="UsageException">An option is unknown, or lacks its value.</exception>
    public (IReadOnlyList<(Option Option, string Value)> Found, string[] Command) Split(IEnumerable<string> words)
    {
        _words = new Queue<string>(words);
        while (_words.TryPeek(out var word) && word.StartsWith('-') && word != "-")
        {
            _words.Dequeue();
            if (word == "--")
                break;
            if (word.StartsWith("--", StringComparison.Ordinal))
                TakeLong(word);
            else
                TakeLetters(word[1..]);
        }

        return (_found, [.. _words]);
    }

    /// <summary>The option whose value the next word is, if a word leaves one open: <c>--output</c>, or the last of a bundle such as <c>-kH</c>.</summary>
    public Option? LeftOpenBy(string word)
    {
        if (word.StartsWith("--", StringComparison.Ordinal))
            return options.FirstOrDefault(option => option.ValueName is not null && option.Names.Contains(word));
        for (var i = 1; i < word.Length; i++)
        {
            if (options.FirstOrDefault(option => option.ValueName is not null && option.Names.Contains($"-{word[i]}")) is { } option)
                return i == word.Length - 1 ? option : null;
        }

        return null;
    }

    private void TakeLong(string word)
    {
        var equals = word.IndexOf('=', StringComparison.Ordinal);
        var name = equals < 0 ? word : word[..equals];
        var option = Find(name);
        if (option.ValueName is not null)
            Add(option, name, equals < 0 ? NextWord(name) : word[(equals + 1)..]);
        else
            _found.Add(equals < 0 ? (option, "") : throw new UsageException($"{name} takes no value"));
    }

    private void TakeLetters(string letters)
    {
        for (var i = 0; i < letters.Length; i++)
        {
            if (letters[i] == '=' && i > 0)
                throw new UsageException($"-{letters[i - 1]} takes no value");
            var name = $"-{letters[i]}";
            var option = Find(name);
            if (option.ValueName is not null)
            {
                Add(option, name, i + 1 < letters.Length ? letters[(i + 1)..] : NextWord(name));
                return;
            }

            _found.Add((option, ""));
        }
    }

    private string NextWord(string name) =>
        _words.TryDequeue(out var value) ? value : throw new UsageException($"{name} needs a value; see volley --help");

    private void Add(Option option, string name, string value) =>
        _found.Add(value.Length > 0 ? (option, value) : throw new UsageException($"the value of {name} is empty"));

    private Option Find(string name) => options.FirstOrDefault(option => option.Names.Contains(name))
        ?? throw new UsageException($"unknown option {name}; {ForeignOptions.Hint(name) ?? $"{Suggestion(name)}see volley --help"}");

    private string Suggestion(string name)
    {
        var near = options.Select(option => option.Name).Where(known => known.Length > 3).MinBy(known => Distance(known, name));
        return near is not null && Distance(near, name) <= 2 ? $"did you mean {near}? Or " : "";
    }

    /// <summary>How many characters have to be changed, added or removed (Levenshtein).</summary>
    private static int Distance(string one, string other)
    {
        var previous = Enumerable.Range(0, other.Length + 1).ToArray();
        for (var i = 1; i <= one.Length; i++)
        {
            var current = new int[other.Length + 1];
            current[0] = i;
            for (var j = 1; j <= other.Length; j++)
                current[j] = Math.Min(Math.Min(current[j - 1], previous[j]) + 1, previous[j - 1] + (one[i - 1] == other[j - 1] ? 0 : 1));
            previous = current;
        }

        return previous[^1];
    }
}
