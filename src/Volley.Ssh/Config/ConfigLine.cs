namespace Volley.Ssh.Config;

/// <summary>A line with a keyword, and what follows it.</summary>
/// <param name="Place">Where it stands.</param>
/// <param name="Written">The keyword as written.</param>
/// <param name="Text">What follows the keyword and its <c>=</c>, as written.</param>
/// <param name="Words">The same as arguments.</param>
internal sealed record ConfigLine(ConfigPlace Place, string Written, string Text, IReadOnlyList<string> Words)
{
    private static readonly char[] TrailingSpace = [' ', '\t', '\r', '\n', '\f'];

    /// <summary>The keyword in lower case.</summary>
    public string Keyword { get; } = AsciiText.ToLower(Written);

    /// <summary>Reads a line; null if it is empty or a comment.</summary>
    /// <exception cref="SshConfigException">There is a keyword and nothing after it, or a quote that is not closed.</exception>
    public static ConfigLine? Read(string line, ConfigPlace place)
    {
        // To ssh a line is a C string.
        int end = line.IndexOf('\0');
        var words = new DelimitedText((end < 0 ? line : line[..end]).TrimEnd(TrailingSpace));
        string? keyword = words.Next();
        if (keyword is "")
            keyword = words.Next();
        if (string.IsNullOrEmpty(keyword) || keyword[0] == '#')
            return null;
        string text = words.Rest?.TrimStart(' ', '\t', '\r', '\n') ?? "";
        if (text.Length == 0)
            throw place.Error($"no argument after the keyword {keyword}");
        return new(place, keyword, text, ArgumentSplitter.Split(text) ?? throw place.Error("a quote is not closed"));
    }

    public SshConfigException Error(string message) => Place.Error(message);

    /// <summary>The only argument, which is not empty.</summary>
    public string Argument()
    {
        if (Words.Count > 1)
            throw Error($"{Written} takes one argument");
        return Words.Count == 1 && Words[0].Length > 0 ? Words[0] : throw Error($"{Written} needs an argument");
    }

    /// <summary>All arguments, none of which is empty.</summary>
    public IReadOnlyList<string> NonEmptyWords() =>
        Words.Any(word => word.Length == 0) ? throw Error($"{Written} has an empty argument") : Words;

    /// <summary>What follows the keyword up to the end of the line, for directives that take a command.</summary>
    public string Command() => Text.TrimStart(' ', '\t', '\r', '\n', '=');
}
