using Xunit;

namespace Volley.Tests.Hosts;

public sealed class TargetTests
{
    [Theory]
    [InlineData("web1", null, "web1", null)]
    [InlineData("root@web1:22", "root", "web1", 22)]
    [InlineData("u@dom@h", "u@dom", "h", null)]
    [InlineData("[::1]:22", null, "::1", 22)]
    public void ATextIsSplitIntoItsParts(string text, string? user, string host, int? port)
    {
        var target = Target.Parse(text);
        Assert.Equal((user, host, port, text, text), (target.User, target.Host, target.Port, target.Name, target.Label));
        Assert.Equal(-1, target.Index);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a,b")]
    [InlineData("web[1-2]")]
    [InlineData("^hosts")]
    [InlineData("-")]
    [InlineData("-oProxyCommand=x")]
    [InlineData("a:0")]
    [InlineData("a:65536")]
    public void OtherTextsAreRefused(string text) => Assert.Throws<HostListException>(() => Target.Parse(text));

    [Fact]
    public void AnInvalidPartIsRefused()
    {
        Assert.Throws<ArgumentNullException>("host", () => new Target(null!));
        Assert.Throws<ArgumentException>("host", () => new Target(""));
        Assert.Throws<ArgumentException>("host", () => new Target("a\0"));
        Assert.Throws<ArgumentException>("host", () => new Target("root@web1"));
        var target = new Target("a");
        Assert.Throws<ArgumentException>("User", () => target with { User = "" });
        Assert.Throws<ArgumentException>("User", () => target with { User = "a\0" });
        Assert.Throws<ArgumentException>("Label", () => target with { Label = "" });
        Assert.Throws<ArgumentOutOfRangeException>("Port", () => target with { Port = 0 });
        Assert.Throws<ArgumentOutOfRangeException>("Port", () => target with { Port = 65536 });
    }

    [Fact]
    public void TheLabelFollowsTheNameUnlessItIsSet()
    {
        var target = new Target("::1");
        Assert.Equal("[::1]", target.Label);
        Assert.Equal("u@[::1]:2", (target with { User = "u", Port = 2 }).Label);
        Assert.Equal("db", (target with { Label = "db", User = "u" }).Label);
    }
}
