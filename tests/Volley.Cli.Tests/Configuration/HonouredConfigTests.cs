using System.Net;
using System.Net.Sockets;
using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Configuration;

/// <summary>Directives that the native transport honours as ssh does, on the built program: each test turns one and sees the difference.</summary>
public sealed class HonouredConfigTests(Fleet fleet)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <summary>The hosts of the certificates.</summary>
    private static readonly string[] Principals = ["-n", "127.0.141.3,127.0.141.4"];

    [Fact]
    public async Task RequiredRsaSizeRefusesShortKeysOfHosts()
    {
        var key = await fleet.NewKeyAsync("-t", "rsa", "-b", "2048");
        await using var special = await Fleet.StartAsync($"HostKey={key}");
        // The key is new, and would be accepted.
        var config = new FleetConfig(special) { KnownHosts = fleet.NewPath("known"), Lines = ["HostKeyAlgorithms rsa-sha2-512"] }.Write();
        foreach (var transport in (string[])["native", "openssh"])
        {
            var refused = await RunAsync(transport, config, "127.0.141.1", "-o", "RequiredRSASize=2049", "echo in");
            Assert.Equal((255, ""), (refused.ExitCode, refused.Stdout));
            if (transport == "native")
                Assert.Contains("host key rejected: the RSA host key has 2048 bits, and RequiredRSASize is 2049; ", refused.Stderr, StringComparison.Ordinal);
        }

        var accepted = await RunAsync("native", config, "127.0.141.1", "-o", "RequiredRSASize=2048", "echo in");
        Assert.True((accepted.ExitCode, accepted.Stdout) == (0, "in\n"), accepted.ToString());
    }

    [Theory]
    [InlineData("native")]
    [InlineData("openssh")]
    public async Task RequiredRsaSizeLeavesShortKeysOfUsersOut(string transport)
    {
        var key = await fleet.NewKeyAsync("-t", "rsa", "-b", "2048");
        await File.AppendAllTextAsync(Path.Combine(fleet.Folder, "authorized_keys"), await File.ReadAllTextAsync(key + ".pub"), TestContext.Current.CancellationToken);
        var config = new FleetConfig(fleet) { Identity = key }.Write();
        var accepted = await RunAsync(transport, config, "127.0.141.2", "-o", "RequiredRSASize=2048", "echo in");
        Assert.True((accepted.ExitCode, accepted.Stdout) == (0, "in\n"), accepted.ToString());
        var refused = await RunAsync(transport, config, "127.0.141.2", "-o", "RequiredRSASize=2049", "echo in");
        Assert.Equal((255, ""), (refused.ExitCode, refused.Stdout));
        Assert.Contains("Permission denied", refused.Stderr, StringComparison.Ordinal);
        if (transport == "native")
            Assert.Contains($"; {key} has fewer bits than RequiredRSASize, 2049\n", refused.Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CertificatesOfHostsAreSignedAsConfigured()
    {
        var authority = await fleet.NewKeyAsync("-t", "ed25519");
        await using var special = await Fleet.StartCertifiedAsync(authority, await fleet.NewKeyAsync("-t", "rsa"), Principals);
        foreach (var (transport, list, isAccepted) in new[] { ("native", "sk-ssh-ed25519@openssh.com,ssh-ed25519", true), ("native", "rsa-sha2-512", false), ("native", "-ssh-ed25519", false), ("openssh", "-ssh-ed25519", false) })
        {
            var result = await RunAsync(transport, Certified(special, authority, $"CASignatureAlgorithms {list}"), "127.0.141.3", "echo in");
            Assert.True((result.ExitCode, result.Stdout) == (isAccepted ? (0, "in\n") : (255, "")), $"{transport} {list}: {result}");
            Assert.Equal(!isAccepted, result.Stderr.Contains("host key rejected: ", StringComparison.Ordinal));
            if (!isAccepted && transport == "native")
                Assert.Contains("does not count: it is signed by ssh-ed25519, which CASignatureAlgorithms does not allow", result.Stderr, StringComparison.Ordinal);
        }
    }

    /// <summary>SHA-1 is not supported; where it is configured, ssh verifies the certificate.</summary>
    [Fact]
    public async Task ASignatureThatOnlySshCanVerifyIsLeftToSsh()
    {
        var authority = await fleet.NewKeyAsync("-t", "rsa");
        await using var special = await Fleet.StartCertifiedAsync(authority, await fleet.NewKeyAsync("-t", "ecdsa"), ["-t", "ssh-rsa", .. Principals]);
        var config = Certified(special, authority);
        var result = await RunAsync("auto", config, "127.0.141.4", "-v", "-o", "CASignatureAlgorithms=+ssh-rsa", "echo in");
        Assert.True((result.ExitCode, result.Stdout) == (0, "in\n"), result.ToString());
        Assert.Contains("transport openssh: the certificate is signed by ssh-rsa, which is not supported", result.Stderr, StringComparison.Ordinal);
        var refused = await RunAsync("auto", config, "127.0.141.4", "-v", "echo in");
        Assert.Equal((255, ""), (refused.ExitCode, refused.Stdout));
        Assert.DoesNotContain("transport openssh", refused.Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RekeyLimitSaysWhenKeysAreExchanged()
    {
        const string Command = "head -c 400000 /dev/zero";
        await using var special = await Fleet.StartAsync("LogLevel=DEBUG1");
        Assert.Equal(1, await ExchangesAsync("default none", Command));
        // How often depends on what arrives during an exchange; what does not fit into the window is sent once the new keys are in use.
        Assert.InRange(await ExchangesAsync("64K", Command), 2, int.MaxValue);
        Assert.InRange(await ExchangesAsync("default 1s", $"sleep 1.1; {Command}"), 2, int.MaxValue);

        async Task<int> ExchangesAsync(string limit, string command)
        {
            var before = Count();
            var result = await RunAsync("native", new FleetConfig(special) { Lines = [$"RekeyLimit {limit}"] }.Write(), "127.0.141.5", command);
            Assert.Equal((0, 400000), (result.ExitCode, result.StdoutBytes.Length));
            return Count() - before;
        }

        int Count() => File.ReadLines(special.ServerLog).Count(line => line.Contains("SSH2_MSG_KEXINIT received", StringComparison.Ordinal));
    }

    [Fact]
    public async Task ConnectionAttemptsAreMadeAfterARefusal()
    {
        using var server = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        // It has the port, and refuses until it listens.
        server.Bind(new IPEndPoint(IPAddress.Parse("127.0.141.6"), 0));
        await using var program = ProgramRun.Start(VolleyRun.Start(
            "--output", "stream", "-F", "none", "-o", "ConnectionAttempts=2", "-H", $"127.0.141.6:{((IPEndPoint)server.LocalEndPoint!).Port}", "-v", "true"));
        await program.ReadErrUntilAsync("127.0.141.6: attempt 2 of 2 to connect in 1 s: connect to host 127.0.141.6 port ");
        server.Listen();
        using var client = await server.AcceptAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(Limit, TestContext.Current.CancellationToken);
        await client.SendAsync("SSH-1.5-old\r\n"u8.ToArray(), TestContext.Current.CancellationToken);
        Assert.Equal(255, await program.WaitForExitAsync(Limit));
        Assert.Contains("the server speaks another version of SSH: SSH-1.5-old", program.Stderr.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AfterTheLastAttemptTheRefusalIsTheReason()
    {
        var result = await RunAsync("native", "none", "127.0.141.7:1", "-o", "ConnectionAttempts=5", "--connect-timeout", "1", "-v", "true");
        Assert.Equal(255, result.ExitCode);
        // There is no time for another one.
        Assert.DoesNotContain("attempt", result.Stderr, StringComparison.Ordinal);
        Assert.Contains("connect failed: connect to host 127.0.141.7 port 1: Connection refused", result.Stderr, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "tos:0 ")]
    [InlineData("IPQoS ef cs1", "tos:0x20 ")]
    [InlineData("IPQoS 0x10", "tos:0x10 ")]
    public async Task IpQosMarksPackets(string line, string expected)
    {
        var tool = await ProgramRun.RunAsync(ProgramStart.Shell("ss --help | grep -e --tos"));
        Assert.SkipUnless(tool.ExitCode == 0, "there is no ss that shows types of service (iproute2)");
        // The server is this machine, so our own socket is seen there.
        var result = await RunAsync("native", new FleetConfig(fleet) { Lines = [line] }.Write(), "127.0.141.8", "ss -Htn --tos dst 127.0.141.8");
        Assert.Contains(expected, result.Stdout, StringComparison.Ordinal);
    }

    private static Task<ProgramResult> RunAsync(string transport, string config, string host, params string[] words) =>
        ProgramRun.RunAsync(VolleyRun.Start(["--output", "stream", "-N", "-F", config, "--transport", transport, "-H", host, .. words]), Limit);

    private static string Certified(Fleet special, string authority, params string[] lines)
    {
        var known = Path.Combine(special.Folder, "known_authority");
        File.WriteAllText(known, $"@cert-authority * {File.ReadAllText(authority + ".pub")}");
        return new FleetConfig(special) { KnownHosts = known, Lines = ["StrictHostKeyChecking yes", .. lines] }.Write();
    }
}
