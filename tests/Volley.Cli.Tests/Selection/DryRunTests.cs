using System.Net;
using System.Net.Sockets;
using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Selection;

/// <summary>--dry-run, and what an inventory states about a host: its address, user, port, key and jump hosts.</summary>
public sealed class DryRunTests(Fleet fleet) : IDisposable
{
    private readonly SelectionScene _scene = new();

    public void Dispose() => _scene.Dispose();

    [Fact]
    public async Task ADryRunShowsHostsTransportsAndRoutes()
    {
        _scene.Folder.Write("ssh_config", "Host n2\n  User me\n  ProxyCommand nc %h %p\nHost n3\n  ProxyJump root@gate,ops@inner:2022\n");
        var result = await _scene.RunAsync("-F", _scene.Folder["ssh_config"], "-l", "root", "-H", "@app,n[1-3]", "--dry-run", "uptime", "-p");
        Assert.Equal(("", 0), (result.Stderr, result.ExitCode));
        Assert.Equal(
            $"""
            6 hosts: a[1-3],n[1-3]
            command: uptime -p
            a1  native   root@10.0.0.1:22
            a2  native   root@a2:22
            a3  native   root@a3:22
            n1  native   root@n1:22
            n2  openssh  root@n2:22 (the native transport does not support the configuration: ProxyCommand at {_scene.Folder["ssh_config"]} line 3)
            n3  native   root@n3:22 via root@gate:22,ops@inner:2022

            """,
            result.Stdout);
    }

    [Theory]
    [InlineData("-F none --transport openssh uptime", "command: uptime\nn1  openssh  root@n1:22\n")]
    [InlineData("--transport exec uptime %h", "command: uptime %h\nn1  exec  a local process\n")]
    [InlineData("-F none --keep 1m uptime", "command: uptime\nn1  openssh  root@n1:22 (connections that are kept are made by ssh)\n")]
    public async Task ADryRunFollowsTheOptions(string options, string text) =>
        Assert.Equal("1 host: n1\n" + text, (await _scene.RunAsync(["-l", "root", "-H", "n1", "--dry-run", .. options.Split(' ')])).Stdout);

    [Fact]
    public async Task ADryRunNamesTheScript()
    {
        _scene.Folder.Write("setup.sh", "echo\n");
        Assert.StartsWith(
            "1 host: n1\nscript: setup.sh a b\n", (await _scene.RunAsync("-F", "none", "-H", "n1", "--dry-run", "--script", "setup.sh", "a", "b")).Stdout, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Host n1\n  Port x\n", "line 2")]
    [InlineData("Hosst n1\n", "line 1")]
    public async Task AnInvalidConfigurationOfSshIsAnError(string text, string line)
    {
        _scene.Folder.Write("ssh_config", text);
        foreach (var arguments in new string[][] { ["-H", "n1", "--dry-run", "true"], ["-H", "@ssh:*", "--dry-run", "true"] })
        {
            var result = await _scene.RunAsync(["-F", _scene.Folder["ssh_config"], .. arguments]);
            Assert.Equal((2, ""), (result.ExitCode, result.Stdout));
            Assert.Contains(_scene.Folder["ssh_config"], result.Stderr, StringComparison.Ordinal);
            Assert.Contains(line, result.Stderr, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("ping")]
    [InlineData("run", "true")]
    public async Task ADryRunContactsNoHost(string verb, params string[] command)
    {
        using var server = new TcpListener(IPAddress.Loopback, 0);
        server.Start();
        var port = ((IPEndPoint)server.LocalEndpoint).Port;
        // With --password nobody is asked, and a command on standard input is not read.
        var result = await _scene.RunAsync([verb, "-F", "none", "-H", $"127.0.0.1:{port}", "--password", "--dry-run", .. command]);
        Assert.Equal(("", 0), (result.Stderr, result.ExitCode));
        Assert.Contains(verb == "ping" ? "ping: connect and log in, run nothing\n" : "command: true\n", result.Stdout, StringComparison.Ordinal);
        Assert.False(server.Pending());
    }

    [Theory]
    [InlineData("native")]
    [InlineData("openssh")]
    [InlineData("auto")]
    public async Task AnInventoryStatesAddressPortUserAndKey(string transport)
    {
        var config = new FleetConfig(fleet) { User = null, Port = null, Identity = null, KnownHosts = _scene.Folder["known"] }.Write();
        _scene.Folder.Write(
            "inventory", $"[app]\nalias1 ansible_host=127.0.143.1 ansible_port={fleet.Port} ansible_user={fleet.User} ansible_ssh_private_key_file={fleet.KeyPath}\n");
        var result = await _scene.RunAsync("-F", config, "-H", "@app", "--transport", transport, "echo $SSH_CONNECTION $USER");
        Assert.Equal((0, ""), (result.ExitCode, VolleyRun.WithoutTotals(result.Stderr)));
        Assert.StartsWith("alias1: 127.0.", result.Stdout, StringComparison.Ordinal);
        Assert.EndsWith($" 127.0.143.1 {fleet.Port} {fleet.User}\n", result.Stdout, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("native")]
    [InlineData("openssh")]
    [InlineData("auto")]
    public async Task AClusterStatesJumpHosts(string transport)
    {
        var config = new FleetConfig(fleet) { KnownHosts = _scene.Folder["known"] }.Write();
        _scene.Folder.Write("volley/config.yaml", $"clusters: {{c: {{nodes: [{{host: 127.0.143.2, jump: '{fleet.User}@127.0.143.3:{fleet.Port}'}}, 127.0.143.4]}}}}\n");
        string[] command = ["-F", config, "-C", "c", "--transport", transport, "echo $SSH_CONNECTION"];
        var result = await _scene.RunAsync(command);
        Assert.Equal(0, result.ExitCode);
        // The jump host connects from its own address.
        Assert.Contains("127.0.143.2: 127.0.0.1 ", result.Stdout, StringComparison.Ordinal);
        var known = await File.ReadAllTextAsync(_scene.Folder["known"], TestContext.Current.CancellationToken);
        Assert.Contains("[127.0.143.3]:", known, StringComparison.Ordinal);
    }
}
