using Volley.Inventory;

namespace Volley.Cli.Options.Parsing;

/// <summary>
/// Parses options as GNU's getopt does: the value of a long option follows "=" or is the next argument, and letters can be combined. Parsing stops at
/// "--" or at the first argument that is not an option. The rest is the remote command, whose arguments may look like options.
/// </summary>
/// <param name="options">All options.</param>
/// <param name="help">The command that prints their help.</param>
internal sealed class OptionParser(IReadOnlyList<Option> options, string help = OptionParser.MainHelp)
{
    private const string MainHelp = "volley --help";

    private readonly List<(Option Option, string? Value)> _found = [];
    private Queue<string> _arguments = [];

    /// <summary>Splits a command line into options and the command. Does not set the options.</summary>
    /// <returns>The options in order, each with its value, or null to set it back to its default, and the arguments of the command.</returns>
    /// <exception cref="UsageException">An option is unknown, or lacks its value.</exception>
    public (IReadOnlyList<(Option Option, string? Value)> Found, string[] Command) Split(IEnumerable<string> arguments)
    {
        _arguments = new Queue<string>(arguments);
        while (_arguments.TryPeek(out var argument) && argument.StartsWith('-') && argument != "-")
        {
            _arguments.Dequeue();
            if (argument == "--")
                break;
            if (argument.StartsWith("--", StringComparison.Ordinal))
                TakeLong(argument);
            else
                TakeLetters(argument[1..]);
        }

        return (_found, [.. _arguments]);
    }

    /// <summary>Sets the options that were found.</summary>
    /// <exception cref="UsageException">A value is invalid, or an option that takes one is given several times.</exception>
    public static void Set(IReadOnlyList<(Option Option, string? Value)> found)
    {
        foreach (var repeated in found.GroupBy(one => one.Option).Where(group => !group.Key.MayRepeat && group.Skip(1).Any()))
            throw new UsageException($"{repeated.Key.Name} is given {repeated.Count()} times; give it once");
        foreach (var (option, value) in found)
            option.Take(value);
    }

    /// <summary>Sets the options of a command line in which options and other arguments may follow each other in any order.</summary>
    /// <param name="options">All options.</param>
    /// <param name="arguments">The arguments; after <c>--</c>, none of them is an option.</param>
    /// <param name="help">The command that prints their help.</param>
    /// <returns>The other arguments.</returns>
    /// <exception cref="UsageException">An option is unknown or invalid, or lacks its value.</exception>
    public static string[] SetMixed(IReadOnlyList<Option> options, string[] arguments, string help = MainHelp)
    {
        var (found, others) = SplitMixed(options, arguments, help);
        Set(found);
        return others;
    }

    /// <summary>Splits a command line in which options and other arguments may follow each other in any order. Does not set the options.</summary>
    /// <param name="options">All options.</param>
    /// <param name="arguments">The arguments; after <c>--</c>, none of them is an option.</param>
    /// <param name="help">The command that prints their help.</param>
    /// <returns>The options in order, each with its value, or null to set it back to its default, and the other arguments.</returns>
    /// <exception cref="UsageException">An option is unknown, or lacks its value.</exception>
    public static (IReadOnlyList<(Option Option, string? Value)> Found, string[] Others) SplitMixed(
        IReadOnlyList<Option> options, string[] arguments, string help = MainHelp)
    {
        var end = Array.IndexOf(arguments, "--");
        var found = new List<(Option, string?)>();
        var others = new List<string>();
        var rest = end < 0 ? arguments : arguments[..end];
        while (rest.Length > 0)
        {
            var (some, command) = new OptionParser(options, help).Split(rest);
            found.AddRange(some);
            others.AddRange(command.Take(1));
            rest = command.Length > 0 ? command[1..] : [];
        }

        return (found, [.. others, .. end < 0 ? [] : arguments[(end + 1)..]]);
    }

    /// <summary>
    /// Returns the option whose value is the next argument, if an argument ends with one that needs a value: <c>--output</c>, or the last of a bundle
    /// such as <c>-kH</c>. Otherwise returns null.
    /// </summary>
    public Option? LeftOpenBy(string argument)
    {
        if (argument.StartsWith("--", StringComparison.Ordinal))
            return options.FirstOrDefault(option => option.ValueName is not null && option.Names.Contains(argument));
        for (var i = 1; i < argument.Length; i++)
        {
            if (options.FirstOrDefault(option => option.ValueName is not null && option.Names.Contains($"-{argument[i]}")) is { } option)
                return i == argument.Length - 1 ? option : null;
        }

        return null;
    }

    private void TakeLong(string argument)
    {
        var equals = argument.IndexOf('=', StringComparison.Ordinal);
        var name = equals < 0 ? argument : argument[..equals];
        if (FindNegated(name) is { } negated)
        {
            _found.Add(equals < 0 ? (negated, null) : throw new UsageException($"{name} takes no value"));
            return;
        }

        var option = Find(name);
        if (option.ValueName is not null)
            Add(option, name, equals < 0 ? NextArgument(name) : argument[(equals + 1)..]);
        else if (equals >= 0 && option.OptionalValueName is not null)
            Add(option, name, argument[(equals + 1)..]);
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
                Add(option, name, i + 1 < letters.Length ? letters[(i + 1)..] : NextArgument(name));
                return;
            }

            _found.Add((option, ""));
        }
    }

    private string NextArgument(string name) =>
        _arguments.TryDequeue(out var value) ? value : throw new UsageException($"{name} needs a value; see {help}");

    private void Add(Option option, string name, string value) =>
        _found.Add(value.Length > 0 ? (option, value) : throw new UsageException($"the value of {name} is empty"));

    private Option Find(string name) => options.FirstOrDefault(option => option.Names.Contains(name))
        ?? throw new UsageException($"unknown option {name}; {FindForeign(name) ?? $"{Suggestion(name)}see {help}"}");

    // The options of other tools are compared with those of a run.
    private string? FindForeign(string name) => help == MainHelp ? ForeignOptions.Hint(name) : null;

    private Option? FindNegated(string name) =>
        options.Any(option => option.Names.Contains(name)) ? null : options.FirstOrDefault(option => option.Negation == name);

    private string Suggestion(string name) =>
        Spelling.FindClosest(name, options.Select(option => option.LongName).OfType<string>(), most: 2) is { } near ? $"did you mean {near}? Or " : "";
}
