using System.Text.RegularExpressions;
using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests;

/// <summary>A page of docs/guides, whose commands tests run.</summary>
/// <param name="text">The text of the page.</param>
internal sealed partial class GuidePage(string text)
{
    /// <summary>The text of the page.</summary>
    public string Text => text;

    /// <summary>Reads a page.</summary>
    public static async Task<GuidePage> ReadAsync(string name) =>
        new(await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs", "guides", name), TestContext.Current.CancellationToken));

    /// <summary>Returns the commands of the blocks that show a console, with the output below each.</summary>
    public (string Line, string Output)[] GetCommands() =>
    [
        .. Console().Matches(text)
            .SelectMany(block => Command().Matches(block.Groups["text"].Value))
            .Select(command => (command.Groups["line"].Value, command.Groups["output"].Value)),
    ];

    /// <summary>Returns a start of the built program by a line of the shell, in which it is <c>volley</c>.</summary>
    public static ProgramStart Start(ProgramStart start, string line) =>
        start with { Program = "/bin/sh", Arguments = ["-c", $"volley() {{ \"$0\" \"$@\"; }}; {line}", BuiltProgram.Path] };

    /// <summary>Sorts the lines of an output: hosts that run at the same time print in any order.</summary>
    public static string Sort(string output) => string.Join('\n', VolleyRun.Lines(output).Order(StringComparer.Ordinal));

    [GeneratedRegex("```console\n(?<text>.*?)```", RegexOptions.Singleline)]
    private static partial Regex Console();

    [GeneratedRegex(@"^\$ (?<line>.*)\n(?<output>(?:(?!\$ ).*\n)*)", RegexOptions.Multiline)]
    private static partial Regex Command();
}
