using Xunit;

namespace Volley.Ssh.UnitTests.Config;

/// <summary>Routes through jump hosts.</summary>
public sealed class SshRouteTests : IDisposable
{
    private readonly ConfigFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task EachHopIsReachedThroughTheHopsBeforeIt()
    {
        var route = await RouteAsync("Host web\nProxyJump a,me@b:2222\nHost a\nProxyJump outer\n", "web");
        Assert.Equal(["web", "me@b:2222", "a", "outer"], Names(route));
        Assert.Equal(("me", 2222), (route.Via!.Settings!.User, route.Via.Settings.Port));
        Assert.Null(route.FindFailure());
    }

    [Fact]
    public async Task TheCommandLineAppliesToTheHostAlone()
    {
        var overrides = new SshOverrides { User = "root", Port = 2200, ProxyJump = "gate" };
        var route = await RouteAsync("Host *\nUser me\nProxyJump other\nHost other\nProxyJump none\n", "web", overrides);
        Assert.Equal(["root@web:2200", "gate", "other"], Names(route).Take(3));
        Assert.Equal(("me", 22), (route.Via!.Settings!.User, route.Via.Settings.Port));
    }

    [Fact]
    public async Task RoutesToOneLoginHaveOneKey()
    {
        const string Lines = "Host web db\nHostName 127.0.0.1\nProxyJump gate\n";
        Assert.Equal((await RouteAsync(Lines, "web")).Key, (await RouteAsync(Lines, "web")).Key);
        Assert.NotEqual((await RouteAsync(Lines, "web")).Key, (await RouteAsync(Lines, "db")).Key);
        Assert.NotEqual((await RouteAsync(Lines, "web")).Key, (await RouteAsync(Lines, "web", new() { ProxyJump = "none" })).Key);
        Assert.NotEqual((await RouteAsync(Lines, "web")).Key, (await RouteAsync(Lines, "web", new() { User = "x" })).Key);
    }

    [Fact]
    public async Task AFailureNamesTheJumpHost()
    {
        var route = await RouteAsync("Host web\nProxyJump gate\nHost gate\nProxyCommand nc %h %p\n", "web");
        Assert.StartsWith("jump host gate: this client does not support the configuration: ProxyCommand at ", route.FindFailure()!.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-oProxyCommand=x")]
    [InlineData("-x,gate")]
    [InlineData("-u@gate")]
    [InlineData("a$b")]
    public async Task AJumpHostThatSshWouldTakeForAnOptionIsNotUsed(string jump)
    {
        var failure = (await RouteAsync($"Host web\nProxyJump {jump}\n", "web")).FindFailure()!;
        Assert.EndsWith("the name of a jump host contains invalid characters", failure.Message, StringComparison.Ordinal);
        Assert.Equal(SshFailure.InvalidConfiguration, failure.Failure);
        // ssh would not report it, so the failure is not left to ssh.
        Assert.False(failure.InnerException is SshConfigException);
    }

    [Fact]
    public async Task AHostThatOnlySshResolvesHasTheJumpHostsOfTheCommandLine()
    {
        const string Lines = "Host web\nProxyCommand nc %h %p\nProxyJump gate\n";
        Assert.Null((await RouteAsync(Lines, "web")).Via);
        var route = await RouteAsync(Lines, "web", new() { ProxyJump = "other" });
        Assert.Equal(["web", "other"], Names(route));
    }

    [Fact]
    public async Task AnInvalidConfigurationIsPartOfTheRoute()
    {
        var route = await RouteAsync("Port nine\n", "web", new() { ProxyJump = "gate" });
        Assert.Equal((SshFailure.InvalidConfiguration, "gate"), (route.Failure!.Failure, route.Via!.Name));
        Assert.IsType<SshConfigException>(route.Failure.InnerException);
        Assert.Null(route.Settings);
    }

    [Theory]
    [InlineData(null, true)]
    [InlineData("me", true)]
    [InlineData("other", false)]
    public async Task AControlSocketIsThatOfTheRequestedLogin(string? user, bool isFound)
    {
        var socket = _folder.Write("socket", "");
        var route = await RouteAsync($"User me\nControlPath {socket}\n", "web", new() { User = user });
        Assert.Equal(isFound ? socket : null, route.ControlSocket);
    }

    private static IEnumerable<string> Names(SshRoute route)
    {
        for (var host = route; host is not null; host = host.Via)
            yield return host.Name;
    }

    private async Task<SshRoute> RouteAsync(string lines, string host, SshOverrides? overrides = null)
    {
        using var context = new SshClientContext(_folder.Write("config", lines));
        return await context.GetRouteAsync(host, new() { Overrides = overrides ?? SshOverrides.None });
    }
}
