using System.Text.RegularExpressions;
using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Variables;

/// <summary>The commands of docs/guides/variables.md print what the page shows.</summary>
public sealed class VariableGuideTests : IDisposable
{
    private const int Commands = 7;

    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task EachCommandPrintsWhatIsBelowIt()
    {
        var page = await GuidePage.ReadAsync("variables.md");
        Assert.Contains("`shards.csv`", page.Text, StringComparison.Ordinal);
        _folder.Write("shards.csv", Regex.Match(page.Text, "```csv\n(.*?)```", RegexOptions.Singleline).Groups[1].Value);
        var commands = page.GetCommands();
        Assert.Equal(Commands, commands.Length);
        foreach (var (line, output) in commands)
        {
            var result = await ProgramRun.RunAsync(GuidePage.Start(VolleyRun.Start() with { WorkingDirectory = _folder.Path }, line));
            Assert.Equal((line, GuidePage.Sort(output)), (line, GuidePage.Sort(result.Stdout)));
        }
    }
}
