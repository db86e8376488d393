using System.Collections.Immutable;
using Volley.Cli.Variables;
using Xunit;

namespace Volley.Cli.Tests.Variables;

/// <summary>The file of --each.</summary>
public sealed class EachFileTests : IDisposable
{
    private static readonly ImmutableArray<Target> Targets = [.. HostList.Parse("web1,u@web2:22,[::1],web1").ToTargets()];

    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("\ufeffA, host ,B\r\n\r\n1,web1,\"x,\"\"y\"\"\"\r\n\"2\r\n3\",web2,\r\n4,::1,z")]
    [InlineData("\n [{\"host\":\"web1\",\"A\":1,\"B\":\"x,\\\"y\\\"\"},\n{\"A\":\"2\\r\\n3\",\"B\":\"\",\"host\":\"u@web2:22\"}, {\"host\":\"[::1]\",\"A\":4,\"B\":\"z\"}]")]
    public void EachTargetHasARow(string text)
    {
        var file = EachFile.Read(_folder.Write("rows", text), Targets);
        Assert.Equal(["1", "2\r\n3", "4", "1"], Targets.Select(target => file.Find(target).Values["A"]));
        Assert.Equal(["x,\"y\"", "", "z", "x,\"y\""], Targets.Select(target => file.Find(target).Values["B"]));
        Assert.False(file.HasColumn("host"));
    }

    [Theory]
    [InlineData("", ": the file is empty; it begins with a header that has a column 'host', or is a JSON array")]
    [InlineData("name,A\n", " line 1: the header has no column 'host'; it names the host of a row")]
    [InlineData("host,A,A\n", " line 1: two columns are named 'A'")]
    [InlineData("host,A\nweb1,1,2\n", " line 2: 3 fields, where the header has 2")]
    [InlineData("host,A\nweb1,\"1\n2\"\n\"web2\"x,1\n", " line 4: unexpected text after a closing quote; a quote in a quoted field is written twice")]
    [InlineData("host,A\nweb1,\"1\n2\n", " line 2: a quote is not closed")]
    [InlineData("host,A-B\nweb1,1\n", " line 2: 'A-B' is no name of a variable; use letters, digits and _")]
    [InlineData("host,A\n,1\n", " line 2: no 'host'; it names the host of the row")]
    [InlineData("host,A\nweb1,1\nweb1,2\n", " line 3: 'web1' has a row in line 2 already")]
    [InlineData("host,A\nweb1,1\nweb2,2\n", ": no row for [::1]")]
    [InlineData("host,A\nweb1,1\nweb2,2\n::1,3\nweb3,4\nweb 3,4\n", " line 6: 'web 3' is no host")]
    [InlineData("[\n{\"host\":\"web1\"},\n3]", " line 3: an element is no object; a row is an object such as {\"host\": \"web1\", \"role\": \"db\"}")]
    [InlineData("[\n{\"host\":\"web1\",\"A\":[]}]", " line 2: 'A' is an array or an object; a variable is a text, a number, true or false")]
    [InlineData("[\n{\"host\":\"web1\",\"A\":1,\"A\":2}]", " line 2: 'A' occurs twice in a row")]
    [InlineData("[\n{\"host\":\"web1\",\n}", " line 3: this is no valid JSON")]
    [InlineData("[{\"host\":\"web1\",\"A\":\"\\u0000\"}]", " line 1: the text has a NUL")]
    [InlineData("[] x", " line 1: this is no valid JSON")]
    public void WhatIsWrongIsNamedWithItsLine(string text, string message)
    {
        var path = _folder.Write("rows", text);
        var error = Assert.Throws<UsageException>(() => EachFile.Read(path, Targets));
        Assert.StartsWith($"--each {path}{message}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void RowsOfHostsThatAreNotInTheRunAreCounted() =>
        Assert.Equal(2, EachFile.Read(_folder.Write("rows", "host,A\nweb1,1\nweb2,2\nweb9,0\n::1,3\nu@web3:22,4\n"), Targets).Unused);

    [Fact]
    public void AColumnThatTheCommandNamesMustHaveAValue()
    {
        var path = _folder.Write("rows", "[{\"host\":\"web1\",\"A\":1},{\"host\":\"web2\"},\n{\"host\":\"::1\",\"A\":null}]");
        var file = EachFile.Read(path, Targets);
        Assert.Equal($"--each {path} line 1: web2 has no 'A', which the command names", Assert.Throws<UsageException>(() => file.CheckColumn("A", Targets)).Message);
    }
}
