using Volley.Cli.Options.Parsing;

namespace Volley.Cli.Completion;

/// <summary>The arguments in front of the unfinished one.</summary>
/// <param name="Found">The options with their values.</param>
/// <param name="Open">The option whose value is the unfinished argument, or null.</param>
/// <param name="Others">The other arguments, such as the words of the remote command.</param>
/// <param name="CanBeOption">Whether the unfinished argument can be an option.</param>
internal sealed record ParsedArguments(IReadOnlyList<(Option Option, string? Value)> Found, Option? Open, IReadOnlyList<string> Others, bool CanBeOption)
{
    /// <summary>Parses arguments. Returns null if they are invalid, so that nothing can follow.</summary>
    /// <param name="options">The options of the verb.</param>
    /// <param name="arguments">The arguments.</param>
    /// <param name="isMixed">Whether options can follow other arguments; otherwise they end at the first of these.</param>
    public static ParsedArguments? Parse(IReadOnlyList<Option> options, IEnumerable<string> arguments, bool isMixed)
    {
        var parser = new OptionParser(options);
        var words = new List<string>();
        var others = new List<string>();
        var canBeOption = true;
        Option? open = null;
        foreach (var argument in arguments)
        {
            if (open is not null)
            {
                words.Add(argument);
                open = null;
            }
            else if (canBeOption && argument == "--")
            {
                canBeOption = false;
            }
            else if (!canBeOption || argument == "-" || !argument.StartsWith('-'))
            {
                others.Add(argument);
                canBeOption &= isMixed;
            }
            else
            {
                words.Add(argument);
                open = parser.LeftOpenBy(argument);
            }
        }

        if (open is not null)
            words.RemoveAt(words.Count - 1);
        try
        {
            return new ParsedArguments(parser.Split(words).Found, open, others, canBeOption);
        }
        catch (UsageException)
        {
            return null;
        }
    }
}
