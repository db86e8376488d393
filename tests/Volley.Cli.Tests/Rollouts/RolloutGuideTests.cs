using System.Text.RegularExpressions;
using Volley.Cli.Tests.Journal;
using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Rollouts;

/// <summary>The commands of docs/guides/rollout.md do what the page says.</summary>
public sealed partial class RolloutGuideTests : IDisposable
{
    private const int Rows = 21;
    private const int Commands = 7;

    private readonly JournalScene _scene = new();

    public void Dispose() => _scene.Dispose();

    [Fact]
    public async Task EachRowOfTheTableHolds()
    {
        var rows = Row().Matches((await GuidePage.ReadAsync("rollout.md")).Text);
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
        var commands = (await GuidePage.ReadAsync("rollout.md")).GetCommands();
        Assert.Equal(Commands, commands.Length);
        foreach (var (line, output) in commands)
            Assert.Equal((line, output), (line, (await RunAsync(line)).Stdout));
    }

    private Task<ProgramResult> RunAsync(string line) => JournalScene.RunAsync(GuidePage.Start(_scene.Start(), line));

    [GeneratedRegex(@"^\| [^`|]*(?:`[^`]*`[^`|]*)*\| `(?<line>volley (?:\\\||[^|`])*)` \| (?<code>\d+) \| (?:`(?<batches>[^`]*)` )?\| (?:`(?<untouched>[^`]*)` )?\|$", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex(@"^volley: batch \d+ of \d+(?:, canary)? \(\d+ hosts?\): (?<names>.*)$", RegexOptions.Multiline)]
    private static partial Regex Batch();

    [GeneratedRegex(@"^volley: untouched \(\d+\): (?<names>.*)$", RegexOptions.Multiline)]
    private static partial Regex Untouched();
}
