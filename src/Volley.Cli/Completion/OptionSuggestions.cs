using Volley.Cli.Options.Parsing;

namespace Volley.Cli.Completion;

/// <summary>Completes options, their values, and the arguments beside them.</summary>
/// <param name="options">The options of the verb.</param>
/// <param name="variable">Returns the value of an environment variable.</param>
internal sealed class OptionSuggestions(IReadOnlyList<Option> options, Func<string, string?> variable)
{
    /// <summary>Whether options can follow other arguments; otherwise they end at the first of these, as in front of a remote command.</summary>
    public bool IsMixed { get; init; }

    /// <summary>Returns the completions of an argument that is neither an option nor a value; null for none.</summary>
    /// <remarks>The arguments are the unfinished argument, the options in front of it, and the number of other arguments in front of it.</remarks>
    public Func<string, SettledOptions, int, ValueTask<IEnumerable<Suggestion>>>? CompleteOther { get; init; }

    /// <summary>Completes an argument.</summary>
    /// <param name="before">The arguments between the verb and the unfinished one.</param>
    /// <param name="unfinished">The unfinished argument.</param>
    public async ValueTask<IEnumerable<Suggestion>> CompleteAsync(string[] before, string unfinished)
    {
        if (ParsedArguments.Parse(options, before, IsMixed) is not { } parsed)
            return [];
        var settled = new SettledOptions(parsed.Found, variable);
        if (parsed.Open is { } open)
            return await CompleteValueAsync(open, settled, unfinished);
        if (!parsed.CanBeOption || !unfinished.StartsWith('-'))
        {
            var others = CompleteOther is null ? [] : await CompleteOther(unfinished, settled, parsed.Others.Count);
            // Where nothing else can follow, an empty word asks for the options.
            return unfinished.Length == 0 && parsed.CanBeOption && others.ToArray() is { Length: 0 } ? GetNames(parsed, withNegations: false) : others;
        }

        var (option, valueStart) = FindAttached(unfinished);
        if (option is null)
            return [.. GetNames(parsed, withNegations: unfinished.Length > 2), .. GetLetters(unfinished)];
        var prefix = unfinished[..valueStart];
        var values = await CompleteValueAsync(option, settled, unfinished[valueStart..]);
        // Shells complete the name of a file after "=", but not behind a letter.
        return values.Where(value => !value.IsForShell || prefix.EndsWith('=')).Select(value => value.After(prefix));
    }

    private async ValueTask<IEnumerable<Suggestion>> CompleteValueAsync(Option option, SettledOptions settled, string text) => option.Completes switch
    {
        OptionValues.Files => [Suggestion.Files],
        OptionValues.Directories => [Suggestion.Directories],
        OptionValues.Hosts => await new HostSuggestions(settled).CompleteAsync(text),
        OptionValues.PlainHosts => new HostSuggestions(settled).CompleteList(text),
        OptionValues.Clusters => new GroupSuggestions(settled).GetClusters(),
        OptionValues.Profiles => new GroupSuggestions(settled).GetProfiles(),
        OptionValues.Programs => ProgramNames.Find(text, variable),
        _ when option.HasListOfChoices => CompleteList(option, text),
        _ => option.Choices.Select(choice => new Suggestion(choice)),
    };

    /// <summary>Completes the last item of a list with choices that are not in it.</summary>
    private static IEnumerable<Suggestion> CompleteList(Option option, string text)
    {
        var start = text.LastIndexOf(',') + 1;
        return option.Choices.Except(text[..start].Split(',')).Select(choice => new Suggestion(text[..start] + choice, Start: start));
    }

    /// <summary>Returns the option whose value is in the same argument, and where it begins: <c>--hosts=web</c>, <c>-kHweb</c>.</summary>
    private (Option? Option, int ValueStart) FindAttached(string argument)
    {
        if (argument.StartsWith("--", StringComparison.Ordinal))
        {
            var equal = argument.IndexOf('=', StringComparison.Ordinal);
            return equal < 0 ? default : (options.FirstOrDefault(option => option.ValueName is not null && option.LongName == argument[..equal]), equal + 1);
        }

        for (var i = 1; i < argument.Length - 1; i++)
        {
            if (options.FirstOrDefault(option => option.ValueName is not null && option.Letter == $"-{argument[i]}") is { } option)
                return (option, i + 1);
        }

        return default;
    }

    private IEnumerable<Suggestion> GetNames(ParsedArguments parsed, bool withNegations)
    {
        var given = parsed.Found.Select(one => one.Option).ToHashSet();
        var open = options.Where(option => !given.Contains(option) || (option.MayRepeat && option.ValueName is not null)).ToArray();
        var names = open.Select(option => new Suggestion(option.LongName ?? option.Name, option.Help));
        return withNegations
            ? names.Concat(open.Where(option => option.Negation is not null).Select(
                option => new Suggestion(option.Negation!, $"set {option.LongName} back to its default")))
            : names;
    }

    // A finished letter: a space can follow it.
    private IEnumerable<Suggestion> GetLetters(string argument) =>
        options.Where(option => option.Letter is { } letter && argument.Length > 1 && argument[1] != '-' && letter[1] == argument[^1])
            .Select(option => new Suggestion(argument, option.Help));
}
