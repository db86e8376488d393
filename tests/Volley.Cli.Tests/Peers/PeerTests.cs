using System.Text.RegularExpressions;
using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Peers;

/// <summary>Servers of other makers than OpenSSH, on the built program.</summary>
public sealed class PeerTests(QuickPeers scene) : PeerContract(scene), IClassFixture<QuickPeers>
{
    [Theory]
    [InlineData("native")]
    [InlineData("openssh")]
    public async Task VerboseSaysOnceThatAServerCantShareAConnection(string transport)
    {
        var hosts = scene.Peers.Select(peer => peer.Host).Except(["go", "asyncssh", "rekeying", "paramiko"]).ToList();
        // The first command of a host still runs when the second asks for the connection, which else may have ended by then.
        var result = await ProgramRun.RunAsync(
            VolleyRun.Start("-F", scene.Config, "--transport", transport, "--connect-timeout", "60", "-v", "-H", string.Join(',', hosts.Concat(hosts)), "sleep 2"), TimeSpan.FromSeconds(120));
        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.Equal(hosts.Count, VolleyRun.Lines(result.Stderr).Count(line => line.EndsWith(
            $": transport {transport}: its server can't share a connection, so each command gets its own", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task AKeptConnectionServesOneCommandOfALaterRunWhereTheServerCantShareIt()
    {
        var dropbear = scene.Peers.FirstOrDefault(peer => peer.Host == "dropbear");
        Assert.SkipUnless(dropbear is not null, "only root can start it");
        for (var run = 0; run < 2; run++)
        {
            var result = await ProgramRun.RunAsync(
                VolleyRun.Start("-F", scene.Config, "--connect-timeout", "60", "--keep", "1m", "-N", "-v", "-H", "dropbear,dropbear,dropbear,dropbear", "echo in"), TimeSpan.FromSeconds(120));
            Assert.True((result.ExitCode, result.Stdout) == (0, "in\nin\nin\nin\n"), result.ToString());
            Assert.Equal(run, Regex.Count(result.Stderr, ": the live master at "));
        }

        Assert.Equal(0, (await VolleyRun.RunAsync("connections", "--close")).ExitCode);
    }
}

/// <summary>The servers that take long to install.</summary>
public sealed class SlowPeerTests(SlowPeers scene) : PeerContract(scene), IClassFixture<SlowPeers>;
