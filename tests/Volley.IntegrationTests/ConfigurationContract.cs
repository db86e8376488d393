using System.Net;
using System.Net.Sockets;
using Volley.Testing;
using Xunit;

namespace Volley.IntegrationTests;

/// <summary>What of the user's configuration and options takes effect, and what must not.</summary>
public abstract class ConfigurationContract(Fleet fleet, TransportMaker create) : SshContract(create)
{
    private static readonly Target Host = new(Fleet.Address(4_000));

    [Fact]
    public async Task WhatAnInteractiveSshWouldDoIsNotDone()
    {
        var (touched, socket) = (fleet.NewPath("touched"), fleet.NewPath("socket"));
        var (port, remote, dynamic) = (FreePort(), FreePort(), FreePort());
        var config = fleet.Config($"""
            PermitLocalCommand yes
            LocalCommand touch {touched}
            RemoteCommand echo wrong
            RequestTTY force
            LocalForward 127.0.0.1:{port} 127.0.0.1:{fleet.Port}
            RemoteForward 127.0.0.1:{remote} 127.0.0.1:{fleet.Port}
            DynamicForward 127.0.0.1:{dynamic}
            ExitOnForwardFailure yes
            ControlMaster auto
            ControlPath {socket}
            ControlPersist 60
            ForkAfterAuthentication yes
            StdinNull yes
            SessionType none
            LogLevel QUIET
            """);
        List<Exception?> listening = [];
        var node = await RunAsync(
            new SshOptions { ConfigFile = config }, Host, "echo right; test -t 0 || echo no terminal",
            onOutput: () => listening.AddRange(new[] { port, remote, dynamic }.Select(p => Record.Exception(() => Connect(p)))));
        Assert.Equal("right\nno terminal\n", node.Stdout);
        Assert.NotEmpty(listening);
        Assert.All(listening, refusal => Assert.IsType<SocketException>(refusal));
        Assert.False(File.Exists(touched));
        Assert.False(File.Exists(socket));
    }

    [Fact]
    public async Task AnInputIsPassedOnWhateverTheConfigurationSays()
    {
        using var input = StandardInput.FromStream(new MemoryStream("typed"u8.ToArray()));
        var node = await RunAsync(new SshOptions { ConfigFile = fleet.Config("StdinNull yes") }, Host, "cat",
            tune: plan => plan with { Job = CommandJob.Shell("cat") with { Input = input } });
        Assert.Equal("typed", node.Stdout);
    }

    [Fact]
    public async Task OptionsTakeEffect()
    {
        var options = new SshOptions { ConfigFile = fleet.SshConfig, Directives = [$"HostName={Host.Name}"] };
        var node = await RunAsync(options, new Target(Fleet.Address(4_002)), "set -- $SSH_CONNECTION; echo $3");
        Assert.Equal($"{Host.Name}\n", node.Stdout);
    }

    [Fact]
    public async Task OptionsCannotUndoWhatVolleyReliesOn()
    {
        var touched = fleet.NewPath("touched");
        var options = new SshOptions
        {
            ConfigFile = fleet.SshConfig,
            Directives = ["RequestTTY=force", "PermitLocalCommand=yes", $"LocalCommand=touch {touched}", "LogLevel=QUIET", "RemoteCommand=echo wrong"],
        };
        var node = await RunAsync(options, Host, "test -t 0 || echo no terminal");
        Assert.Equal("no terminal\n", node.Stdout);
        Assert.False(File.Exists(touched));
    }

    [Fact]
    public async Task UserPortAndIdentityMayComeFromTheOptions()
    {
        var options = new SshOptions
        {
            ConfigFile = "none",
            User = fleet.User,
            Port = fleet.Port,
            IdentityFiles = [fleet.KeyPath],
            Directives = [$"UserKnownHostsFile={fleet.KnownHosts}", "IdentitiesOnly=yes"],
        };
        Assert.Equal($"{fleet.User}\n", (await RunAsync(options, Host, "id -un")).Stdout);
        Assert.Equal(NodeOutcome.AuthenticationFailed, (await RunAsync(options with { User = "nobody" }, Host, "id -un")).Result.Outcome);
    }

    [Fact]
    public async Task ATargetsUserAndPortWin()
    {
        var options = new SshOptions { ConfigFile = fleet.SshConfig, User = "nobody", Port = 1 };
        var target = Host with { User = fleet.User, Port = fleet.Port };
        Assert.Equal($"{fleet.User}\n", (await RunAsync(options, target, "id -un")).Stdout);
    }

    [Fact]
    public async Task AJumpHostIsPassed()
    {
        var before = fleet.Logins();
        var options = new SshOptions { ConfigFile = fleet.SshConfig, ProxyJump = Fleet.Address(4_001) };
        var node = await RunAsync(options, Host, "echo there; exit 3");
        Assert.Equal(("there\n", 3), (node.Stdout, node.Result.ExitCode));
        Assert.Equal(before + 2, fleet.Logins());
    }

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    private static void Connect(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Connect(new IPEndPoint(IPAddress.Loopback, port));
    }
}
