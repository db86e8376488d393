using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Peers;

/// <summary>A server that opens channels which nothing has asked for, on the built program.</summary>
public sealed class UnaskedChannelTests(Fleet fleet)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task TheyAreRefusedAndReportedOnceForEachType()
    {
        using var folder = new ScratchFolder();
        await PeerServer.RunAsync(new ProgramStart("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder["host_key"]));
        File.Copy($"{fleet.KeyPath}.pub", folder["authorized_keys"]);
        await using var server = await PeerServer.StartPythonAsync("asyncssh_server.py", folder["host_key"][..^"/host_key".Length]);
        var config = new FleetConfig(fleet) { Port = server.Port, KnownHosts = folder["known_hosts"] }.Write();
        const string Types = "auth-agent@openssh.com auth-agent@openssh.com x11 forwarded-tcpip direct-tcpip \u001b[31mred";
        var result = await ProgramRun.RunAsync(
            VolleyRun.Start("-F", config, "--transport", "native", "-N", "--no-variables", "-H", "127.0.0.1", $"open-unasked {Types}"), Limit);
        Assert.Equal((0, string.Concat(Enumerable.Repeat("refused\n", 6))), (result.ExitCode, result.Stdout));
        string[] purposes =
        [
            "refused: the server tried to reach your agent, which is not forwarded; it may be under an attacker's control",
            "refused: the server tried to reach your X11 display, which is not forwarded; it may be under an attacker's control",
            "refused: the server tried to reach a forwarded port, which was not requested; it may be under an attacker's control",
            "refused: the server tried to reach other hosts through this machine; it may be under an attacker's control",
        ];
        foreach (var purpose in purposes)
            Assert.Single(VolleyRun.Lines(result.Stderr), line => line == $"volley: 127.0.0.1: {purpose}");
        Assert.Contains("refused: the server tried to open a channel of the type '", result.Stderr, StringComparison.Ordinal);
        Assert.Equal(5, VolleyRun.Lines(result.Stderr).Count(line => line.Contains(": refused: ", StringComparison.Ordinal)));
        Assert.DoesNotContain("\u001b", result.Stderr, StringComparison.Ordinal);
    }
}
