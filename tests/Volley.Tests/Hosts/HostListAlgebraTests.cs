using Xunit;

namespace Volley.Tests.Hosts;

public sealed class HostListAlgebraTests
{
    private static string[] Names(HostList hosts) => [.. hosts.Select(name => name.ToString())];

    [Theory]
    [InlineData("h[1-3],h2", "h2", "h1,h3")]
    [InlineData("ops@h1,h1:22,ops@h1:22,h1,h2", "h1", "h2")]
    [InlineData("ops@h1,h1:22,ops@h1:22,h1,OPS@h1", "ops@h1", "h1:22,h1,OPS@h1")]
    [InlineData("ops@h1,h1:22,ops@h1:22,h1", "h1:22", "ops@h1,h1")]
    [InlineData("ops@h1,h1:22,ops@h1:22,h1", "ops@h1:22", "ops@h1,h1:22,h1")]
    [InlineData("Web1,web2", "wEB[1,3]", "web2")]
    [InlineData("h1,h10", "h1", "h10")]
    [InlineData("[::1]:22,h", "[::1]", "h")]
    public void ExceptLeavesOutWhatTheOtherListNames(string hosts, string other, string left) =>
        Assert.Equal(left.Split(','), Names(HostList.Parse(hosts).Except(HostList.Parse(other))));

    [Fact]
    public void ConcatKeepsOrderAndDuplicates() =>
        Assert.Equal(["b", "a", "a", "b"], Names(HostList.Parse("b,a").Concat(HostList.Parse("a,b"))));

    [Fact]
    public void ConcatRefusesMoreThanAMillionNames()
    {
        HostList half = HostList.Parse("h[1-500001]");
        Assert.Contains("more than 1,000,000", Assert.Throws<HostListException>(() => half.Concat(half)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("web1", "web1,ops@web1:22")]
    [InlineData("web", "web")]
    [InlineData("eb1", "")]
    [InlineData("WEB1", "web1,ops@web1:22")]
    [InlineData("web*", "web1,web10,ops@web1:22,web")]
    [InlineData("*1", "web1,ops@web1:22,[::1]")]
    [InlineData("web?", "web1,ops@web1:22")]
    [InlineData("web??", "web10")]
    [InlineData("?*?", "web1,web10,db.example,ops@web1:22,web,[::1]")]
    [InlineData("*.*", "db.example")]
    [InlineData("::*", "[::1]")]
    [InlineData("ops", "")]
    [InlineData("[::1]", "[::1]")]
    [InlineData("web[1-9]", "web1,ops@web1:22")]
    [InlineData("WEB[1-10/9]", "web1,web10,ops@web1:22")]
    [InlineData("web[01-10]", "web10")]
    [InlineData("?eb[0-1]*", "web1,web10,ops@web1:22")]
    [InlineData("web1[0]", "web10")]
    public void MatchingComparesTheWholeHost(string glob, string names) =>
        Assert.Equal(names, string.Join(',', Names(HostList.Parse("web1,web10,db.example,ops@web1:22,web,[::1]").Matching(glob))));

    [Theory]
    [InlineData("", 0)]
    [InlineData("web[1-3", 3)]
    [InlineData("web[3-1]", 4)]
    [InlineData("web1]", 4)]
    [InlineData("{a,b}", 0)]
    [InlineData("we\\b", 2)]
    [InlineData("a,b", 1)]
    [InlineData("ops@*", 3)]
    [InlineData("a b", 1)]
    public void APatternThatMatchesNoHostIsRefused(string glob, int position) =>
        Assert.Equal(position, Assert.Throws<HostListException>(() => HostList.Parse("web1").Matching(glob)).Position);

    [Fact]
    public void AManyStarredPatternTakesNoExponentialTime()
    {
        HostList hosts = HostList.Parse(new string('a', 255));
        Assert.Empty(hosts.Matching(string.Concat(Enumerable.Repeat("a*", 100)) + "b"));
        Assert.Empty(HostList.Parse(new string('1', 255)).Matching(string.Concat(Enumerable.Repeat("[1-99999]*", 20)) + "b"));
    }
}
