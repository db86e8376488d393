using System.Net;
using Volley.Ssh.Wire;
using Xunit;

namespace Volley.Ssh.UnitTests.Connection;

/// <summary>Channels that the server opens: only those that were asked for, and no more than there is room for.</summary>
public class IncomingChannelTests
{
    private static readonly DnsEndPoint AnyPort = new("localhost", 0);

    [Fact]
    public async Task TheServerListensOnAPortOfItsChoiceUntilTheListenerIsDisposed()
    {
        await using var peer = new ScriptedPeer();
        var listening = SshRemoteListener.StartAsync(peer.Connection, AnyPort, CancellationToken.None);
        await peer.ExpectAsync(Wire.Message(MessageNumber.GlobalRequest, "tcpip-forward", true, "localhost", 0u));
        // The first channel follows the answer directly, before the caller has continued.
        peer.Send(Wire.Message(MessageNumber.RequestSuccess, 4000u), Open("forwarded-tcpip", 7, "localhost", 4000u, "10.0.0.1", 5u));
        var listener = await listening;
        Assert.Equal(new DnsEndPoint("localhost", 4000), listener.EndPoint);
        var confirmation = await peer.ExpectAsync(MessageNumber.ChannelOpenConfirmation);
        Assert.Equal(7u, Wire.UInt32(confirmation, 1));
        var number = Wire.UInt32(confirmation, 5);

        await using var stream = await listener.AcceptAsync();
        peer.Send(Wire.Data(number, "hello"), Wire.Eof(number));
        using (var reader = new StreamReader(stream, leaveOpen: true))
            Assert.Equal("hello", await reader.ReadToEndAsync());
        // The other direction is still open.
        await stream.WriteAsync("answer"u8.ToArray());
        await peer.ExpectAsync(Wire.Data(7, "answer"));

        await listener.DisposeAsync();
        await peer.ExpectAsync(Wire.Message(MessageNumber.GlobalRequest, "cancel-tcpip-forward", false, "localhost", 4000u));
        peer.Send(Open("forwarded-tcpip", 8, "localhost", 4000u, "10.0.0.1", 5u));
        await ExpectRefusalAsync(peer, 8);
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await listener.AcceptAsync());
    }

    [Fact]
    public async Task UnixSocketsAreTheSame()
    {
        await using var peer = new ScriptedPeer();
        var endPoint = new System.Net.Sockets.UnixDomainSocketEndPoint("/run/app");
        var listening = SshRemoteListener.StartAsync(peer.Connection, endPoint, CancellationToken.None);
        await peer.ExpectAsync(Wire.Message(MessageNumber.GlobalRequest, "streamlocal-forward@openssh.com", true, "/run/app"));
        peer.Send([MessageNumber.RequestSuccess], Open("forwarded-streamlocal@openssh.com", 7, "/run/other", ""), Open("forwarded-streamlocal@openssh.com", 8, "/run/app", ""));
        await ExpectRefusalAsync(peer, 7);
        Assert.Equal(8u, Wire.UInt32(await peer.ExpectAsync(MessageNumber.ChannelOpenConfirmation), 1));
        await (await listening).DisposeAsync();
        // The channel that was not accepted is closed.
        await peer.ExpectAsync(Wire.Close(8));
        await peer.ExpectAsync(Wire.Message(MessageNumber.GlobalRequest, "cancel-streamlocal-forward@openssh.com", false, "/run/app"));
    }

    [Fact]
    public async Task OtherPortsAndOtherTypesAreRefused()
    {
        await using var peer = new ScriptedPeer();
        await using var listener = await ListenAsync(peer, 4000);
        peer.Send(
            Open("forwarded-tcpip", 1, "localhost", 4001u, "10.0.0.1", 5u), Open("forwarded-streamlocal@openssh.com", 2, "localhost", ""),
            Open("auth-agent@openssh.com", 3), Open("x11", 4, "10.0.0.1", 5u), Open("session", 5));
        for (var number = 1u; number <= 5; number++)
            await ExpectRefusalAsync(peer, number);
        // Servers may return the address in another form.
        peer.Send(Open("forwarded-tcpip", 6, "127.0.0.1", 4000u, "10.0.0.1", 5u));
        await peer.ExpectAsync(MessageNumber.ChannelOpenConfirmation);
    }

    [Fact]
    public async Task EachTypeThatIsRefusedIsReportedOnce()
    {
        var reported = new List<string>();
        await using var peer = new ScriptedPeer(new() { OnChannelRefused = reported.Add });
        for (var number = 0u; number < 4; number++)
            peer.Send(Open("auth-agent@openssh.com", number), Open("x11", 10 + number, "10.0.0.1", 5u));
        for (var type = 0u; type < 100; type++)
            peer.Send(Open($"type-{type}", 100 + type));
        for (var number = 0u; number < 108; number++)
            await peer.ExpectAsync(MessageNumber.ChannelOpenFailure);
        Assert.Equal(["auth-agent@openssh.com", "x11", .. Enumerable.Range(0, 6).Select(type => $"type-{type}")], reported);
    }

    [Fact]
    public async Task ARefusalToListenSaysWhere()
    {
        await using var peer = new ScriptedPeer();
        var listening = SshRemoteListener.StartAsync(peer.Connection, new DnsEndPoint("localhost", 80), CancellationToken.None);
        await peer.ExpectAsync(MessageNumber.GlobalRequest);
        peer.Send([MessageNumber.RequestFailure]);
        var failure = await Assert.ThrowsAsync<SshException>(() => listening);
        Assert.Equal(SshFailure.RequestRefused, failure.Failure);
        Assert.Equal(
            "the server refused to listen on localhost port 80: its configuration does not allow it, or the address is in use", failure.Message);
    }

    [Fact]
    public async Task AnAbandonedRequestIsRevokedOnceItIsGranted()
    {
        await using var peer = new ScriptedPeer();
        using var stop = new CancellationTokenSource();
        var listening = SshRemoteListener.StartAsync(peer.Connection, AnyPort, stop.Token);
        await peer.ExpectAsync(MessageNumber.GlobalRequest);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => listening);
        peer.Send(Wire.Message(MessageNumber.RequestSuccess, 4000u));
        await peer.ExpectAsync(Wire.Message(MessageNumber.GlobalRequest, "cancel-tcpip-forward", false, "localhost", 4000u));
        peer.Send(Open("forwarded-tcpip", 1, "localhost", 4000u, "10.0.0.1", 5u));
        await ExpectRefusalAsync(peer, 1);
    }

    [Fact]
    public async Task ARequestThatIsNeverAnsweredEndsWithTheConnection()
    {
        await using var peer = new ScriptedPeer();
        var listening = SshRemoteListener.StartAsync(peer.Connection, AnyPort, CancellationToken.None);
        await peer.ExpectAsync(MessageNumber.GlobalRequest);
        peer.EndStream();
        Assert.Equal(SshFailure.ConnectionLost, (await Assert.ThrowsAsync<SshException>(() => listening)).Failure);
    }

    [Fact]
    public async Task AcceptedConnectionsAreBounded()
    {
        await using var peer = new ScriptedPeer();
        await using var listener = await ListenAsync(peer, 4000);
        for (var number = 0u; number < 129; number++)
            peer.Send(Open("forwarded-tcpip", number, "localhost", 4000u, "10.0.0.1", 5u));
        for (var number = 0u; number < 128; number++)
            Assert.Equal(number, Wire.UInt32(await peer.ExpectAsync(MessageNumber.ChannelOpenConfirmation), 1));
        await peer.ExpectAsync(Wire.Message(MessageNumber.ChannelOpenFailure, 128u, 4u, "too many channels", ""));
    }

    [Fact]
    public async Task WithoutMemoryForAWindowAChannelIsRefused()
    {
        await using var peer = new ScriptedPeer(new() { WindowBudget = new(1024) });
        await using var listener = await ListenAsync(peer, 4000);
        peer.Send(Open("forwarded-tcpip", 1, "localhost", 4000u, "10.0.0.1", 5u), Open("forwarded-tcpip", 2, "localhost", 4000u, "10.0.0.1", 5u));
        await peer.ExpectAsync(MessageNumber.ChannelOpenConfirmation);
        await peer.ExpectAsync(Wire.Message(MessageNumber.ChannelOpenFailure, 2u, 4u, "too many channels", ""));
    }

    [Fact]
    public async Task DataBeyondTheWindowIsDropped()
    {
        await using var peer = new ScriptedPeer(new() { WindowBudget = new(1024) });
        await using var listener = await ListenAsync(peer, 4000);
        peer.Send(Open("forwarded-tcpip", 1, "localhost", 4000u, "10.0.0.1", 5u));
        var confirmation = await peer.ExpectAsync(MessageNumber.ChannelOpenConfirmation);
        var (number, window) = (Wire.UInt32(confirmation, 5), Wire.UInt32(confirmation, 9));
        Assert.Equal(1024u, window);
        peer.Send(Wire.Data(number, new byte[window]), Wire.Data(number, "more"), Wire.Eof(number));
        await using var stream = await listener.AcceptAsync();
        using var received = new MemoryStream();
        await stream.CopyToAsync(received);
        Assert.Equal(window, received.Length);
    }

    [Fact]
    public async Task TheEndOfTheConnectionEndsTheListener()
    {
        await using var peer = new ScriptedPeer();
        await using var listener = await ListenAsync(peer, 4000);
        var accepting = listener.AcceptAsync().AsTask();
        peer.EndStream();
        Assert.Equal(SshFailure.ConnectionLost, (await Assert.ThrowsAsync<SshException>(() => accepting)).Failure);
        var failure = await Assert.ThrowsAsync<SshException>(() => SshRemoteListener.StartAsync(peer.Connection, AnyPort, CancellationToken.None));
        Assert.Equal(SshFailure.ConnectionLost, failure.Failure);
    }

    private static async Task<SshRemoteListener> ListenAsync(ScriptedPeer peer, int port)
    {
        var listening = SshRemoteListener.StartAsync(peer.Connection, new DnsEndPoint("localhost", port), CancellationToken.None);
        await peer.ExpectAsync(MessageNumber.GlobalRequest);
        peer.Send([MessageNumber.RequestSuccess]);
        return await listening;
    }

    private static byte[] Open(string type, uint number, params object[] fields) =>
        Wire.Message(MessageNumber.ChannelOpen, [type, number, 1u << 20, 32u << 10, .. fields]);

    private static Task ExpectRefusalAsync(ScriptedPeer peer, uint number) =>
        peer.ExpectAsync(Wire.Message(MessageNumber.ChannelOpenFailure, number, 1u, "no channels from this side", ""));
}
