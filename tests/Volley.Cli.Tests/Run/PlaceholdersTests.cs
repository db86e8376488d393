using Volley.Cli.Run;
using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Run;

public class PlaceholdersTests
{
    [Theory]
    [InlineData("%h", "web1")]
    [InlineData("%u", "me")]
    [InlineData("%n", "7")]
    [InlineData("%%", "%")]
    [InlineData("%%h", "%h")]
    [InlineData("%h-%h:%n", "web1-web1:7")]
    [InlineData("100%", "100%")]
    [InlineData("%x %H %", "%x %H %")]
    [InlineData("+%Y-%m", "+%Y-%m")]
    public void APlaceholderIsReplaced(string argument, string expected) =>
        Assert.Equal(expected, Placeholders.Replace(argument, RankedTarget.Create(7, "web1"), "me"));
}
