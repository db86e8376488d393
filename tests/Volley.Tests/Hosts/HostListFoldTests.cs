using Xunit;

namespace Volley.Tests.Hosts;

public sealed class HostListFoldTests
{
    [Theory]
    [InlineData("web1,web2,web3,web7", "web[1-3,7]")]
    [InlineData("web7,web3,web1,web2", "web[1-3,7]")]
    [InlineData("web01,web02,web03,web07", "web[01-03,07]")]
    [InlineData("web08,web09,web10,web11", "web[08-11]")]
    [InlineData("web8,web9,web10,web11", "web[8-11]")]
    [InlineData("web1,web01,web2,web02", "web[01-02,1-2]")]
    [InlineData("web098,web099,web100,web1000", "web[098-100,1000]")]
    [InlineData("n000000000000000009,n000000000000000010,n00", "n[00,000000000000000009-000000000000000010]")]
    [InlineData("n999999999999999999,n999999999999999998,n00000000000000000", "n[00000000000000000,999999999999999998-999999999999999999]")]
    [InlineData("web1", "web1")]
    [InlineData("web1,web2", "web[1-2]")]
    [InlineData("db,web", "db,web")]
    [InlineData("1,2,3", "[1-3]")]
    [InlineData("10.0.0.1,10.0.0.2,10.0.1.1,10.0.1.2", "10.0.[0-1].[1-2]")]
    [InlineData("", "")]
    public void ConsecutiveNumbersBecomeARange(string names, string folded) => AssertFold(names, folded);

    [Theory]
    [InlineData("rack1-n1,rack1-n2,rack1-n3,rack2-n1,rack2-n2,rack2-n3", "rack[1-2]-n[1-3]")]
    [InlineData("rack1-n1,rack2-n1,rack3-n1,rack4-n1,rack5-n1", "rack[1-5]-n1")]
    [InlineData("rack1-n1,rack1-n2,rack2-n1", "rack1-n[1-2],rack2-n1")]
    [InlineData("a1b1c1,a1b1c2,a2b1c1,a2b1c2,a1b2c1,a1b2c2,a2b2c1,a2b2c2", "a[1-2]b[1-2]c[1-2]")]
    public void SeveralDimensionsFoldWhereTheyAreAFullProduct(string names, string folded) => AssertFold(names, folded);

    [Theory]
    [InlineData("ops@web1,ops@web2,web1,web2", "ops@web[1-2],web[1-2]")]
    [InlineData("web1:22,web2:22,web1:23", "web[1-2]:22,web1:23")]
    [InlineData("u1@h,u2@h", "u1@h,u2@h")]
    [InlineData("h:1,h:2", "h:1,h:2")]
    [InlineData("[::1],[::2]:22", "[::1],[::2]:22")]
    public void NumbersOfUsersPortsAndIpv6AddressesAreLeftAlone(string names, string folded) => AssertFold(names, folded);

    [Theory]
    [InlineData("h1,h1", "h1,h1")]
    [InlineData("h1,h2,h1,h3", "h[1-3],h1")]
    [InlineData("b,a,b", "a,b,b")]
    [InlineData("h1,h2,h1,h2,h1", "h[1-2],h[1-2],h1")]
    public void DuplicatesAreRepeated(string names, string folded) => AssertFold(names, folded);

    [Theory]
    [InlineData("h1,h1#2,h2,h2#2", "h[1-2],h1#2,h2#2")]
    [InlineData("h[1,h]2,.h1,.h2,a b1,$1,h1:x", "$1,.h1,.h2,a b1,h1:x,h[1,h]2")]
    [InlineData("h1234567890123456789,h1234567890123456788", "h1234567890123456788,h1234567890123456789")]
    public void WhatIsNoNamePassesThrough(string names, string folded) => Assert.Equal(folded, HostList.Fold(names.Split(',')));

    [Fact]
    public void NamesAreSortedNaturally() =>
        Assert.Equal("B2,a9x,a10,b-1,n[2,10]a,n[3,20]b", HostList.Fold(["n20b", "n10a", "n3b", "n2a", "b-1", "a10", "a9x", "B2"]));

    [Fact]
    public void AnInstanceFoldsItself()
    {
        HostList hosts = HostList.Parse("u@h3,h[1-2],[::1]:22");
        Assert.Equal("[::1]:22,h[1-2],u@h3", hosts.Fold());
        Assert.Equal(hosts.Fold(), hosts.ToString());
        Assert.Equal("", HostList.Empty.ToString());
    }

    [Fact]
    public void ManyNamesFoldToOneRange()
    {
        Assert.Equal("n[1-100000]", HostList.Parse("n[1-100000]").Fold());
        Assert.Equal("n[001-300]-[1-300]", HostList.Parse("n[001-300]-[1-300]").Fold());
    }

    private static void AssertFold(string names, string folded)
    {
        Assert.Equal(folded, HostList.Fold(names.Length == 0 ? [] : names.Split(',')));
        if (names.Length > 0)
            Assert.Equal(names.Split(',').Order(), HostList.Parse(folded).Select(name => name.ToString()).Order());
    }
}
