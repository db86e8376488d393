using Volley.Ssh.Wire;
using Xunit;

namespace Volley.Ssh.UnitTests.Connection;

public class ConnectionTests
{
    [Fact]
    public async Task GlobalRequestsAreRefusedIfTheyWantAnAnswer()
    {
        await using var peer = new ScriptedPeer();
        peer.Send(
            Wire.Message(MessageNumber.GlobalRequest, "hostkeys-00@openssh.com", false, new byte[51]),
            Wire.Message(MessageNumber.GlobalRequest, "keepalive@openssh.com", true));
        await peer.ExpectAsync([MessageNumber.RequestFailure]);
        await peer.ExpectQuietAsync();
    }

    [Theory]
    [InlineData("x11")]
    [InlineData("forwarded-tcpip")]
    [InlineData("auth-agent@openssh.com")]
    public async Task ChannelsFromTheServerAreRefused(string type)
    {
        await using var peer = new ScriptedPeer();
        peer.Send(Wire.Message(MessageNumber.ChannelOpen, type, 77u, 1000u, 1000u));
        await peer.ExpectAsync(Wire.Message(MessageNumber.ChannelOpenFailure, 77u, 1u, "no channels from this side", ""));
    }

    [Theory]
    [InlineData((byte)0)]
    [InlineData((byte)7)]
    [InlineData((byte)20)]
    [InlineData((byte)83)]
    [InlineData((byte)101)]
    [InlineData((byte)255)]
    public async Task UnknownMessagesAreUnimplemented(byte number)
    {
        await using var peer = new ScriptedPeer { SequenceNumber = 4711 };
        peer.Send([number]);
        await peer.ExpectAsync(Wire.Message(MessageNumber.Unimplemented, 4711u));
        // Behind a control master there is no number to name.
        peer.SequenceNumber = null;
        peer.Send([number]);
        await peer.ExpectQuietAsync();
    }

    [Fact]
    public async Task SmallTalkIsIgnored()
    {
        await using var peer = new ScriptedPeer { SequenceNumber = 1 };
        peer.Send(
            Wire.Message(MessageNumber.Ignore, "x"), [MessageNumber.Ignore], Wire.Message(MessageNumber.Debug, true, "x", ""),
            Wire.Message(MessageNumber.Unimplemented, 3u), [MessageNumber.RequestSuccess], [MessageNumber.RequestFailure]);
        await peer.ExpectQuietAsync();
    }

    [Fact]
    public async Task ADisconnectEndsTheConnectionInTheServersWords()
    {
        await using var peer = new ScriptedPeer();
        var (channel, number) = await peer.OpenAsync();
        peer.Send(Wire.Data(number, "first"), Wire.Message(MessageNumber.Disconnect, 11u, "idle for too long", ""));
        Assert.Equal(SshFailure.Disconnected, await peer.EndAsync());
        Assert.Equal(11u, peer.Connection.EndedBy!.ReasonCode);
        Assert.Equal("disconnected by the server: idle for too long", peer.Connection.EndedBy.Message);
        Assert.Equal(5, (await channel.ReadAsync(new byte[100])).Count);
        var failure = await Assert.ThrowsAsync<SshException>(async () => await channel.ReadAsync(new byte[100]));
        Assert.Equal(SshFailure.Disconnected, failure.Failure);
    }

    [Fact]
    public async Task TheEndOfTheStreamIsALostConnection()
    {
        await using var peer = new ScriptedPeer();
        var (channel, _) = await peer.OpenAsync();
        var reading = channel.ReadAsync(new byte[1]).AsTask();
        var closing = channel.CloseAsync();
        peer.EndStream();
        Assert.Equal(SshFailure.ConnectionLost, await peer.EndAsync());
        Assert.Equal(0, (await reading).Count);
        await closing;
        Assert.Equal(0, peer.Connection.OpenChannels);
        await peer.Connection.DisposeAsync();
        Assert.True(peer.IsReleased);
    }

