using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using Volley.Ssh.Forwarding;
using Volley.Ssh.Net;
using Volley.Ssh.Wire;
using Xunit;

namespace Volley.Ssh.UnitTests.Connection;

/// <summary>Forwards at a server that follows a script: both kinds of sockets, half-closed connections, and servers that misbehave.</summary>
public class ForwardTests
{
    private static readonly IPEndPoint AnyPort = new(IPAddress.Loopback, 0);
    private static readonly DnsEndPoint Destination = new("db", 5432);

    [Fact]
    public async Task TheEndOfEachDirectionIsPassedOn()
    {
        await using var peer = new ScriptedPeer();
        await using var forward = Start(peer);
        using var socket = await ConnectAsync(forward.EndPoint);
        var number = await AcceptAsync(peer);
        peer.Send(Wire.Data(number, "greeting"), Wire.Eof(number));
        Assert.Equal("greeting", await ReadToEndAsync(socket));
        // The other direction is still open.
        await socket.SendAsync("request"u8.ToArray());
        await peer.ExpectAsync(Wire.Data(9, "request"));
        socket.Shutdown(SocketShutdown.Send);
        await peer.ExpectAsync(Wire.Eof(9));
        await peer.ExpectAsync(Wire.Close(9));
    }

    [Fact]
    public async Task AChannelThatTheServerClosesEndsBothDirections()
    {
        await using var peer = new ScriptedPeer();
        await using var forward = Start(peer);
        using var socket = await ConnectAsync(forward.EndPoint);
        var number = await AcceptAsync(peer);
        peer.Send(Wire.Data(number, "last words"), Wire.Close(number));
        await peer.ExpectAsync(Wire.Close(9));
        Assert.Equal("last words", await ReadToEndAsync(socket));
        Assert.Equal(0, peer.Connection.OpenChannels);
    }

    [Fact]
    public async Task DisposingTheForwardEndsAConnectionThatIsNeverOpened()
    {
        await using var peer = new ScriptedPeer();
        var forward = Start(peer);
        using var socket = await ConnectAsync(forward.EndPoint);
        await peer.ExpectAsync(MessageNumber.ChannelOpen);
        await forward.DisposeAsync();
        Assert.Equal("", await ReadToEndAsync(socket));
        // If the server opens the channel after all, it is closed.
        peer.Send(Wire.Confirmation(0, 9));
        await peer.ExpectAsync(Wire.Close(9));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task AConnectionOfTheServerIsForwardedByBothKindsOfSockets(bool platform)
    {
        var connector = platform ? SocketConnector.Platform : SocketConnector.Default;
        using var destination = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        destination.Bind(AnyPort);
        destination.Listen();
        await using var peer = new ScriptedPeer();
        var starting = new Forwards(peer.Connection, connector).StartRemoteAsync(AnyPort, destination.LocalEndPoint!, onConnectionFailed: null, CancellationToken.None);
        await peer.ExpectAsync(MessageNumber.GlobalRequest);
        peer.Send(
            Wire.Message(MessageNumber.RequestSuccess, 4000u),
            Wire.Message(MessageNumber.ChannelOpen, "forwarded-tcpip", 9u, 1u << 20, 32u << 10, "127.0.0.1", 4000u, "127.0.0.1", 5u));
        await using var forward = await starting;
        var number = Wire.UInt32(await peer.ExpectAsync(MessageNumber.ChannelOpenConfirmation), 5);
        using var accepted = await destination.AcceptAsync();
        peer.Send(Wire.Data(number, "question"), Wire.Eof(number));
        Assert.Equal("question", await ReadToEndAsync(accepted));
        await accepted.SendAsync("answer"u8.ToArray());
        await peer.ExpectAsync(Wire.Data(9, "answer"));
        accepted.Dispose();
        await peer.ExpectAsync(Wire.Eof(9));
        await peer.ExpectAsync(Wire.Close(9));
    }

    [Fact]
    public async Task AFailureOfTheDestinationClosesTheChannelAndIsReported()
    {
        var failures = Channel.CreateUnbounded<Exception>();
        await using var peer = new ScriptedPeer();
        var starting = new Forwards(peer.Connection, SocketConnector.Default).StartRemoteAsync(
            new UnixDomainSocketEndPoint("/run/app"), new UnixDomainSocketEndPoint("/nowhere/socket"),
            failure => failures.Writer.TryWrite(failure), CancellationToken.None);
        await peer.ExpectAsync(MessageNumber.GlobalRequest);
        peer.Send([MessageNumber.RequestSuccess]);
        await using var forward = await starting;
        for (var number = 1u; number <= 2; number++)
        {
            peer.Send(Wire.Message(MessageNumber.ChannelOpen, "forwarded-streamlocal@openssh.com", number, 1u << 20, 32u << 10, "/run/app", ""));
            await peer.ExpectAsync(MessageNumber.ChannelOpenConfirmation);
            await peer.ExpectAsync(Wire.Close(number));
            Assert.IsType<SocketException>(await failures.Reader.ReadAsync(), exactMatch: false);
        }
        peer.EndStream();
        Assert.IsType<SshException>(await failures.Reader.ReadAsync());
        await forward.Completion;
    }

    private static SshForward Start(ScriptedPeer peer) =>
        new Forwards(peer.Connection, SocketConnector.Default).StartLocal(AnyPort, Destination, onConnectionFailed: null);

    private static async Task<Socket> ConnectAsync(EndPoint address)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(address);
        return socket;
    }

    /// <summary>Opens the channel as number 9 of the server. Returns the number at this side.</summary>
    private static async Task<uint> AcceptAsync(ScriptedPeer peer)
    {
        await peer.ExpectAsync(Wire.Message(
            MessageNumber.ChannelOpen, "direct-tcpip", 0u, 128u << 10, 32u << 10, "db", 5432u, "127.0.0.1", 0u));
        peer.Send(Wire.Confirmation(0, 9));
        return 0;
    }

    private static async Task<string> ReadToEndAsync(Socket socket)
    {
        using var reader = new StreamReader(new NetworkStream(socket));
        return await reader.ReadToEndAsync().WaitAsync(TimeSpan.FromSeconds(60));
    }
}
