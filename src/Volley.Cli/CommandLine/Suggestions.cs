using System.CommandLine;
using System.CommandLine.Completions;
using System.Globalization;

namespace Volley.Cli.CommandLine;

/// <summary>
/// What fits at the end of an unfinished command line. It reads the line as <see cref="OptionTokens"/> does; to
/// System.CommandLine, whatever follows a host list could be one more host, so it has nothing to suggest from there on.
/// </summary>
internal static class Suggestions
{
    private const string Directive = "[suggest";

    /// <summary>Whether a completion script asks: <c>[suggest:POSITION] LINE</c>.</summary>
    public static bool AreAsked(IReadOnlyList<string> arguments) => arguments[0].StartsWith(Directive, StringComparison.Ordinal);

    /// <summary>One suggestion a line.</summary>
    public static string For(IReadOnlyList<string> arguments)
    {
        var line = string.Join(' ', arguments.Skip(1));
        var position = arguments[0][Directive.Length..].Trim(':', ']');
        if (int.TryParse(position, NumberStyles.None, CultureInfo.InvariantCulture, out var end) && end < line.Length)
            line = line[..end];
        var words = line.Split(' ');
        var unfinished = words[^1];
        if (words.Length < 2)
            return "";
        var fitting = Candidates(words[1..^1])
            .Where(candidate => candidate.StartsWith(unfinished, StringComparison.Ordinal))
            .Order(StringComparer.Ordinal);
        return string.Concat(fitting.Select(candidate => candidate + "\n"));
    }

    private static IEnumerable<string> Candidates(string[] before)
    {
        var options = new RunOptions().Groups.SelectMany(group => group.Options).ToList();
        var names = options.Select(option => option.Name).Concat(["--help", "--version"]);
        if (before.Length == 0)
            return names.Concat([VolleyCommandLine.Run, VolleyCommandLine.Ping, VolleyCommandLine.Connections, VolleyCommandLine.Completion, VolleyCommandLine.Help, FrontEnd.Pdsh, FrontEnd.Dshbak]);
        if (before[0] is VolleyCommandLine.Connections)
            return before.Length == 1 ? ["--close"] : [];
        if (before[0] is FrontEnd.Pdsh or FrontEnd.Dshbak)
            return [];
        if (before is [VolleyCommandLine.Completion])
            return CompletionScript.Shells;
        var rest = new Queue<string>(before[0] is VolleyCommandLine.Run or VolleyCommandLine.Ping ? before[1..] : before);
        while (rest.TryDequeue(out var word))
        {
            // The command has begun, and what it takes only it knows.
            if (word is "" or "-" or "--" || word[0] != '-')
                return [];
            if (OpenOption(options, word) is { } option && !rest.TryDequeue(out _))
                return option.GetCompletions(CompletionContext.Empty).Select(item => item.Label);
        }

        return names;
    }

    /// <summary>The option whose value is the next word, if there is one: <c>--output</c>, or the last of a bundle such as <c>-kH</c>.</summary>
    private static Option? OpenOption(List<Option> options, string word)
    {
        if (word.StartsWith("--", StringComparison.Ordinal))
            return options.Find(option => option.Name == word && OptionTokens.TakesValue(option));
        for (var i = 1; i < word.Length; i++)
        {
            var name = $"-{word[i]}";
            var option = options.Find(o => o.Name == name || o.Aliases.Contains(name));
            if (option is not null && OptionTokens.TakesValue(option))
                return i == word.Length - 1 ? option : null;
        }

        return null;
    }
}
