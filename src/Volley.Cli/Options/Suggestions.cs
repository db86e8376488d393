using System.Globalization;
using Volley.Cli.Options.Parsing;

namespace Volley.Cli.Options;

/// <summary>Completions of an unfinished command line.</summary>
internal static class Suggestions
{
    private const string Directive = "[suggest";

    /// <summary>Returns whether the arguments are a request of a completion script: <c>[suggest:POSITION] LINE</c>.</summary>
    public static bool IsRequest(IReadOnlyList<string> arguments) => arguments[0].StartsWith(Directive, StringComparison.Ordinal);

    /// <summary>Returns the suggestions, one per line.</summary>
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
        var options = new RunOptions().All;
        var names = options.Select(option => option.Name);
        if (before.Length == 0)
            return names.Concat(CommandLine.Verbs).Concat([FrontEnd.Pdsh, FrontEnd.Dshbak]);
        if (before[0] is CommandLine.Connections)
            return before.Length == 1 ? ["--close"] : [];
        if (before[0] is FrontEnd.Pdsh or FrontEnd.Dshbak)
            return [];
        if (before is [CommandLine.Completion])
            return CompletionScript.Shells;
        var rest = new Queue<string>(before[0] is CommandLine.Run or CommandLine.Ping or CommandLine.Push or CommandLine.Sync ? before[1..] : before);
        var parser = new OptionParser(options);
        while (rest.TryDequeue(out var word))
        {
            // The command has begun, and its arguments are not known here.
            if (word is "" or "-" or "--" || word[0] != '-')
                return [];
            if (parser.LeftOpenBy(word) is { } option && !rest.TryDequeue(out _))
                return option.Choices;
        }

        return names;
    }
}
