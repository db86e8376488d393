using Xunit;

namespace Volley.Tests.Hosts;

public sealed class HostListTests
{
    private static string[] Names(string expression) => [.. HostList.Parse(expression).Select(name => name.ToString())];

    [Fact]
    public void OrderAndDuplicatesAreKept() => Assert.Equal(["b", "a", "b"], Names("b,a,b"));

    [Fact]
    public void CommasInsideBracketsBelongToTheRange() => Assert.Equal(["h1", "h3", "h5", "h6", "db"], Names("h[1,3,5-6],db"));

    [Fact]
    public void AnyNumberOfRangesMayStandInAName() =>
        Assert.Equal(["rack1-n08", "rack1-n09", "rack1-n15", "rack2-n08", "rack2-n09", "rack2-n15"], Names("rack[1-2]-n[08-09,15]"));

    [Theory]
    [InlineData("h[01-03]", "h01,h02,h03")]
    [InlineData("h[08-12]", "h08,h09,h10,h11,h12")]
    [InlineData("h[9-11]", "h9,h10,h11")]
    [InlineData("h[00-01]", "h00,h01")]
    [InlineData("h[5]", "h5")]
    [InlineData("h[05]", "h05")]
    public void NumbersArePaddedToTheWidthOfTheLowBound(string expression, string names) => Assert.Equal(names.Split(','), Names(expression));

    [Fact]
    public void PaddedNumbersGrowBeyondTheirWidth()
    {
        string[] names = Names("[001-1000]");
        Assert.Equal("001", names[0]);
        Assert.Equal("099", names[98]);
        Assert.Equal("1000", names[^1]);
        Assert.Equal(1000, names.Length);
    }

    [Theory]
    [InlineData("h[1-9/2]", "h1,h3,h5,h7,h9")]
    [InlineData("h[1-10/3]", "h1,h4,h7,h10")]
    [InlineData("h[1-2/100]", "h1")]
    [InlineData("h[01-05/2,9]", "h01,h03,h05,h9")]
    [InlineData("h[999999999999999998-999999999999999999/999999999999999999]", "h999999999999999998")]
    public void AStepLeavesNumbersOut(string expression, string names) => Assert.Equal(names.Split(','), Names(expression));

    [Fact]
    public void RangesMayStandInUserAndPort()
    {
        Assert.Equal(["h1:2201", "h1:2202", "h2:2201", "h2:2202"], Names("h[1-2]:[2201-2202]"));
        Assert.Equal(["u1@h", "u2@h"], Names("u[1-2]@h"));
        Assert.Equal(["h:2201", "h:2203"], Names("h:220[1,3]"));
    }

    [Fact]
    public void UserHostAndPortAreToldApart()
    {
        Assert.Equal([new Target("db.example.com") { User = "ops", Port = 2222 }], HostList.Parse("ops@db.example.com:2222"));
        Assert.Equal([new Target("db_1")], HostList.Parse("db_1"));
        Assert.Equal([new Target("db") { Port = 22 }], HostList.Parse("db:0022"));
        Assert.Equal([new Target("bücher") { User = "EXAMPLE%jo+x=~" }], HostList.Parse("EXAMPLE%jo+x=~@bücher"));
    }

    [Fact]
    public void AColonInsideBracketsMakesAnIpv6Address()
    {
        Assert.Equal(
            [new("::1"), new("fe80::1%eth0") { Port = 22 }, new("::ffff:10.0.0.1") { User = "ops", Port = 2222 }],
            HostList.Parse("[::1],[fe80::1%eth0]:22,ops@[::ffff:10.0.0.1]:2222"));
        Assert.Equal(["[::1]:1", "[::1]:2"], Names("[::1]:[1-2]"));
    }

    [Fact]
    public void ACommaAtTheEndIsIgnored()
    {
        Assert.Equal(["a"], Names("a,"));
        Assert.Equal(["a", "b"], Names("a, b , "));
    }

