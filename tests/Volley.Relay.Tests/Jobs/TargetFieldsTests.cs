using Volley.Relay.Jobs;
using Xunit;

namespace Volley.Relay.Tests.Jobs;

public class TargetFieldsTests
{
    [Theory]
    [InlineData("db1", null, null, null)]
    [InlineData("db-1.example_x.org", "root", "10.0.0.1", "jump")]
    [InlineData("::1", "a.b@realm", "fe80::1", "me@jump:2222,[::2]:22")]
    [InlineData("müller", "DOMAIN\\me", null, "none")]
    public void NamesAreTaken(string host, string? user, string? address, string? jump) =>
        Assert.Null(TargetFields.FindFault(host, user, address, jump));

    [Theory]
    [InlineData("")]
    [InlineData("-oProxyCommand=touch /tmp/x")]
    [InlineData("a b")]
    [InlineData("a;b")]
    [InlineData("$(id)")]
    [InlineData("`id`")]
    [InlineData("../etc")]
    [InlineData("a/b")]
    [InlineData("a\0b")]
    [InlineData("a\nb")]
    [InlineData("\u001b[31m")]
    [InlineData("db[1-3]")]
    [InlineData("db[1]")]
    [InlineData("^hosts")]
    [InlineData("a,b")]
    [InlineData("root@a")]
    [InlineData("a:22")]
    [InlineData("a%b")]
    [InlineData("*")]
    [InlineData("\ud800")]
    public void WhatIsNoNameIsRefusedInEachField(string text)
    {
        Assert.NotNull(TargetFields.FindFault(text, null, null, null));
        Assert.NotNull(TargetFields.FindFault("db1", null, text, null));
        Assert.NotNull(TargetFields.FindFault("db1", null, null, text == "a:22" || text == "root@a" || text == "a,b" ? text + ";" : text));
    }

    [Theory]
    [InlineData("")]
    [InlineData("-l")]
    [InlineData("a b")]
    [InlineData("a;b")]
    [InlineData("$(id)")]
    [InlineData("../a")]
    [InlineData("a\0")]
    [InlineData("a\\")]
    [InlineData("a:b")]
    [InlineData("\u200b")]
    public void WhatIsNoUserIsRefused(string user)
    {
        Assert.NotNull(TargetFields.FindFault("db1", user, null, null));
        Assert.NotNull(TargetFields.FindFault("db1", null, null, user + "@jump"));
    }

    [Theory]
    [InlineData("ssh://jump")]
    [InlineData("jump,")]
    [InlineData("jump,-oProxyCommand=x")]
    [InlineData("jump#x")]
    [InlineData("jump:0")]
    [InlineData("jump:65536")]
    [InlineData("a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a")]
    public void WhatIsNoJumpHostIsRefused(string jump) => Assert.NotNull(TargetFields.FindFault("db1", null, null, jump));
}