    [Fact]
    public async Task ABrokenStreamSaysHow()
    {
        await using var peer = new ScriptedPeer();
        peer.BreakStream(new SshException(SshFailure.ProtocolViolation, "a bad checksum"));
        Assert.Equal(SshFailure.ProtocolViolation, await peer.EndAsync());
        Assert.Equal("a bad checksum", peer.Connection.EndedBy!.Message);

        await using var other = new ScriptedPeer();
        other.BreakStream(new IOException("the cable is out"));
        Assert.Equal(SshFailure.ConnectionLost, await other.EndAsync());
        Assert.Equal("the cable is out", other.Connection.EndedBy!.Message);
    }

    [Fact]
    public async Task DisposingEndsAllThatWaits()
    {
        var peer = new ScriptedPeer();
        var (channel, _) = await peer.OpenAsync(window: 0);
        var reading = channel.ReadAsync(new byte[1]).AsTask();
        var writing = channel.WriteAsync(new byte[1]).AsTask();
        var exit = channel.WaitForExitAsync().AsTask();
        var alive = channel.CheckAliveAsync().AsTask();
        var opening = peer.Connection.OpenSessionAsync().AsTask();
        await peer.DisposeAsync();
        foreach (var task in new Task[] { reading, writing, exit, opening })
            Assert.Equal(SshFailure.ChannelClosed, (await Assert.ThrowsAsync<SshException>(() => task)).Failure);
        Assert.False(await alive);
        await peer.Connection.Ended;
        Assert.Null(peer.Connection.EndedBy);
        Assert.True(peer.IsReleased);
        await peer.DisposeAsync();
    }

    [Fact]
    public async Task DisposingDoesNotWaitForAPeerThatReadsNothing()
    {
        var peer = new ScriptedPeer();
        var (channel, _) = await peer.OpenAsync(window: 1 << 20);
        peer.WriteGate = new TaskCompletionSource().Task;
        var writing = channel.WriteAsync(new byte[1 << 20]).AsTask();
        await peer.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20));
        await Assert.ThrowsAsync<SshException>(() => writing);
    }

    [Fact]
    public async Task APeerThatAsksWithoutReadingIsCutOff()
    {
        await using var peer = new ScriptedPeer();
        peer.WriteGate = new TaskCompletionSource().Task;
        for (var i = 0; i < 5000; i++)
            peer.Send(Wire.Message(MessageNumber.GlobalRequest, "again@test", true));
        Assert.Equal(SshFailure.ProtocolViolation, await peer.EndAsync());
    }

    public static TheoryData<byte[]> CutShort =>
    [
        new byte[] { MessageNumber.Disconnect },
        Wire.Message(MessageNumber.Disconnect, 1u, uint.MaxValue),
        Wire.Message(MessageNumber.GlobalRequest, "x"),
        Wire.Message(MessageNumber.GlobalRequest, 0x80000000u),
        Wire.Message(MessageNumber.ChannelOpen, "x"),
        new byte[] { MessageNumber.ChannelData, 0, 0, 0 },
        Wire.Message(MessageNumber.ChannelData, 0u),
        Wire.Message(MessageNumber.ChannelData, 0u, 1u),
        Wire.Message(MessageNumber.ChannelData, 0u, uint.MaxValue, 0u),
        Wire.Message(MessageNumber.ChannelExtendedData, 0u, 1u, 5u, 0u),
        Wire.Message(MessageNumber.ChannelWindowAdjust, 0u),
        Wire.Message(MessageNumber.ChannelRequest, 0u, "exit-status"),
        Wire.Message(MessageNumber.ChannelRequest, 0u, "exit-status", false, (byte)0),
    ];

    [Theory]
    [MemberData(nameof(CutShort))]
    public async Task AMessageThatIsCutShortEndsTheConnection(byte[] message)
    {
        await using var peer = new ScriptedPeer();
        await peer.OpenAsync();
        peer.Send(message);
        Assert.Equal(SshFailure.ProtocolViolation, await peer.EndAsync());
    }
}