    [Fact]
    public void TheUserIsWhatStandsBeforeTheLastAt()
    {
        Assert.Equal([new Target("h") { User = "u@dom.example", Port = 22 }], HostList.Parse("u@dom.example@h:22"));
        Assert.Equal([new Target("h") { User = @"DOM\u" }], HostList.Parse(@"DOM\u@h"));
        Assert.Equal([@"DOM\u1@d@h1", @"DOM\u1@d@h2"], Names(@"DOM\u1@d@h[1-2]"));
        Assert.Equal(@"DOM\u@d@h[1-2]", HostList.Fold([@"DOM\u@d@h1", @"DOM\u@d@h2"]));
        AssertFault(@"h\x", 1, "in a host name;");
    }

    [Fact]
    public void WhiteSpaceAroundItemsIsTrimmed() => Assert.Equal(["a", "b", "c"], Names("  a,\tb , c\n"));

    [Theory]
    [InlineData("", 0, "no hosts")]
    [InlineData(" ", 0, "no hosts")]
    [InlineData(",", 0, "remove the extra comma")]
    [InlineData("a,,b", 2, "remove the extra comma")]
    [InlineData("a, ,b", 3, "remove the extra comma")]
    [InlineData("a,,", 2, "remove the extra comma")]
    [InlineData("a b", 1, "separate items with commas")]
    [InlineData("web [1-3]", 3, "separate items with commas")]
    [InlineData("h[1, 2]", 4, "a range holds numbers")]
    [InlineData("-web1", 0, "an item must not begin with '-'")]
    [InlineData("a,-oProxyCommand=x", 2, "an item must not begin with '-'")]
    [InlineData("u@-web1", 2, "must not begin with '-'")]
    [InlineData(".web1", 0, "must not begin with '.'")]
    public void AnItemThatIsNoneIsRefusedWithItsPlace(string expression, int position, string message) => AssertFault(expression, position, message);

    [Theory]
    [InlineData("-web1", Remedy.ExcludeHosts)]
    [InlineData("a,-web1", Remedy.ExcludeHosts)]
    [InlineData("u@-web1", Remedy.None)]
    public void AnItemThatLooksLikeAnOptionHasItsRemedy(string expression, Remedy remedy) =>
        Assert.Equal(remedy, Assert.Throws<HostListException>(() => HostList.Parse(expression)).Remedy);

    [Theory]
    [InlineData("h[]", 2, "the range is empty")]
    [InlineData("h[3-1]", 2, "write [1-3]")]
    [InlineData("h[1-]", 4, "missing after -")]
    [InlineData("h[-3]", 2, "a range holds numbers")]
    [InlineData("h[a-c]", 2, "a range holds numbers")]
    [InlineData("h[1-c]", 4, "a range holds numbers")]
    [InlineData("h[1x]", 3, "a range holds numbers")]
    [InlineData("h[1-5/0]", 6, "the step is 0")]
    [InlineData("h[1-5/]", 6, "missing after /")]
    [InlineData("h[1-5/2/3]", 7, "ends after its step")]
    [InlineData("h[1-5-7]", 5, "ends after its second number")]
    [InlineData("h[5/2]", 3, "a step needs a range")]
    [InlineData("h[1,,2]", 4, "remove the extra comma")]
    [InlineData("h[1,]", 4, "remove the extra comma")]
    [InlineData("a,h[1-3", 3, "is not closed")]
    [InlineData("h1-3]", 4, "a ] without its [")]
    [InlineData("h[1-[2]]", 4, "a bracket within a bracket")]
    [InlineData("[1-99999999999999999999999]", 3, "at most 18 digits")]
    [InlineData("h[0000000000000000001]", 2, "at most 18 digits")]
    public void AFaultyRangeIsRefusedWithItsPlace(string expression, int position, string message) => AssertFault(expression, position, message);

