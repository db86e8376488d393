namespace Volley.Ssh.Config.Syntax;

/// <summary>A line of a configuration: a keyword and its arguments.</summary>
/// <param name="Place">The position of the line.</param>
/// <param name="Written">The keyword as written.</param>
/// <param name="Text">The text after the keyword and its <c>=</c>, as written.</param>
/// <param name="Arguments">The arguments in <paramref name="Text"/>.</param>
internal sealed record ConfigLine(ConfigPlace Place, string Written, string Text, IReadOnlyList<string> Arguments)
{
    private static readonly char[] TrailingSpace = [' ', '\t', '\r', '\n', '\f'];

    /// <summary>The keyword in lower case.</summary>
    public string Keyword { get; } = AsciiText.ToLower(Written);

    /// <summary>Parses a line. Returns null if it is empty or a comment.</summary>
    /// <exception cref="SshConfigException">The keyword has no argument, or a quote is not closed.</exception>
    public static ConfigLine? Read(string line, ConfigPlace place)
    {
        // ssh handles a line as a C string, which ends at a NUL.
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

    /// <summary>Returns the only argument.</summary>
    /// <exception cref="SshConfigException">The line has several arguments, none, or an empty one.</exception>
    public string Argument()
    {
        if (Arguments.Count > 1)
            throw Error($"{Written} takes one argument");
        return Arguments.Count == 1 && Arguments[0].Length > 0 ? Arguments[0] : throw Error($"{Written} needs an argument");
    }

    /// <summary>Returns all arguments.</summary>
    /// <exception cref="SshConfigException">An argument is empty.</exception>
    public IReadOnlyList<string> NonEmptyArguments() =>
        Arguments.Any(word => word.Length == 0) ? throw Error($"{Written} has an empty argument") : Arguments;

    /// <summary>Returns the rest of the line after the keyword, for directives whose value is a command.</summary>
    public string Command() => Text.TrimStart(' ', '\t', '\r', '\n', '=');
}
