namespace Volley.Cli.Options.Parsing;

/// <summary>
/// Parses options as GNU's getopt does: the value of a long option follows "=" or is the next argument, and letters can be combined. Parsing stops at
/// "--" or at the first argument that is not an option. The rest is the remote command, whose arguments may look like options.
/// </summary>
/// <param name="options">All options.</param>
internal sealed class OptionParser(IReadOnlyList<Option> options)
{
    private readonly List<(Option Option, string Value)> _found = [];
    private Queue<string> _arguments = [];

    /// <summary>Splits a command line into options and the command. Does not set the options.</summary>
    /// <returns>The options in order, each with its value, and the arguments of the command.</returns>
    /// <exception cref="UsageException">An option is unknown, or lacks its value.</exception>
    public (IReadOnlyList<(Option Option, string Value)> Found, string[] Command) Split(IEnumerable<string> arguments)
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
        var option = Find(name);
        if (option.ValueName is not null)
            Add(option, name, equals < 0 ? NextArgument(name) : argument[(equals + 1)..]);
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
        _arguments.TryDequeue(out var value) ? value : throw new UsageException($"{name} needs a value; see volley --help");

    private void Add(Option option, string name, string value) =>
        _found.Add(value.Length > 0 ? (option, value) : throw new UsageException($"the value of {name} is empty"));

    private Option Find(string name) => options.FirstOrDefault(option => option.Names.Contains(name))
        ?? throw new UsageException($"unknown option {name}; {ForeignOptions.Hint(name) ?? $"{Suggestion(name)}see volley --help"}");

    private string Suggestion(string name)
    {
        var near = options.Select(option => option.Name).Where(known => known.Length > 3).MinBy(known => Distance(known, name));
        return near is not null && Distance(near, name) <= 2 ? $"did you mean {near}? Or " : "";
    }

    /// <summary>Returns the number of characters to change, add or remove (Levenshtein distance).</summary>
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
