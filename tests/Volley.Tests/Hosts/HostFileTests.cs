using Xunit;

namespace Volley.Tests.Hosts;

public sealed class HostFileTests : IDisposable
{
    private readonly string _path = Path.Combine(Path.GetTempPath(), $"volley-hosts-{Guid.NewGuid():N}.txt");

    public void Dispose() => File.Delete(_path);

    private static HostList ParseInput(string text, string expression = "-") =>
        HostList.Parse(expression, new StringReader(text));

    private static string[] Names(HostList hosts) => [.. hosts.Select(name => name.ToString())];

    [Fact]
    public void HostsAreReadFromAFileInPlaceOfItsItem()
    {
        File.WriteAllText(_path, "web[1-2]\nops@db:22\n");
        Assert.Equal(["a", "web1", "web2", "ops@db:22", "z"], Names(HostList.Parse($"a, ^{_path} ,z")));
    }

    [Fact]
    public void AMinusReadsStandardInput() => Assert.Equal(["a", "b1", "b2", "c"], Names(ParseInput("b[1-2]", "a,-,c")));

    [Fact]
    public void CommentsAndBlankLinesAreLeftOut() =>
        Assert.Equal(["a", "b", "c"], Names(ParseInput("# all, of -them ^x [\n\n  \na # the first\nb#the second\r\n\tc")));

    [Fact]
    public void ItemsAreSeparatedByWhiteSpaceAndCommas() =>
        Assert.Equal(["a", "b", "c", "d1", "d2", "e"], Names(ParseInput("a b,c , d[1,2],\n,e")));

    [Fact]
    public void AFileWithoutHostsIsNoFault() => Assert.Empty(ParseInput("# none today\n"));

    [Theory]
    [InlineData("a\n\n b[3-1]", 3, 3, "reversed")]
    [InlineData("a\nb [1", 2, 2, "not closed")]
    [InlineData("^other", 1, 0, "can't include another")]
    [InlineData("a ^other", 1, 2, "can't include another")]
    [InlineData("a\n-", 2, 0, "must not begin with '-'")]
    [InlineData("a\n-b", 2, 0, "must not begin with '-'")]
    [InlineData("a$b", 1, 1, "unexpected '$' in a host name")]
    [InlineData("h[1, 3]", 1, 4, "a range holds numbers")]
    [InlineData("h1\nh[1-1000000]", 2, 0, "more than 1,000,000 names")]
    public void AFaultNamesFileAndLine(string text, int line, int position, string message)
    {
        HostListException fault = Assert.Throws<HostListException>(() => ParseInput(text));
        Assert.StartsWith($"standard input line {line}: ", fault.Message, StringComparison.Ordinal);
        Assert.Contains(message, fault.Message, StringComparison.Ordinal);
        Assert.Equal(text.Split('\n')[line - 1], fault.Expression);
        Assert.Equal(position, fault.Position);

        File.WriteAllText(_path, text);
        fault = Assert.Throws<HostListException>(() => HostList.Parse($"^{_path}"));
        Assert.Equal($"{_path} line {line}", fault.Origin);
    }

    [Fact]
    public void AnUnreadableFileIsNamedWithTheSystemsWords()
    {
        HostListException fault = Assert.Throws<HostListException>(() => HostList.Parse($"a,^{_path}"));
        Assert.StartsWith($"can't read {_path}: ", fault.Message, StringComparison.Ordinal);
        Assert.IsType<FileNotFoundException>(fault.InnerException);
        Assert.Contains("No such file or directory", fault.Message, StringComparison.Ordinal);
        Assert.Equal(2, fault.Position);
    }

    [Theory]
    [InlineData("^.", "it is a directory")]
    [InlineData("^", "write ^FILE")]
    [InlineData("^a\0b", "can't read a?b")]
    public void WhatIsNoFileIsRefused(string expression, string message) =>
        Assert.Contains(message, Assert.Throws<HostListException>(() => HostList.Parse(expression)).Message, StringComparison.Ordinal);

    [Fact]
    public void BracketsInAFileNameAreNoRange() =>
        Assert.Contains("can't read no-such[1-2].txt", Assert.Throws<HostListException>(() => HostList.Parse("^no-such[1-2].txt")).Message, StringComparison.Ordinal);

    [Fact]
    public void AFaultInTheExpressionIsFoundBeforeAFileIsOpened() =>
        Assert.Contains("reversed", Assert.Throws<HostListException>(() => HostList.Parse("^no-such-file,h[3-1]")).Message, StringComparison.Ordinal);

    [Fact]
    public void StandardInputIsReadOnce()
    {
        Assert.Equal(2, Assert.Throws<HostListException>(() => ParseInput("a", "-,-")).Position);
        Assert.Contains("already read", Assert.Throws<HostListException>(() => ParseInput("a", "-,b,-")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void WithoutStandardInputAMinusIsRefused() =>
        Assert.Contains("no standard input", Assert.Throws<HostListException>(() => HostList.Parse("-")).Message, StringComparison.Ordinal);

    [Fact]
    public void AReaderThatFailsIsAFaultOfTheItem()
    {
        var closed = new StringReader("a");
        closed.Dispose();
        HostListException fault = Assert.Throws<HostListException>(() => HostList.Parse("-", closed));
        Assert.StartsWith("can't read standard input: ", fault.Message, StringComparison.Ordinal);
    }
}
