using Xunit;

namespace Volley.Ssh.UnitTests.Client;

/// <summary>Values that make no sense are refused where they are set, with the name of the property or parameter.</summary>
public class ClientArgumentTests
{
    public static TheoryData<string, Action> Wrong() => new()
    {
        { "ConnectTimeout", () => _ = new SshClientOptions { ConnectTimeout = TimeSpan.FromSeconds(-2) } },
        { "DefaultConnectTimeout", () => _ = new SshClientOptions { DefaultConnectTimeout = TimeSpan.FromSeconds(-2) } },
        { "KeepAliveInterval", () => _ = new SshClientOptions { KeepAliveInterval = TimeSpan.FromSeconds(-2) } },
        { "KeepAliveCount", () => _ = new SshClientOptions { KeepAliveCount = -1 } },
        { "Overrides", () => _ = new SshClientOptions { Overrides = null! } },
        { "PrivateKeys", () => _ = new SshClientOptions { PrivateKeys = null! } },
        { "Encoding", () => _ = new SshProcessOptions { Encoding = null! } },
        { "MaxOutputLength", () => _ = new SshProcessOptions { MaxOutputLength = -1 } },
        { "Environment", () => _ = new SshProcessOptions { Environment = new Dictionary<string, string> { ["A=B"] = "x" } } },
        { "Environment", () => _ = new SshProcessOptions { Environment = new Dictionary<string, string> { ["A"] = "x\0y" } } },
        { "Environment", () => _ = new SshProcessOptions { Environment = new Dictionary<string, string> { ["A"] = null! } } },
        { "Type", () => _ = new SshPseudoTerminal { Type = "x\0y" } },
        { "host", () => _ = SshClient.ConnectAsync("") },
        { "host", () => _ = SshClient.ConnectAsync("a\0b") },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void AWrongValueIsRefusedByName(string name, Action set) => Assert.Equal(name, Assert.ThrowsAny<ArgumentException>(set).ParamName);

    [Fact]
    public void ValuesWithAMeaningAreNot()
    {
        var options = new SshClientOptions { ConnectTimeout = TimeSpan.Zero, DefaultConnectTimeout = Timeout.InfiniteTimeSpan, KeepAliveInterval = TimeSpan.Zero, KeepAliveCount = 0 };
        Assert.Equal(Timeout.InfiniteTimeSpan, options.GetConnectTimeout(null));
        Assert.Equal("", new SshProcessOptions { Environment = new Dictionary<string, string> { ["A"] = "" } }.Environment!["A"]);
    }
}
