using System.CommandLine;

namespace Volley.Cli.CommandLine;

/// <summary>
/// Brings a command line into the one form that leaves the parser nothing to guess: every value joined to its option by
/// "=", bundled flags taken apart, and "--" before the first word of the remote command, which may look like an option of
/// ours.
/// </summary>
internal static class OptionTokens
{
    /// <exception cref="UsageException">An option is unknown, or lacks its value.</exception>
    public static List<string> Normalize(IEnumerable<string> arguments, IReadOnlyList<Option> options)
    {
        var result = new List<string>();
        var rest = new Queue<string>(arguments);
        while (rest.TryDequeue(out var word))
        {
            if (word == "--" || !word.StartsWith('-') || word == "-")
            {
                result.Add("--");
                if (word != "--")
                    result.Add(word);
                result.AddRange(rest);
                return result;
            }

            if (word.StartsWith("--", StringComparison.Ordinal))
                AddLong(word);
            else
                AddBundle(word[1..]);
        }

        return result;

        void AddLong(string word)
        {
            var equals = word.IndexOf('=', StringComparison.Ordinal);
            var name = equals < 0 ? word : word[..equals];
            var option = Find(name);
            if (!TakesValue(option))
                result.Add(equals < 0 ? option.Name : throw new UsageException($"{name} takes no value"));
            else
                AddValue(option, name, equals < 0 ? NextValue(name) : word[(equals + 1)..]);
        }

        void AddBundle(string letters)
        {
            for (var i = 0; i < letters.Length; i++)
            {
                if (letters[i] == '=' && i > 0)
                    throw new UsageException($"-{letters[i - 1]} takes no value");
                var name = $"-{letters[i]}";
                var option = Find(name);
                if (TakesValue(option))
                {
                    AddValue(option, name, i + 1 < letters.Length ? letters[(i + 1)..] : NextValue(name));
                    return;
                }

                result.Add(option.Name);
            }
        }

        string NextValue(string name) =>
            rest.TryDequeue(out var value) ? value : throw new UsageException($"{name} needs a value; see volley --help");

        void AddValue(Option option, string name, string value) =>
            result.Add(value.Length > 0 ? $"{option.Name}={value}" : throw new UsageException($"the value of {name} is empty"));

        Option Find(string name)
        {
            return options.FirstOrDefault(o => o.Name == name || o.Aliases.Contains(name))
                ?? throw new UsageException($"unknown option {name}; {ForeignOptions.Hint(name) ?? $"{Suggestion(name)}see volley --help"}");
        }

        string Suggestion(string name)
        {
            var near = options.Select(o => o.Name).Where(n => n.Length > 3).MinBy(n => Distance(n, name));
            return near is not null && Distance(near, name) <= 2 ? $"did you mean {near}? Or " : "";
        }
    }

    /// <summary>Whether a value belongs to it.</summary>
    public static bool TakesValue(Option option) => option.Arity.MaximumNumberOfValues > 0 && option.ValueType != typeof(bool);

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
