using System.Text.RegularExpressions;
using Volley.Cli.Tests.Journal;
using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Rollouts;

/// <summary>The commands of docs/guides/rollout.md do what the page says.</summary>
public sealed partial class RolloutGuideTests : IDisposable
{
    private const int Rows = 19;
    private const int Commands = 3;

    private readonly JournalScene _scene = new();

    public void Dispose() => _scene.Dispose();

    [Fact]
    public async Task EachRowOfTheTableHolds()
    {
        var rows = Row().Matches(await ReadPageAsync());
        Assert.Equal(Rows, rows.Count);
        foreach (Match row in rows)
        {
            var line = row.Groups["line"].Value.Replace("\\|", "|", StringComparison.Ordinal);
            var result = await RunAsync($"VOLLEY_TRANSPORT=exec VOLLEY_PARALLEL=1 {line}");
            var batches = string.Join(' ', Batch().Matches(result.Stderr).Select(match => match.Groups["names"].Value));
            var untouched = Untouched().Match(result.Stderr).Groups["names"].Value;
            Assert.Equal(
                (line, row.Groups["code"].Value, row.Groups["batches"].Value, row.Groups["untouched"].Value),
                (line, $"{result.ExitCode}", batches, untouched));
        }
    }

    [Fact]
    public async Task EachCommandPrintsWhatIsBelowIt()
    {
        var commands = Console().Matches(await ReadPageAsync()).SelectMany(block => Command().Matches(block.Groups["text"].Value)).ToArray();
        Assert.Equal(Commands, commands.Length);
        foreach (var command in commands)
        {
            var line = command.Groups["line"].Value;
            Assert.Equal((line, command.Groups["output"].Value), (line, (await RunAsync(line)).Stdout));
        }
    }

    private static Task<string> ReadPageAsync() =>
        File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs", "guides", "rollout.md"), TestContext.Current.CancellationToken);

    private Task<ProgramResult> RunAsync(string line) => JournalScene.RunAsync(
        _scene.Start() with { Program = "/bin/sh", Arguments = ["-c", $"volley() {{ \"$0\" \"$@\"; }}; {line}", BuiltProgram.Path] });

    [GeneratedRegex(@"^\| [^`|]*(?:`[^`]*`[^`|]*)*\| `(?<line>volley (?:\\\||[^|`])*)` \| (?<code>\d+) \| (?:`(?<batches>[^`]*)` )?\| (?:`(?<untouched>[^`]*)` )?\|$", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex(@"^volley: batch \d+ of \d+(?:, canary)? \(\d+ hosts?\): (?<names>.*)$", RegexOptions.Multiline)]
    private static partial Regex Batch();

    [GeneratedRegex(@"^volley: untouched \(\d+\): (?<names>.*)$", RegexOptions.Multiline)]
    private static partial Regex Untouched();

    [GeneratedRegex("```console\n(?<text>.*?)```", RegexOptions.Singleline)]
    private static partial Regex Console();

    [GeneratedRegex(@"^\$ (?<line>.*)\n(?<output>(?:(?!\$ ).*\n)*)", RegexOptions.Multiline)]
    private static partial Regex Command();
}
