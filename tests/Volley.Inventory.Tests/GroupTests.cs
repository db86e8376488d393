using Xunit;
using static Volley.Inventory.Tests.Evaluation;

namespace Volley.Inventory.Tests;

public class GroupTests
{
    private readonly ScriptedSource _roles = new("roles", ("web", "web[1-3]"), ("db", "db[1-2],@web"), ("rack1", "r[1-2]"), ("rack2", "r[3-4]"), ("empty", ""), ("users", "root@u1,u2"));
    private readonly ScriptedSource _sites = new("sites", ("web", "x1"), ("east", "e1,@roles:web"));

    private HostSources Both(string? defaultSource = null) => new([new HostSourceFinder(_roles), new HostSourceFinder(_sites)], defaultSource);

    [Theory]
    [InlineData("@web", "web1 web2 web3")]
    [InlineData("@sites:web", "x1")]
    [InlineData("@db", "db1 db2 web1 web2 web3")]
    [InlineData("@east", "e1 web1 web2 web3")]
    [InlineData("@rack[1-2]", "r1 r2 r3 r4")]
    [InlineData("@rack*", "r1 r2 r3 r4")]
    [InlineData("@roles:rack?!r2", "r1 r3 r4")]
    [InlineData("root@@web", "root@web1 root@web2 root@web3")]
    [InlineData("ops@corp@@sites:web", "ops@corp@x1")]
    [InlineData("root@@users", "root@u1 root@u2")]
    [InlineData("@sites:*", "x1 e1 web1 web2 web3")]
    [InlineData("@*&r*", "r1 r2 r3 r4")]
    [InlineData("@@sites", "web east")]
    [InlineData("@@", "web db rack1 rack2 empty users")]
    [InlineData("@web,web1", "web1 web2 web3")]
    [InlineData("@web,@db", "web1 web2 web3 db1 db2")]
    [InlineData("web1,web1,@web", "web1 web2 web3")]
    [InlineData("web*", "web1 web2 web3")]
    [InlineData("ops@web?:22!web2", "ops@web1:22 ops@web3:22")]
    [InlineData("r[1-2]*", "r1 r2")]
    public async Task AGroupIsASet(string expression, string expected) => Assert.Equal(expected, await RunAsync(expression, Both()));

    [Fact]
    public async Task TheDefaultSourceComesFirst()
    {
        Assert.Equal("x1", await RunAsync("@web", Both("sites")));
        // It does not have this group: the first source that has it serves.
        Assert.Equal("r1 r2", await RunAsync("@rack1", Both("sites")));
        Assert.Equal("x1 e1 web1 web2 web3", await RunAsync("@*", Both("sites")));
    }

    [Fact]
    public async Task NoSourceStandsInForAllHostsOfTheDefaultSource()
    {
        var failure = new HostSourceException("broken", "no such file", "broken.test");
        HostSources sources = new([new HostSourceFinder(new ScriptedSource("broken", ("web", "w1")) { Failure = failure }), new HostSourceFinder(_sites)], "broken");
        Assert.Same(failure, await Assert.ThrowsAsync<HostSourceException>(() => RunAsync("@*", sources)));
        Assert.Same(failure, await Assert.ThrowsAsync<HostSourceException>(() => RunAsync("w*", sources)));
        // Another source may have the group.
        Assert.Equal("x1", await RunAsync("@web", sources));
    }

