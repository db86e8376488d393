using Xunit;
using static Volley.Inventory.Tests.Evaluation;

namespace Volley.Inventory.Tests;

public class HostExpressionTests
{
    [Theory]
    [InlineData("a,b,a", "a b a")]
    [InlineData("web[1-3]", "web1 web2 web3")]
    [InlineData("web[1-3]!web2", "web1 web3")]
    [InlineData("a,a!b", "a")]
    [InlineData("n[0-10]&n[8-12]", "n8 n9 n10")]
    [InlineData("n[1-3]^n[2-4]", "n1 n4")]
    [InlineData("a!(b,a),c", "c")]
    [InlineData("a,b!a,c", "b c")]
    [InlineData("a ! b , c", "a c")]
    [InlineData("((a,a))", "a a")]
    [InlineData("n[1-9/2]&n[1-9/3]", "n1 n7")]
    [InlineData("a,b,", "a b")]
    [InlineData("WEB1&web1", "")]
    [InlineData("WEB1,web1!web1", "WEB1")]
    [InlineData("x@WEB1,x@web1!x@web1", "x@WEB1")]
    [InlineData("n01&n1,x", "x")]
    [InlineData("[::1]:22,[fe80::1%eth0]!fe80", "[::1]:22 [fe80::1%eth0]")]
    public async Task OperatorsApplyFromLeftToRight(string expression, string expected) => Assert.Equal(expected, await RunAsync(expression));

    [Theory]
    [InlineData("root@a!a", "")]
    [InlineData("a!root@a", "a")]
    [InlineData("root@a:22!a:22", "")]
    [InlineData("root@a&a", "root@a")]
    [InlineData("a&root@a", "root@a")]
    [InlineData("root@a&a:22", "root@a:22")]
    [InlineData("root@a,a:22&(root@a,a:22)", "root@a a:22")]
    [InlineData("root@a&ops@a", "")]
    [InlineData("root@a^a", "a")]
    [InlineData("a,root@a!root@a", "a")]
    public async Task AnOperandWithoutUserOrPortMatchesAny(string expression, string expected) => Assert.Equal(expected, await RunAsync(expression));

    [Theory]
    [InlineData("", 0, "no hosts")]
    [InlineData("a!", 2, "the hosts after '!' are missing")]
    [InlineData("!a", 0, "the hosts before '!' are missing")]
    [InlineData("a,,b", 2, "an item is empty; remove the extra comma")]
    [InlineData("a&&b", 2, "the hosts after '&' are missing")]
    [InlineData("(a", 0, "the parenthesis is not closed; add a )")]
    [InlineData("a)", 1, "a ) without its (")]
    [InlineData("()", 0, "the parentheses are empty")]
    [InlineData("a(b)", 1, "an operator is missing before the parenthesis")]
    [InlineData("(a)b", 3, "an operator is missing after the parenthesis")]
    [InlineData("a b", 1, "separate items with commas")]
    [InlineData("a!n[3-1]", 4, "the range is reversed")]
    [InlineData("a!n[1-3", 3, "the bracket is not closed")]
    [InlineData("a,b;c", 3, "';'")]
    [InlineData("a!-b", 2, "begin with '-'")]
    [InlineData("a!^", 2, "the file name after ^ is missing")]
    [InlineData("@", 1, "the group is missing")]
    [InlineData("@s:", 3, "the group is missing")]
    [InlineData("@:g", 1, "the source before ':' is missing")]
    [InlineData("@-g", 1, "must not begin with '-'")]
    [InlineData("@g;id", 2, "unexpected ';' in the name of a group")]
    [InlineData("@last:failed", 0, "reserved")]
    [InlineData("@17:ok", 0, "reserved")]
    [InlineData("a!^/no/such/file", 2, "can't read /no/such/file")]
    [InlineData("-", 0, "no standard input")]
    public async Task AnErrorStatesItsPosition(string expression, int position, string message)
    {
        var error = await Assert.ThrowsAsync<HostListException>(() => RunAsync(expression));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.Equal(position, error.Position);
    }

    [Fact]
    public async Task ParenthesesAreBounded()
    {
        var (message, _) = await FailAsync(new string('(', 5000) + "a" + new string(')', 5000));
        Assert.Contains("more than 100 parentheses", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AHostFileCanHoldGroupsAndOperators()
    {
        using var folder = new TemporaryDirectory();
        string path = folder.Write("hosts", "web1 web2,web3 # three\n\n@db!db2\n  web[5-6]\t\n");
        var sources = new ScriptedSource("s", ("db", "db[1-2]")).Alone();
        Assert.Equal("web1 web2 web3 db1 web5 web6", await RunAsync("^" + path, sources));
        Assert.Equal("web1 db1", await RunAsync($"^{path}!web[2-9]", sources));
        Assert.Equal("web5", await RunAsync($"web5&^{path}", sources));
        Assert.Equal("web5", await RunAsync($"(^{path})&web5", sources));
    }

    [Fact]
    public async Task AnErrorInAHostFileStatesItsLine()
    {
        using var folder = new TemporaryDirectory();
        string path = folder.Write("hosts", "web1\nweb2 web;3\n");
        var error = await Assert.ThrowsAsync<HostListException>(() => RunAsync("a,^" + path));
        Assert.Equal($"{path} line 2", error.Origin);
        Assert.Equal(8, error.Position);
        string include = folder.Write("more", "a ^b\n");
        Assert.Contains("can't include another one", (await Assert.ThrowsAsync<HostListException>(() => RunAsync("^" + include))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task StandardInputIsReadOnce()
    {
        Assert.Equal("a b c", await RunAsync("-", input: "a b\nc # comment\n"));
        Assert.Equal("a", await RunAsync("(-)!b", input: "a b"));
        await Assert.ThrowsAsync<HostListException>(() => RunAsync("-,-", input: "a"));
    }

    [Fact]
    public async Task AListIsEvaluatedWithoutSources()
    {
        Assert.True(HostExpression.Parse("a,b[1-3],root@c:22").IsList);
        Assert.False(HostExpression.Parse("a!b").IsList);
        Assert.False(HostExpression.Parse("@a").IsList);
        var source = new ScriptedSource("s", ("g", "x"));
        Assert.Equal("a", await RunAsync("a,b!b", source.Alone()));
        Assert.Equal("a", await RunAsync("a,b!b*", source.Alone()));
        Assert.Equal(0, source.Calls);
    }

    [Fact]
    public async Task AMillionNamesAreOneList()
    {
        IReadOnlyList<KnownHost> hosts = await HostExpression.Parse("n[1-1000000]").EvaluateAsync(HostSources.None);
        Assert.Equal(1_000_000, hosts.Count);
        var error = await Assert.ThrowsAsync<HostListException>(() => RunAsync("n[1-1000000]^m1"));
        Assert.Contains("more than 1,000,000 names", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ALongHostFileIsReadInParts()
    {
        string input = string.Join('\n', Enumerable.Range(1, 300_000).Select(number => number == 150_001 ? "n1!n1" : $"n{number} # {number}"));
        IReadOnlyList<KnownHost> hosts = await HostExpression.Parse("-").EvaluateAsync(HostSources.None, new HostInput(new StringReader(input)));
        Assert.Equal(299_999, hosts.Count);
        var error = await Assert.ThrowsAsync<HostListException>(() => RunAsync("-", input: string.Concat(Enumerable.Repeat("a\n", 2500)) + "b,c;d\ne\n"));
        Assert.Equal(("standard input line 2501", 3), (error.Origin, error.Position));
    }
}
