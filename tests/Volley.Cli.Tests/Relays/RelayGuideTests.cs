using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Relays;

/// <summary>The commands of docs/guides/relays.md that need no server elsewhere do what the page says.</summary>
public sealed class RelayGuideTests
{
    [Fact]
    public async Task EachCommandPrintsWhatIsBelowIt()
    {
        var (line, output) = Assert.Single((await GuidePage.ReadAsync("relays.md")).GetCommands());
        var result = await ProgramRun.RunAsync(GuidePage.Start(VolleyRun.Start(), line), RelayScene.Limit);
        Assert.Equal((line, GuidePage.Sort(output)), (line, GuidePage.Sort(result.Stdout)));
    }
}