    [Fact]
    public async Task AnUnknownDefaultSourceIsNamedAsSuch()
    {
        var (message, _) = await FailAsync("@web", Both("slurm"));
        Assert.Contains("unknown default source 'slurm'", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a,@wbe", 2, "unknown group @wbe (not in roles, sites); did you mean @web?")]
    [InlineData("@sites:rack1", 0, "unknown group @sites:rack1 (not in sites)")]
    [InlineData("@empty", 0, "the group @empty is empty in the source 'roles' (roles.test)")]
    [InlineData("@site:web", 0, "unknown source 'site'; did you mean 'sites'?")]
    [InlineData("@none*", 0, "unknown group @none*")]
    [InlineData("@x", 0, "unknown group @x (not in roles, sites); list the groups with: volley list")]
    [InlineData("zzz*", 0, "'zzz*' matches none of the known hosts (@*)")]
    [InlineData("@rack[1-3]", 0, "unknown group @rack3 (not in roles)")]
    public async Task AnUnknownGroupIsAnErrorAndNeverAllHosts(string expression, int position, string message)
    {
        var (text, at) = await FailAsync(expression, Both());
        Assert.Contains(message, text, StringComparison.Ordinal);
        Assert.Equal(position, at);
    }

    [Fact]
    public async Task WithoutSourcesAGroupIsAnError()
    {
        Assert.Contains("there is no source of groups", (await FailAsync("@web")).Message, StringComparison.Ordinal);
        Assert.Contains("no source of groups has any hosts", (await FailAsync("@*")).Message, StringComparison.Ordinal);
        Assert.Contains("no source of groups has any hosts", (await FailAsync("web*")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ABrokenSourceDoesNotHideAWorkingOne()
    {
        var broken = new ScriptedSource("broken") { Failure = new("broken", "expected a colon", "/etc/broken", 3) };
        var sources = new HostSources([new HostSourceFinder(broken), new HostSourceFinder(_roles)]);
        Assert.Equal("web1 web2 web3", await RunAsync("@web", sources));
        Assert.Equal("broken: /etc/broken line 3: expected a colon", Assert.Single(sources.Failures).Message);
        Assert.Contains("can't read broken: /etc/broken line 3: expected a colon", (await FailAsync("@nope", sources)).Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<HostSourceException>(() => RunAsync("@broken:web", sources));
    }

    [Fact]
    public async Task ASearchOpensNoSourceAfterTheOneThatHasTheGroup()
    {
        var first = new HostSourceFinder(new ScriptedSource("first", ("web", "x1")));
        var sources = new HostSources([first, new HostSourceFinder("lazy", _ => throw new InvalidOperationException("opened"))]);
        Assert.Equal("x1", await RunAsync("@web", sources));
        Assert.Equal("x1", await RunAsync("x*", sources));
        await Assert.ThrowsAsync<InvalidOperationException>(() => RunAsync("@nope", sources));
    }

    [Fact]
    public async Task NoSourceIsOpenedBeforeItIsNeeded()
    {
        var finder = new HostSourceFinder("lazy", _ => throw new InvalidOperationException("opened"));
        var sources = new HostSources([finder, new HostSourceFinder(_sites)]);
        Assert.Equal("a", await RunAsync("a", sources));
        Assert.Equal("x1", await RunAsync("@sites:web", sources));
        await Assert.ThrowsAsync<InvalidOperationException>(() => RunAsync("@web", sources));
    }

    [Theory]
    [InlineData("@a")]
    [InlineData("@c")]
    public async Task AGroupThatContainsItselfIsAnError(string expression)
    {
        var source = new ScriptedSource("s", ("a", "x,@b"), ("b", "@a"), ("c", "@*"));
        var error = await Assert.ThrowsAsync<HostListException>(() => RunAsync(expression, source.Alone()));
        Assert.Contains("contains itself", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AMemberKnowsItsOriginAndAttributes()
    {
        _roles.Attributes["web1"] = new Dictionary<string, string> { ["rack"] = "r1" };
        var hosts = await HostExpression.Parse("web1&@web").EvaluateAsync(Both());
        Assert.Equal("@roles:web", Assert.Single(hosts).Origin?.ToString());
        Assert.Equal("r1", hosts[0].Attributes["rack"]);
    }

    [Fact]
    public async Task AnInvalidDefinitionDoesNotHideAttributes()
    {
        var wrong = new ScriptedSource("wrong", ("g", "a;b"));
        _roles.Attributes["web1"] = new Dictionary<string, string> { ["rack"] = "r1" };
        var sources = new HostSources([new HostSourceFinder(wrong), new HostSourceFinder(_roles)]);
        var hosts = await HostExpression.Parse("web1").EvaluateAsync(sources);
        Assert.Single(await HostFilter.Parse("rack=r1").SelectAsync(hosts, sources));
        Assert.Equal("wrong", Assert.Single(sources.Failures).SourceName);
        // A group that is named is not passed over.
        await Assert.ThrowsAsync<HostListException>(() => RunAsync("@g", sources));
    }

    [Fact]
    public async Task TheGroupsOfAHostAreFound()
    {
        Assert.Equal(["@roles:web", "@roles:db", "@sites:east"], (await Both().FindGroupsAsync("web1")).Select(group => group.ToString()));
        Assert.Empty(await Both().FindGroupsAsync("none"));
    }

    [Fact]
    public async Task WildcardsOfAnExclusionMatchTheHostsOfTheRun()
    {
        KnownHost[] known = [.. HostList.Parse("a1,a2,b1").Select(name => new KnownHost(name))];
        var hosts = await HostExpression.Parse("a*!a2").EvaluateAsync(HostSources.None, known: known);
        Assert.Equal("a1", Assert.Single(hosts).ToString());
    }
}
