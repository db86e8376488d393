using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using Volley.Ssh;
using Volley.Testing;
using Xunit;

namespace Volley.IntegrationTests.Client;

/// <summary>Connections through a real sshd, in both directions, by TCP and by Unix domain sockets.</summary>
public class SshForwardTests(Fleet fleet) : ClientScene(fleet)
{
    private static readonly string Host = Fleet.Address(26_110);

    /// <summary>What is sent through a connection: more than any window.</summary>
    private static readonly byte[] Data = RandomData(3 << 20);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ALocalForwardReachesTheDestination(bool unix)
    {
        await using var client = await ConnectAsync(Host);
        using var destination = Listen(unix);
        await using var forward = client.ForwardLocal(Address(unix), destination.LocalEndPoint!);
        await using (var stream = await ConnectToAsync(forward.EndPoint))
            await TalkAsync(stream, destination);
        if (unix)
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(forward.EndPoint.ToString()!));
            await forward.DisposeAsync();
            Assert.False(File.Exists(forward.EndPoint.ToString()));
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ARemoteForwardReachesTheDestination(bool unix)
    {
        await using var client = await ConnectAsync(Host);
        using var destination = Listen(unix);
        var forward = await client.ForwardRemoteAsync(RemoteAddress(unix), destination.LocalEndPoint!);
        await using (var stream = await ConnectToAsync(forward.EndPoint))
            await TalkAsync(stream, destination);
        Assert.False(forward.Completion.IsCompleted);
        await forward.DisposeAsync();
        Assert.True(forward.Completion.IsCompleted);
        // A request behind it shows that the server has handled the cancellation.
        await client.RunAsync("true");
        await Assert.ThrowsAnyAsync<SocketException>(() => ConnectToAsync(forward.EndPoint));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ARemoteListenerAcceptsStreams(bool unix)
    {
        await using var client = await ConnectAsync(Host);
        await using var listener = await client.ListenAsync(RemoteAddress(unix));
        await using var outside = await ConnectToAsync(listener.EndPoint);
        await using var inside = await listener.AcceptAsync();
        await outside.WriteAsync("question"u8.ToArray());
        var buffer = new byte[8];
        // On this thread, which may be the only one of its context.
        inside.ReadExactly(buffer);
        Assert.Equal("question"u8, buffer);
        await inside.CompleteWritesAsync();
        Assert.Equal(0, await outside.ReadAsync(buffer));
        await outside.WriteAsync("more"u8.ToArray());
        await inside.ReadExactlyAsync(buffer.AsMemory(0, 4));
        await outside.DisposeAsync();
        Assert.Equal(0, await inside.ReadAsync(buffer));
    }

    [Fact]
    public async Task AUnixSocketIsConnectedTo()
    {
        await using var client = await ConnectAsync(Host);
        using var destination = Listen(unix: true);
        await using var stream = await client.OpenUnixConnectionAsync(destination.LocalEndPoint!.ToString()!);
        using var accepted = await destination.AcceptAsync();
        await accepted.SendAsync("hi"u8.ToArray());
        var buffer = new byte[2];
        await stream.ReadExactlyAsync(buffer);
        Assert.Equal("hi"u8, buffer);
        var failure = await Assert.ThrowsAsync<SshException>(() => client.OpenUnixConnectionAsync("/nowhere/socket"));
        Assert.Equal(SshFailure.ChannelRefused, failure.Failure);
        Assert.StartsWith("the server refused a connection to /nowhere/socket: ", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AFailedConnectionIsReportedAndTheListenerContinues()
    {
        var failures = Channel.CreateUnbounded<Exception>();
        void Report(Exception failure) => failures.Writer.TryWrite(failure);
        await using var client = await ConnectAsync(Host);
        var unused = UnusedPort();
        await using var local = client.ForwardLocalPort(0, "127.0.0.1", unused, Report);
        Assert.Equal(IPAddress.Loopback, ((IPEndPoint)local.EndPoint).Address);
        for (var i = 0; i < 2; i++)
        {
            await using var stream = await ConnectToAsync(local.EndPoint);
            Assert.Equal(0, await stream.ReadAsync(new byte[1]));
            var failure = Assert.IsType<SshException>(await failures.Reader.ReadAsync());
            Assert.Equal(SshFailure.ChannelRefused, failure.Failure);
            Assert.StartsWith($"the server refused a connection to 127.0.0.1 port {unused}: ", failure.Message, StringComparison.Ordinal);
        }
        await using var remote = await client.ForwardRemoteAsync(RemoteAddress(unix: false), new DnsEndPoint("localhost", unused), Report);
        for (var i = 0; i < 2; i++)
        {
            await using var stream = await ConnectToAsync(remote.EndPoint);
            Assert.Equal(0, await stream.ReadAsync(new byte[1]));
            Assert.Equal(SocketError.ConnectionRefused, Assert.IsType<SocketException>(await failures.Reader.ReadAsync(), exactMatch: false).SocketErrorCode);
        }
        Assert.False(local.Completion.IsCompleted || remote.Completion.IsCompleted);
    }

    [Fact]
    public async Task ADestinationThatDoesNotReadStopsTheSender()
    {
        await using var client = await ConnectAsync(Host);
        using var destination = Listen(unix: false);
        await using var forward = client.ForwardLocal(Address(unix: false), destination.LocalEndPoint!);
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(forward.EndPoint);
        using var accepted = await destination.AcceptAsync();
        long sent = 0;
        using (var stop = new CancellationTokenSource())
        {
            // It must block long before this amount, which no buffers on the way hold.
            var sending = Task.Run(async () =>
            {
                while (sent < 256 << 20)
                    sent += await socket.SendAsync(Data, stop.Token);
            });
            var before = -1L;
            while (!sending.IsCompleted && before != Volatile.Read(ref sent))
            {
                before = Volatile.Read(ref sent);
                await Task.Delay(500);
            }
            Assert.False(sending.IsCompleted);
            await stop.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending);
        }
        Assert.True((await client.RunAsync("true")).Succeeded);
        // Disposing the forward closes the connections.
        await forward.DisposeAsync();
        await using var rest = new NetworkStream(accepted);
        await rest.CopyToAsync(Stream.Null);
    }

    [Fact]
    public async Task AServerThatForwardsNothingIsAClearFailure()
    {
        var host = SpecialHosts.WithoutForwarding(2);
        await using var client = await ConnectAsync(host);
        var failure = await Assert.ThrowsAsync<SshException>(() => client.OpenTcpConnectionAsync("127.0.0.1", Fleet.Port));
        Assert.Equal(SshFailure.ChannelRefused, failure.Failure);
        Assert.Equal($"the server refused a connection to 127.0.0.1 port {Fleet.Port}: open failed (administratively prohibited)", failure.Message);
        failure = await Assert.ThrowsAsync<SshException>(() => client.OpenUnixConnectionAsync("/run/app"));
        // sshd gives no other reason for this one.
        Assert.Equal("the server refused a connection to /run/app: open failed (connect failed)", failure.Message);
        failure = await Assert.ThrowsAsync<SshException>(() => client.ListenAsync(new IPEndPoint(IPAddress.Loopback, 0)));
        Assert.Equal(SshFailure.RequestRefused, failure.Failure);
        Assert.Equal(
            "the server refused to listen on 127.0.0.1 port 0: its configuration does not allow it, or the address is in use", failure.Message);
        failure = await Assert.ThrowsAsync<SshException>(() => client.ListenAsync(RemoteAddress(unix: true)));
        Assert.Equal(SshFailure.RequestRefused, failure.Failure);
    }

    [Fact]
    public async Task TheEndOfTheClientEndsItsForwards()
    {
        var client = await ConnectAsync(Host);
        await using var local = client.ForwardLocalPort(0, "127.0.0.1", Fleet.Port);
        await using var remote = await client.ForwardRemoteAsync(RemoteAddress(unix: false), local.EndPoint);
        await using var stream = await ConnectToAsync(local.EndPoint);
        var greeting = new byte[8];
        await stream.ReadExactlyAsync(greeting);
        Assert.Equal("SSH-2.0-"u8, greeting);
        await client.DisposeAsync();
        await Task.WhenAll(local.Completion, remote.Completion).WaitAsync(Transcript.DefaultLimit);
        await Assert.ThrowsAnyAsync<SocketException>(() => ConnectToAsync(local.EndPoint));
    }

    [Fact]
    public async Task OnlyAddressesThatMakeSenseAreTaken()
    {
        await using var client = await ConnectAsync(Host);
        Assert.Throws<ArgumentException>(() => client.ForwardLocal(new DnsEndPoint("localhost", 0), new DnsEndPoint("localhost", 1)));
        Assert.Throws<SocketException>(() => client.ForwardLocal(new IPEndPoint(IPAddress.Parse("192.0.2.1"), 0), new DnsEndPoint("localhost", 1)));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => client.OpenTcpConnectionAsync("localhost", 0));
    }

    /// <summary>Sends data both ways at once, and ends one direction before the other.</summary>
    private static async Task TalkAsync(NetworkStream stream, Socket destination)
    {
        using var accepted = await destination.AcceptAsync();
        await using var other = new NetworkStream(accepted);
        await Task.WhenAll(
            SendAsync(stream), ExpectAsync(other).ContinueWith(_ => SendAsync(other), TaskScheduler.Default).Unwrap(), ExpectAsync(stream))
            .WaitAsync(Transcript.DefaultLimit);

        static async Task SendAsync(NetworkStream to)
        {
            await to.WriteAsync(Data);
            to.Socket.Shutdown(SocketShutdown.Send);
        }

        static async Task ExpectAsync(NetworkStream from)
        {
            using var received = new MemoryStream();
            await from.CopyToAsync(received);
            Assert.Equal(Data, received.ToArray());
        }
    }

    private static async Task<NetworkStream> ConnectToAsync(EndPoint address)
    {
        var socket = NewSocket(address);
        await socket.ConnectAsync(address);
        return new(socket, ownsSocket: true);
    }

    private static Socket NewSocket(EndPoint address) =>
        new(address.AddressFamily, SocketType.Stream, address is IPEndPoint ? ProtocolType.Tcp : ProtocolType.Unspecified);

    private static byte[] RandomData(int count)
    {
        var data = new byte[count];
        new Random(3).NextBytes(data);
        return data;
    }

    private static int UnusedPort()
    {
        using var listener = NewSocket(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)listener.LocalEndPoint!).Port;
    }

    /// <summary>Listens where the server can connect to.</summary>
    private Socket Listen(bool unix)
    {
        var address = Address(unix);
        var socket = NewSocket(address);
        socket.Bind(address);
        if (unix)
            File.SetUnixFileMode(address.ToString()!, (UnixFileMode)0b110_110_110);
        socket.Listen();
        return socket;
    }

    private EndPoint Address(bool unix) => unix ? new UnixDomainSocketEndPoint(Fleet.NewPath("socket")) : new IPEndPoint(IPAddress.Loopback, 0);

    /// <summary>An address where the fleet's user may listen.</summary>
    private EndPoint RemoteAddress(bool unix) => unix
        ? new UnixDomainSocketEndPoint(Path.Combine(Fleet.Folder, "home", Path.GetFileName(Fleet.NewPath("remote"))))
        : new IPEndPoint(IPAddress.Loopback, 0);
}
