using System.Text.RegularExpressions;
using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Journal;

/// <summary>The commands of docs/guides/journal.md print what the page shows, one after another.</summary>
public sealed partial class JournalGuideTests : IDisposable
{
    private const int Commands = 13;

    private readonly JournalScene _scene = new();

    public void Dispose() => _scene.Dispose();

    [Fact]
    public async Task EachCommandPrintsWhatIsBelowIt()
    {
        var page = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs", "guides", "journal.md"), TestContext.Current.CancellationToken);
        var commands = Console().Matches(page).SelectMany(block => Command().Matches(block.Groups["text"].Value)).ToArray();
        Assert.Equal(Commands, commands.Length);
        foreach (var command in commands)
        {
            // Hosts that run at the same time print in any order.
            var line = command.Groups["line"].Value;
            var result = await JournalScene.RunAsync(_scene.Start() with { Program = "/bin/sh", Arguments = ["-c", $"volley() {{ \"$0\" \"$@\"; }}; {line}", BuiltProgram.Path] });
            Assert.Equal((line, Sort(command.Groups["output"].Value)), (line, Sort(result.Stdout)));
        }
    }

    private static string Sort(string text) => string.Join('\n', VolleyRun.Lines(text).Order(StringComparer.Ordinal));

    [GeneratedRegex("```console\n(?<text>.*?)```", RegexOptions.Singleline)]
    private static partial Regex Console();

    [GeneratedRegex(@"^\$ (?<line>.*)\n(?<output>(?:(?!\$ ).*\n)*)", RegexOptions.Multiline)]
    private static partial Regex Command();
}
