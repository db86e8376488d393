using Xunit;

namespace Volley.Inventory.Tests;

public class HostFilterTests
{
    private static readonly KnownHost[] Hosts =
    [
        Host("web1", "rack=r1", "role=web"), Host("web2", "rack=r2", "role=web", "place=row 1, \"left\""), Host("db1", "rack=r1", "role=db", "gpu="), Host("db2", "rack=r12", "features=ssd,ib"), Host("root@x9:22"),
    ];

    [Theory]
    [InlineData("web*", "web1 web2")]
    [InlineData("WEB[1-2]", "web1 web2")]
    [InlineData("eb", "")]
    [InlineData("/eb/", "web1 web2")]
    [InlineData("/^(web|db)[0-9]$/!db1", "web1 web2 db2")]
    [InlineData("rack=r1", "web1 db1")]
    [InlineData("rack=r1&role=web", "web1")]
    [InlineData("rack=r1,role=web", "web1")]
    [InlineData("rack=r1,rack=r2,role=web", "web1 web2")]
    [InlineData("role=web,rack=r1,role=db", "web1 db1")]
    [InlineData("(rack=r1),(role=web)", "web1 web2 db1")]
    [InlineData("db*,rack=r2,role=web", "web2 db1 db2")]
    [InlineData("*!rack=r1,role=web", "web2 db1 db2 root@x9:22")]
    [InlineData("rack=r[1-2]", "web1 web2 db1")]
    [InlineData("rack=*", "web1 web2 db1 db2")]
    [InlineData("gpu=*", "db1")]
    [InlineData("features=ib", "db2")]
    [InlineData("*!rack=r1", "web2 db2 root@x9:22")]
    [InlineData("(rack=r1^role=web)&*1", "db1")]
    [InlineData("@g", "web2 root@x9:22")]
    [InlineData("/1,|2$/", "web2 db2")]
    [InlineData("place='row 1, \"left\"'", "web2")]
    [InlineData("place=\"row*\",rack=r2", "web2")]
    [InlineData("*!place='row 1*'&web*", "web1")]
    public async Task AFilterKeepsWhatMatches(string filter, string expected)
    {
        var sources = new ScriptedSource("s", ("g", "x9,web2")).Alone();
        Assert.Equal(expected, string.Join(' ', await HostFilter.Parse(filter).SelectAsync(Hosts, sources)));
    }

    [Theory]
    [InlineData("", 0)]
    [InlineData("rack!=r1", 5)]
    [InlineData("/abc", 0)]
    [InlineData("//", 0)]
    [InlineData("we$b", 2)]
    [InlineData("a=b c", 3)]
    [InlineData("a='b", 2)]
    [InlineData("a='b'c", 5)]
    public void AnErrorStatesItsPosition(string filter, int position) =>
        Assert.Equal(position, Assert.Throws<HostListException>(() => HostFilter.Parse(filter)).Position);

    [Fact]
    public async Task ARegularExpressionIsChecked()
    {
        var error = await Assert.ThrowsAsync<HostListException>(async () => await HostFilter.Parse("web*,/(/").SelectAsync(Hosts, HostSources.None));
        Assert.Equal(5, error.Position);
    }

    [Fact]
    public async Task AttributesOfNamedHostsComeFromTheSources()
    {
        var source = new ScriptedSource("s", ("g", "a1,a2"));
        source.Attributes["a1"] = new Dictionary<string, string> { ["rack"] = "r1" };
        var hosts = await HostExpression.Parse("a1,a2,a3").EvaluateAsync(HostSources.None);
        Assert.Equal("a1", Assert.Single(await HostFilter.Parse("rack=r1").SelectAsync(hosts, source.Alone())).ToString());
        int calls = source.Calls;
        await HostFilter.Parse("a*").SelectAsync(hosts, source.Alone());
        Assert.Equal(calls, source.Calls);
    }

    [Fact]
    public async Task AttributesComeFromTheSourceThatSelectedAHostAndFromNoOther()
    {
        var selecting = new ScriptedSource("selecting", ("g", "a1,a2"));
        var other = new ScriptedSource("other", ("h", "a1,a2,a3"));
        selecting.Attributes["a2"] = new Dictionary<string, string> { ["rack"] = "r2" };
        other.Attributes["a1"] = other.Attributes["a3"] = new Dictionary<string, string> { ["rack"] = "r1" };
        // The first source, so that a search in all of them would ask it.
        var sources = new HostSources([new HostSourceFinder(other), new HostSourceFinder(selecting)]);
        Assert.Empty(await FilterAsync("@selecting:g", "rack=r1"));
        Assert.Equal("a2", Assert.Single(await FilterAsync("@selecting:g,a3", "rack=*")).ToString());
        Assert.Equal(0, other.Calls);
        // Of hosts that are only named, the first source that knows one states its attributes, even if it states none.
        Assert.Equal("a1", Assert.Single(await FilterAsync("a1,a2", "rack=*")).ToString());
        Assert.Equal(1, other.Calls);

        async Task<IReadOnlyList<KnownHost>> FilterAsync(string expression, string filter) =>
            await HostFilter.Parse(filter).SelectAsync(await HostExpression.Parse(expression).EvaluateAsync(sources), sources);
    }

    [Fact]
    public async Task AttributesOfNamedHostsComeFromTheDefaultSourceFirst()
    {
        var other = new ScriptedSource("other", ("h", "a1"));
        var standard = new ScriptedSource("standard", ("g", "a1"));
        standard.Attributes["a1"] = new Dictionary<string, string> { ["rack"] = "r1" };
        var sources = new HostSources([new HostSourceFinder(other), new HostSourceFinder(standard)], "standard");
        var hosts = await HostExpression.Parse("a1").EvaluateAsync(sources);
        Assert.Single(await HostFilter.Parse("rack=r1").SelectAsync(hosts, sources));
        Assert.Equal(0, other.Calls);
    }

    private static KnownHost Host(string name, params string[] attributes) =>
        new(HostList.Parse(name)[0]) { Attributes = attributes.Select(text => text.Split('=')).ToDictionary(parts => parts[0], parts => parts[1]) };
}
