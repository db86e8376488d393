using System.Collections.Concurrent;
using System.Net;
using Volley.Ssh.Auth;
using Volley.Ssh.HostKeys;
using Volley.Ssh.Sftp;
using Volley.Ssh.Transport;
using Volley.Testing;
using Xunit;

namespace Volley.Ssh.UnitTests.Interoperation;

/// <summary>The transport and the login against real servers.</summary>
public sealed class NativeInteropTests(NativeInteropServer server) : IClassFixture<NativeInteropServer>
{
    private const int AtOnce = 8;

    /// <summary>Dropbear drops an address that has five connections which are not logged in.</summary>
    private const int AtOnceWithDropbear = 3;

    [Fact]
    public async Task ACommandRuns()
    {
        await using var packets = await server.ConnectAsync(NativeInteropServer.Options("curve25519-sha256", "aes128-gcm@openssh.com", "ssh-ed25519"));
        await using var connection = new SshConnection(packets);
        await using var channel = await connection.StartAsync("echo out; echo err >&2; exit 7");
        Assert.Equal(new() { ExitCode = 7 }, await channel.ExitAsync());
        Assert.Equal(("out\n", "err\n"), await channel.ReadToEndAsync());
    }

    [Fact]
    public async Task OneConnectionIsTheStreamOfTheNext()
    {
        await using var outer = await server.ConnectAsync(NativeInteropServer.Options());
        await using var hop = new SshConnection(outer);
        await using var inner = await SshTransport.ConnectAsync(
            await hop.OpenTcpAsync("127.0.0.1", server.Fleet.Port), NativeInteropServer.Options());
        await UserAuthentication.AuthenticateAsync(inner, new(server.Fleet.User) { Keys = [server.UserKeys["ssh-ed25519"]] });
        await using var connection = new SshConnection(inner);
        await using var channel = await connection.StartAsync("head -c 3000000 /dev/zero | tr '\\0' x");
        Assert.Equal(3_000_000, (await channel.ReadToEndAsync()).Stdout.Length);
        Assert.Equal(new() { ExitCode = 0 }, await channel.ExitAsync());
        // What ends the hop ends what goes through it, and says so.
        await hop.DisposeAsync();
        await connection.Ended.WaitAsync(NativeInteropServer.Limit);
        Assert.True(connection.EndedBy!.Failure is SshFailure.ConnectionLost or SshFailure.ChannelClosed, connection.EndedBy.ToString());
    }

    [Fact]
    public async Task ASignalReachesTheCommand()
    {
        await using var packets = await server.ConnectAsync(NativeInteropServer.Options());
        await using var connection = new SshConnection(packets);
        await using var channel = await connection.StartAsync("echo ready; exec sleep 1000");
        await channel.ReadUntilAsync("ready\n");
        await channel.SendSignalAsync("TERM");
        Assert.Equal("TERM", (await channel.ExitAsync()).Signal);
    }

    [Fact]
    public async Task EveryCombinationWorksWithOpenSsh()
    {
        var combinations = NativeInteropProbe.Combinations(await NativeInteropProbe.AskAsync(server.Fleet.Port)).ToList();
        // Five kinds of host keys, one of them with two algorithms; four ciphers; all key exchanges but perhaps the newest.
        Assert.InRange(combinations.Count, 6 * 4 * 4, 6 * 4 * 5);
        await CheckAsync(server.Fleet.Port, combinations, server.UserKeys, AtOnce);
    }

    [Fact]
    public async Task EveryCombinationWorksWithDropbear()
    {
        if (Environment.UserName != "root")
            Assert.Skip("dropbear lets in only a user whose home it may read; the fleet has one of its own only as root");
        await using var dropbear = await NativeInteropDropbear.StartAsync(server.Fleet, server.UserKeys.Values.Select(key => key.AuthorizedLine));
        var combinations = NativeInteropProbe.Combinations(await NativeInteropProbe.AskAsync(dropbear.Port)).ToList();
        Assert.NotEmpty(combinations);
        // It knows no rsa-sha2-512, and says so.
        var keys = server.UserKeys.Where(key => key.Key != "rsa-sha2-512").ToDictionary();
        await CheckAsync(dropbear.Port, combinations, keys, AtOnceWithDropbear);
    }

