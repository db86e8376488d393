using System.Collections.Immutable;
using Volley.Testing;
using Xunit;

namespace Volley.Tests.Hosts;

public sealed class TargetLabelsTests
{
    [Theory]
    [InlineData("h1,h2", "h1,h2")]
    [InlineData("ops@h1:22,h2", "h1,h2")]
    [InlineData("h1,h1,h1", "h1,h1#2,h1#3")]
    [InlineData("ops@h1,ops@h1", "h1,h1#2")]
    [InlineData("h1,ops@h1,h1:22,h2", "h1,ops@h1,h1:22,h2")]
    [InlineData("ops@h1,h2,root@h1,ops@h1", "ops@h1,h2,root@h1,ops@h1#2")]
    [InlineData("Web1,web1", "Web1,web1#2")]
    [InlineData("[::1]:22,[::2]", "[::1],[::2]")]
    public void ALabelIsTheHostWhereverThatIsEnough(string expression, string labels) =>
        Assert.Equal(labels.Split(','), HostList.Parse(expression).ToTargets().Select(target => target.Label));

    [Fact]
    public void ATargetKeepsThePartsOfItsName()
    {
        ImmutableArray<Target> targets = HostList.Parse("a,ops@[::1]:22").ToTargets();
        Assert.Equal(RankedTarget.Create(0, "a"), targets[0]);
        Assert.Equal(RankedTarget.Create(1, "::1") with { User = "ops", Port = 22, Label = "[::1]" }, targets[1]);
    }

    [Fact]
    public void AnEmptyListHasNoTargets() => Assert.Empty(HostList.Empty.ToTargets());
}
