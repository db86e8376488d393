using Xunit;

namespace Volley.Inventory.Tests;

public class HostFilterTests
{
    private static readonly KnownHost[] Hosts =
    [
        Host("web1", "rack=r1", "role=web"), Host("web2", "rack=r2", "role=web"), Host("db1", "rack=r1", "role=db", "gpu="), Host("db2", "rack=r12", "features=ssd,ib"), Host("root@x9:22"),
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

    private static KnownHost Host(string name, params string[] attributes) =>
        new(HostList.Parse(name)[0]) { Attributes = attributes.Select(text => text.Split('=')).ToDictionary(parts => parts[0], parts => parts[1]) };
}