    [Theory]
    [InlineData("@h", 0, "the user name before @ is missing")]
    [InlineData("u@", 2, "the host is missing")]
    [InlineData("u@:22", 2, "the host is missing")]
    [InlineData("u@v@", 4, "the host is missing")]
    [InlineData("u\\@h", 1, "must not end with")]
    [InlineData("u:secret@h", 1, "without a password")]
    [InlineData("h:", 2, "the port after ':' is missing")]
    [InlineData("h:ssh", 2, "write a number from 1 to 65535")]
    [InlineData("h:0", 2, "out of range")]
    [InlineData("h:65536", 2, "out of range")]
    [InlineData("h:[65534-65536]", 2, "out of range")]
    [InlineData("h:99999999999999999999", 2, "out of range")]
    [InlineData("h:1:2", 3, "a second ':'")]
    [InlineData("::1", 0, "write [::1]")]
    [InlineData("u@fe80::1%eth0", 2, "write [fe80::1%eth0]")]
    [InlineData("[::1", 0, "is not closed")]
    [InlineData("[::g]", 1, "no IPv6 address")]
    [InlineData("[::1/64]", 1, "no IPv6 address")]
    [InlineData("[fe80::1%]", 1, "no IPv6 address")]
    [InlineData("[fe80::1%$(x)]", 1, "no IPv6 address")]
    [InlineData("[::1]x", 5, "only :port may follow")]
    [InlineData("h[::1]", 1, "must be the whole host")]
    [InlineData("u[::1]@h", 1, "must be the whole host")]
    public void AFaultyPartIsRefusedWithItsPlace(string expression, int position, string message) => AssertFault(expression, position, message);

    [Theory]
    [InlineData("'")]
    [InlineData("\"")]
    [InlineData("$")]
    [InlineData(";")]
    [InlineData("#")]
    [InlineData("/")]
    [InlineData("`")]
    [InlineData("|")]
    [InlineData("\u001b")]
    [InlineData("\0")]
    [InlineData("\u202e")]
    public void ShellAndControlCharactersHaveNoPlaceInAName(string character)
    {
        AssertFault($"h{character}x", 1, "in a host name;");
        AssertFault($"u{character}x@h", 1, "in a user name;");
    }

    [Fact]
    public void ANameHasAtMost255Characters()
    {
        Assert.Single(HostList.Parse(new string('h', 255)));
        AssertFault("a," + new string('h', 256), 2, "longer than 255");
        AssertFault(new string('h', 253) + "[1-100]", 0, "longer than 255");
    }

    [Theory]
    [InlineData("[1-999999999]", 0)]
    [InlineData("a,h[1-1000]-[1-1000]-[1-2]", 2)]
    [InlineData("u[1-2]@h[1-1000000]", 0)]
    [InlineData("h[1-1000]:[1-1001]", 0)]
    [InlineData("[1-999999999999999999][1-999999999999999999][1-999999999999999999]", 0)]
    [InlineData("h[1-1000000],h1", 13)]
    [InlineData("h[1-600000],h[1-600000]", 12)]
    public void MoreThanAMillionNamesAreRefusedBeforeTheyAreMade(string expression, int position)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        AssertFault(expression, position, "more than 1,000,000 names");
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000_000);
    }

    [Fact]
    public void AMillionNamesAreAccepted() => Assert.Equal(HostList.MaxNames, HostList.Parse("n[1-1000000]").Count);

    [Fact]
    public void ListsWithEqualNamesInEqualOrderAreEqual()
    {
        Assert.Equal(HostList.Parse("h[1-2]"), HostList.Parse("h1,h2"));
        Assert.True(HostList.Parse("h[1-2]").Equals((object)HostList.Parse("h1,h2")));
        Assert.Equal(HostList.Parse("h[1-2]").GetHashCode(), HostList.Parse("h1,h2").GetHashCode());
        Assert.False(HostList.Parse("h[1-2]").Equals(HostList.Parse("h2,h1")));
        Assert.Empty(HostList.Empty);
        Assert.Equal(HostList.Empty, HostList.Parse("a").Except(HostList.Parse("a")));
    }

    [Fact]
    public void TheExampleOfTheDocumentationIsTrue()
    {
        HostList hosts = HostList.Parse("web[1-3],admin@db:2222").Except(HostList.Parse("web2"));
        Assert.Equal(3, hosts.Count);
        Assert.Equal("admin@db:2222,web[1,3]", hosts.ToString());
        Assert.Equal(["web1", "web3", "db"], hosts.ToTargets().Select(target => target.Label));
    }

    private static void AssertFault(string expression, int position, string message)
    {
        HostListException fault = Assert.Throws<HostListException>(() => HostList.Parse(expression));
        Assert.Contains(message, fault.Message, StringComparison.Ordinal);
        Assert.Equal((position, expression), (fault.Position, fault.Expression));
        Assert.Null(fault.Origin);
    }
}