    [Fact]
    public async Task DropbearForwardsInBothDirections()
    {
        if (Environment.UserName != "root")
            Assert.Skip("dropbear lets in only a user whose home it may read; the fleet has one of its own only as root");
        await using var dropbear = await NativeInteropDropbear.StartAsync(server.Fleet, server.UserKeys.Values.Select(key => key.AuthorizedLine));
        await using var connection = new SshConnection(await NativeInteropServer.ConnectAsync(
            dropbear.Port, server.Fleet.User, server.UserKeys["ssh-ed25519"], NativeInteropServer.Options()));
        // A connection that the server makes to itself comes back through the other one's listener.
        await using var listener = await SshRemoteListener.StartAsync(connection, new DnsEndPoint("localhost", 0), CancellationToken.None);
        var port = ((DnsEndPoint)listener.EndPoint).Port;
        Assert.NotEqual(0, port);
        await using var there = await connection.OpenTcpAsync("localhost", port);
        await using var here = await listener.AcceptAsync();
        await there.WriteAsync("both ways"u8.ToArray());
        await there.CompleteWritesAsync();
        using var reader = new StreamReader(here, leaveOpen: true);
        Assert.Equal("both ways", await reader.ReadToEndAsync());
        await here.WriteAsync("!"u8.ToArray());
        await here.DisposeAsync();
        Assert.Equal('!', there.ReadByte());
        Assert.Equal(-1, there.ReadByte());
    }

    [Fact]
    public async Task DropbearServesFilesByOpenSshsServer()
    {
        if (Environment.UserName != "root")
            Assert.Skip("dropbear lets in only a user whose home it may read; the fleet has one of its own only as root");
        if (!File.Exists("/usr/lib/sftp-server"))
            Assert.Skip("dropbear starts the sftp-server of OpenSSH from another path here");
        await using var dropbear = await NativeInteropDropbear.StartAsync(server.Fleet, server.UserKeys.Values.Select(key => key.AuthorizedLine));
        await using var connection = new SshConnection(await NativeInteropServer.ConnectAsync(
            dropbear.Port, server.Fleet.User, server.UserKeys["ssh-ed25519"], NativeInteropServer.Options()));
        var channel = await connection.OpenSessionAsync();
        await channel.SubsystemAsync("sftp");
        await using var sftp = await SftpClient.ConnectAsync(new SftpProcessStream(new SshProcess(channel, new(), null), channel));
        var data = new byte[3_000_000];
        new Random(2).NextBytes(data);
        await using var file = await sftp.OpenAsync("dropbear", FileMode.Create, FileAccess.ReadWrite);
        await using (var writer = file.OpenWriter())
            await writer.WriteAsync(data);
        using var copy = new MemoryStream();
        await using var reader = file.OpenReader();
        await reader.CopyToAsync(copy);
        Assert.Equal(data, copy.ToArray());
    }

    private async Task CheckAsync(
        int port, IReadOnlyList<(string KeyExchange, string Cipher, string HostKey)> combinations, IReadOnlyDictionary<string, TransportKey> keys,
        int atOnce)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(5));
        var failures = new ConcurrentBag<string>();
        // The key of the user has nothing to do with the rest: each with many of the combinations, and in the long run with all.
        TransportKey[] own = [.. keys.Values];
        var all = TestRun.IsLong
            ? combinations.SelectMany(combination => own.Select(key => (combination, key)))
            : combinations.Select((combination, index) => (combination, own[(index + (index / own.Length)) % own.Length]));
        await Parallel.ForEachAsync(all, new ParallelOptions { MaxDegreeOfParallelism = atOnce, CancellationToken = limit.Token }, async (one, token) =>
        {
            var ((keyExchange, cipher, hostKey), key) = one;
            HostKeyOffer? offer = null;
            var options = NativeInteropServer.Options(keyExchange, cipher, hostKey) with
            {
                CheckHostKey = (offered, _) =>
                {
                    offer = offered;
                    return ValueTask.CompletedTask;
                },
            };
            try
            {
                await using var packets = await NativeInteropServer.ConnectAsync(port, server.Fleet.User, key, options, token);
                Assert.Equal(hostKey, offer!.Algorithm);
                Assert.StartsWith($"{keyExchange}, {hostKey}, {cipher}", packets.Algorithms, StringComparison.Ordinal);
                Assert.True(packets.IsStrict);
                await using var connection = new SshConnection(packets);
                await using var channel = await connection.OpenSessionAsync(token);
            }
            catch (Exception e) when (!token.IsCancellationRequested)
            {
                failures.Add($"{keyExchange} {cipher} {hostKey} {string.Join(',', key.SignatureAlgorithms)}: {e.Message}");
            }
        });
        Assert.True(failures.IsEmpty, string.Join("\n", failures));
    }
}
