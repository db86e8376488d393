using System.Text.RegularExpressions;
using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Variables;

/// <summary>The commands of docs/guides/variables.md print what the page shows.</summary>
public sealed partial class VariableGuideTests : IDisposable
{
    private const int Commands = 7;

    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task EachCommandPrintsWhatIsBelowIt()
    {
        var page = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs", "guides", "variables.md"), TestContext.Current.CancellationToken);
        Assert.Contains("`shards.csv`", page, StringComparison.Ordinal);
        _folder.Write("shards.csv", Regex.Match(page, "```csv\n(.*?)```", RegexOptions.Singleline).Groups[1].Value);
        var commands = Console().Matches(page).SelectMany(block => Command().Matches(block.Groups["text"].Value)).ToArray();
        Assert.Equal(Commands, commands.Length);
        foreach (var command in commands)
        {
            var line = command.Groups["line"].Value;
            var result = await ProgramRun.RunAsync(VolleyRun.Start() with
            {
                Program = "/bin/sh",
                Arguments = ["-c", $"volley() {{ \"$0\" \"$@\"; }}; {line}", BuiltProgram.Path],
                WorkingDirectory = _folder.Path,
            });
            Assert.Equal((line, Sort(command.Groups["output"].Value)), (line, Sort(result.Stdout)));
        }
    }

    // Hosts that run at the same time print in any order.
    private static string Sort(string text) => string.Join('\n', VolleyRun.Lines(text).Order(StringComparer.Ordinal));

    [GeneratedRegex("```console\n(?<text>.*?)```", RegexOptions.Singleline)]
    private static partial Regex Console();

    [GeneratedRegex(@"^\$ (?<line>.*)\n(?<output>(?:(?!\$ ).*\n)*)", RegexOptions.Multiline)]
    private static partial Regex Command();
}
