using Xunit;

namespace Volley.Cli.Tests.Journal;

/// <summary>The commands of docs/guides/journal.md print what the page shows, one after another.</summary>
public sealed class JournalGuideTests : IDisposable
{
    private const int Commands = 13;

    private readonly JournalScene _scene = new();

    public void Dispose() => _scene.Dispose();

    [Fact]
    public async Task EachCommandPrintsWhatIsBelowIt()
    {
        var commands = (await GuidePage.ReadAsync("journal.md")).GetCommands();
        Assert.Equal(Commands, commands.Length);
        foreach (var (line, output) in commands)
        {
            var result = await JournalScene.RunAsync(GuidePage.Start(_scene.Start(), line));
            Assert.Equal((line, GuidePage.Sort(output)), (line, GuidePage.Sort(result.Stdout)));
        }
    }
}
