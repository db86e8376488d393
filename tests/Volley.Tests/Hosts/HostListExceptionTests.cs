using Xunit;

namespace Volley.Tests.Hosts;

public sealed class HostListExceptionTests
{
    [Fact]
    public void TheCaretStandsUnderTheFault() =>
        Assert.Equal("web[3-1],db\n    ^", Assert.Throws<HostListException>(() => HostList.Parse("web[3-1],db")).Caret());

    [Theory]
    [InlineData(0)]
    [InlineData(34)]
    [InlineData(36)]
    [InlineData(500)]
    [InlineData(964)]
    [InlineData(966)]
    [InlineData(999)]
    public void ALongExpressionIsShownRoundTheFault(int position)
    {
        string expression = new string('a', position) + "!" + new string('b', 999 - position);
        string[] lines = new HostListException("fault", expression, position).Caret().Split('\n');
        Assert.InRange(lines[0].Length, 70, 76);
        Assert.Equal('!', lines[0][lines[1].IndexOf('^')]);
        Assert.Equal(position > 35, lines[0].StartsWith("...", StringComparison.Ordinal));
        Assert.Equal(position < 965, lines[0].EndsWith("...", StringComparison.Ordinal));
    }

    [Fact]
    public void TheCaretMayStandBehindTheEnd()
    {
        Assert.Equal("h:\n  ^", Assert.Throws<HostListException>(() => HostList.Parse("h:")).Caret());
        string[] lines = new HostListException("fault", new string('a', 100), 100).Caret().Split('\n');
        Assert.Equal(lines[0].Length, lines[1].IndexOf('^'));
    }

    [Fact]
    public void ControlCharactersAreShownAsQuestionMarks()
    {
        var fault = new HostListException("no \u001b[2J", "a\u001b[31m\tb\u202ec", 1) { Origin = "evil\u0007 line 1" };
        Assert.Equal("a?[31m?b?c\n ^", fault.Caret());
        Assert.Equal("evil? line 1: no ?[2J", fault.Message);
    }

    [Fact]
    public void AnEmptyExpressionHasNothingToPointAt() => Assert.Equal("", Assert.Throws<HostListException>(() => HostList.Parse("")).Caret());
}
