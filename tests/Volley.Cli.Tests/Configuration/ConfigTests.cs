using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Configuration;

/// <summary>What ssh_config says, as the native transport has it, which is what these hosts get.</summary>
public sealed class ConfigTests(Fleet fleet) : ConfigContract(fleet, "auto");

/// <summary>The same by ssh.</summary>
public sealed class ConfigOpenSshTests(Fleet fleet) : ConfigContract(fleet, "openssh");

/// <summary>What ssh_config says holds, except for what a run over many hosts must not do; options go before it.</summary>
public abstract class ConfigContract(Fleet fleet, string transport)
{
    [Fact]
    public async Task StrictCheckingOfTheConfigStaysInForce()
    {
        using var folder = new ScratchFolder();
        var config = new FleetConfig(fleet) { KnownHosts = folder["known_hosts"], Lines = ["StrictHostKeyChecking yes"] };
        var result = await RunAsync("-F", config.Write(), "-H", "127.0.1.1", "echo", "in");
        Assert.Equal(255, result.ExitCode);
        Assert.Equal("", result.Stdout);
        Assert.EndsWith("host key rejected: 127.0.1.1\n", result.Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public async Task NoCheckingOfTheConfigStaysInForce()
    {
        using var folder = new ScratchFolder();
        // Under accept-new a changed key would be refused; under "no" only passwords and forwardings would be.
        var config = new FleetConfig(fleet) { KnownHosts = ChangedKey(folder), Lines = ["StrictHostKeyChecking no"] };
        var result = await RunAsync("-F", config.Write(), "-H", "127.0.1.1", "echo", "in");
        Assert.Equal("127.0.1.1: in\n", result.Stdout);
        Assert.Equal(0, result.ExitCode);
    }

    [Fact]
    public async Task AnUnknownKeyIsRecordedOnceAndAChangedOneRefusedByDefault()
    {
        using var folder = new ScratchFolder();
        var config = new FleetConfig(fleet) { KnownHosts = folder["known_hosts"] }.Write();
        for (var i = 0; i < 2; i++)
        {
            var result = await RunAsync("-F", config, "-H", "127.0.1.2", "echo", "in");
            Assert.Equal("127.0.1.2: in\n", result.Stdout);
            Assert.Equal("", result.Stderr);
            Assert.StartsWith($"[127.0.1.2]:{fleet.Port} ssh-ed25519 ", Assert.Single(File.ReadAllLines(folder["known_hosts"])), StringComparison.Ordinal);
        }

        var changed = new FleetConfig(fleet) { KnownHosts = ChangedKey(folder) }.Write();
        var refused = await RunAsync("-F", changed, "-H", "127.0.1.2", "echo", "in");
        Assert.Equal(255, refused.ExitCode);
        Assert.Contains("host key changed", refused.Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ForwardingsOfTheConfigAreNotOpened()
    {
        // On an occupied port a forwarding fails, and with it, as the config wants it, the whole connection.
        using var occupied = new TcpListener(IPAddress.Loopback, 0);
        occupied.Start();
        var port = ((IPEndPoint)occupied.LocalEndpoint).Port;
        foreach (var forwarding in new[] { $"LocalForward 127.0.0.1:{port} 127.0.0.1:1", $"RemoteForward 127.0.0.1:{port} 127.0.0.1:1", $"DynamicForward 127.0.0.1:{port}" })
        {
            var config = new FleetConfig(fleet) { Lines = [forwarding, "ExitOnForwardFailure yes"] }.Write();
            var plain = await ProgramRun.RunAsync(new ProgramStart("ssh", "-F", config, "127.0.1.3", "echo in"));
            Assert.Equal(255, plain.ExitCode);
            var result = await RunAsync("-F", config, "-H", "127.0.1.3", "echo", "in");
            Assert.Equal("127.0.1.3: in\n", result.Stdout);
        }
    }

    [Fact]
    public async Task TheLocalCommandOfTheConfigDoesNotRun()
    {
        using var folder = new ScratchFolder();
        var config = new FleetConfig(fleet) { Lines = ["PermitLocalCommand yes", $"LocalCommand touch {folder["mark"]}"] }.Write();
        await ProgramRun.RunAsync(new ProgramStart("ssh", "-F", config, "127.0.1.3", "true"));
        Assert.True(File.Exists(folder["mark"]));
        File.Delete(folder["mark"]);
        var result = await RunAsync("-F", config, "-H", "127.0.1.3", "echo", "in");
        Assert.Equal("127.0.1.3: in\n", result.Stdout);
        Assert.False(File.Exists(folder["mark"]));
    }

    [Fact]
    public async Task NeitherTheRemoteCommandNorTheTerminalOfTheConfigIsUsed()
    {
        var config = new FleetConfig(fleet) { Lines = ["RemoteCommand echo theirs", "RequestTTY force"] }.Write();
        var result = await RunAsync("-F", config, "-H", "127.0.1.4", "tty; echo ours");
        Assert.Equal("127.0.1.4: not a tty\n127.0.1.4: ours\n", result.Stdout);
        Assert.Equal("", result.Stderr);
    }

    [Fact]
    public async Task TheConfigsStdinAndForkingAreOverruled()
    {
        var config = new FleetConfig(fleet) { Lines = ["StdinNull yes", "ForkAfterAuthentication yes", "SessionType none"] }.Write();
        var result = await ProgramRun.RunAsync(Start("-F", config, "--stdin", "-H", "127.0.1.4", "cat").WithInput("fed\n"));
        Assert.Equal("127.0.1.4: fed\n", result.Stdout);
        Assert.Equal(0, result.ExitCode);
    }

    [Fact]
    public async Task TheConnectTimeoutOfTheConfigIsHonoured()
    {
        using var server = new SilentServer("127.0.1.5");
        var config = new FleetConfig(fleet) { Port = server.Port, Lines = ["ConnectTimeout 1"] }.Write();
        var result = await RunAsync("-F", config, "-H", server.Address, "true");
        AssertTimedOutEarly(result);
    }

    [Fact]
    public async Task TheConnectTimeoutOfTheCommandLineWins()
    {
        using var server = new SilentServer("127.0.1.6");
        var config = new FleetConfig(fleet) { Port = server.Port, Lines = ["ConnectTimeout 600"] }.Write();
        var result = await RunAsync("-F", config, "--connect-timeout", "0.5", "-H", server.Address, "true");
        AssertTimedOutEarly(result);
        Assert.Contains("not connected after 0.5 s", result.Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TheUserIsChosen()
    {
        var config = new FleetConfig(fleet) { User = "volley-nobody" }.Write();
        var wrong = await RunAsync("-F", config, "-H", "127.0.1.7", "id", "-un");
        Assert.EndsWith("authentication failed: 127.0.1.7\n", wrong.Stderr, StringComparison.Ordinal);
        var option = await RunAsync("-F", config, "-l", fleet.User, "-H", "127.0.1.7", "id", "-un");
        Assert.Equal($"127.0.1.7: {fleet.User}\n", option.Stdout);
        var target = await RunAsync("-F", config, "-l", "volley-nobody", "-H", $"{fleet.User}@127.0.1.7", "id", "-un");
        Assert.Equal($"127.0.1.7: {fleet.User}\n", target.Stdout);
    }

    [Fact]
    public async Task ThePortIsChosen()
    {
        var config = new FleetConfig(fleet) { Port = 1 }.Write();
        var wrong = await RunAsync("-F", config, "-H", "127.0.1.8", "true");
        Assert.EndsWith("connect failed: 127.0.1.8\n", wrong.Stderr, StringComparison.Ordinal);
        var option = await RunAsync("-F", config, "--port", $"{fleet.Port}", "-H", "127.0.1.8", "true");
        Assert.Equal((0, ""), (option.ExitCode, option.Stderr));
        var target = await RunAsync("-F", config, "-p", "2", "-H", $"127.0.1.8:{fleet.Port}", "true");
        Assert.Equal((0, ""), (target.ExitCode, target.Stderr));
    }

    [Fact]
    public async Task TheIdentityIsChosen()
    {
        var config = new FleetConfig(fleet) { Identity = null }.Write();
        var none = await RunAsync("-F", config, "-H", "127.0.1.9", "true");
        Assert.EndsWith("authentication failed: 127.0.1.9\n", none.Stderr, StringComparison.Ordinal);
        var option = await RunAsync("-F", config, "-i", fleet.KeyPath, "-H", "127.0.1.9", "true");
        Assert.Equal((0, ""), (option.ExitCode, option.Stderr));
    }

    [Fact]
    public async Task TheJumpHostIsOnTheWay()
    {
        var result = await RunAsync("-F", fleet.SshConfig, "-J", "127.0.9.99", "-H", "127.0.1.10", "echo in; tty");
        Assert.Equal("127.0.1.10: in\n127.0.1.10: not a tty\n", result.Stdout);
        Assert.Contains($" on 127.0.9.99 port {fleet.Port} ", File.ReadAllText(fleet.ServerLog), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AJumpHostThatRefusesIsNamed()
    {
        var result = await RunAsync("-F", fleet.SshConfig, "-J", "127.0.9.98:1", "-H", "127.0.1.10", "true");
        Assert.Equal(255, result.ExitCode);
        Assert.Contains("127.0.9.98 port 1: Connection refused", result.Stderr, StringComparison.Ordinal);
        Assert.EndsWith("connect failed: 127.0.1.10\n", result.Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TheConfigFileIsTheOnlyOne()
    {
        // A name with all that a shell, a glob or a quote could trip over.
        using var folder = new ScratchFolder();
        var odd = folder["a config [1] *\".txt"];
        File.Copy(new FleetConfig(fleet) { Lines = ["SetEnv VOLLEY_FROM=config"] }.Write(), odd);
        var result = await RunAsync("-F", odd, "-H", "127.0.1.11", "echo $VOLLEY_FROM");
        Assert.Equal("127.0.1.11: config\n", result.Stdout);
        var relative = await ProgramRun.RunAsync(
            Start("-F", Path.GetFileName(odd), "-H", "127.0.1.11", "echo $VOLLEY_FROM") with { WorkingDirectory = folder.Path });
        Assert.Equal("127.0.1.11: config\n", relative.Stdout);
    }

    [Fact]
    public async Task WithoutAConfigFileTheOptionsSayAll()
    {
        var result = await RunAsync(
            "-F", "none", "-l", fleet.User, "-p", $"{fleet.Port}", "-i", fleet.KeyPath, "-o", "IdentitiesOnly=yes",
            "-o", $"UserKnownHostsFile={fleet.KnownHosts}", "-o", "GlobalKnownHostsFile /dev/null", "-H", "127.0.1.12", "echo", "in");
        Assert.Equal("127.0.1.12: in\n", result.Stdout);
    }

    [Fact]
    public async Task AnySshOptionIsPassedOn()
    {
        var result = await RunAsync(
            "-F", fleet.SshConfig, "-o", "SetEnv=VOLLEY_A=1", "-H", "127.0.1.13", "echo $VOLLEY_A");
        Assert.Equal("127.0.1.13: 1\n", result.Stdout);
    }

    [Fact]
    public async Task NoSshOptionUndoesWhatARunReliesOn()
    {
        var result = await RunAsync(
            "-F", fleet.SshConfig, "-o", "RequestTTY=force", "-o", "LogLevel=QUIET", "-o", "RemoteCommand=echo theirs", "-H", "127.0.1.13", "tty; exit 255");
        Assert.Equal("127.0.1.13: not a tty\n", result.Stdout);
        Assert.EndsWith("exit 255: 127.0.1.13\n", result.Stderr, StringComparison.Ordinal);
    }

    private Task<ProgramResult> RunAsync(params string[] arguments) => ProgramRun.RunAsync(Start(arguments));

    private ProgramStart Start(params string[] arguments) => VolleyRun.Start(["--transport", transport, .. arguments]);

    private string ChangedKey(ScratchFolder folder) =>
        folder.Write("changed", $"[127.0.1.*]:{fleet.Port} {File.ReadAllText(fleet.KeyPath + ".pub")}");

    private static void AssertTimedOutEarly(ProgramResult result)
    {
        Assert.Equal(255, result.ExitCode);
        Assert.Contains("connect timed out: ", result.Stderr, StringComparison.Ordinal);
        // The default would be ten seconds.
        Assert.True(result.Elapsed < TimeSpan.FromSeconds(10), result.Elapsed.ToString(null, CultureInfo.InvariantCulture));
    }
}
