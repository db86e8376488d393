using Volley.Ssh.Wire;
using Xunit;

namespace Volley.Ssh.UnitTests.Connection;

public class ChannelCloseTests
{
    /// <summary>The messages that go to a channel once it is open.</summary>
    public static TheoryData<byte> ToAnOpenChannel =>
    [
        MessageNumber.ChannelWindowAdjust,
        MessageNumber.ChannelData,
        MessageNumber.ChannelExtendedData,
        MessageNumber.ChannelEof,
        MessageNumber.ChannelClose,
        MessageNumber.ChannelRequest,
        MessageNumber.ChannelSuccess,
        MessageNumber.ChannelFailure,
    ];

    private readonly byte[] _buffer = new byte[1024];

    [Fact]
    public async Task ThePeersCloseIsAnsweredAtOnceAndItsDataStays()
    {
        await using var peer = new ScriptedPeer();
        var (channel, number) = await peer.OpenAsync();
        peer.Send(Wire.Data(number, "last"), Wire.Close(number));
        await peer.ExpectAsync(Wire.Close(100 + number));
        await peer.ExpectQuietAsync();
        Assert.Equal(0, peer.Connection.OpenChannels);
        await channel.CloseAsync();
        Assert.Equal(4, (await channel.ReadAsync(_buffer)).Count);
        Assert.Equal(0, (await channel.ReadAsync(_buffer)).Count);
        await channel.DisposeAsync();
        await peer.ExpectQuietAsync();
    }

    [Fact]
    public async Task OurCloseWaitsForThePeers()
    {
        await using var peer = new ScriptedPeer();
        var (channel, number) = await peer.OpenAsync();
        var reading = channel.ReadAsync(_buffer);
        var closing = channel.CloseAsync().AsTask();
        await peer.ExpectAsync(Wire.Close(100 + number));
        Assert.Equal(0, (await reading).Count);
        Assert.False(await channel.WriteAsync(_buffer));
        // All of this may have been under way.
        peer.Send(Wire.Data(number, "x"), Wire.Error(number, "x"), Wire.Adjust(number, 9), Wire.Eof(number), Wire.ExitStatus(number, 4),
            Wire.Message(MessageNumber.ChannelRequest, number, "keepalive@openssh.com", true));
        await peer.ExpectQuietAsync();
        Assert.False(closing.IsCompleted);
        Assert.Equal(1, peer.Connection.OpenChannels);
        peer.Send(Wire.Close(number));
        await closing;
        Assert.Equal(0, peer.Connection.OpenChannels);
        Assert.Equal(4, (await channel.WaitForExitAsync()).ExitCode);
    }

    [Fact]
    public async Task DisposingTwiceClosesOnce()
    {
        await using var peer = new ScriptedPeer();
        var (channel, number) = await peer.OpenAsync();
        await channel.DisposeAsync();
        await channel.DisposeAsync();
        await peer.ExpectAsync(Wire.Close(100 + number));
        await peer.ExpectQuietAsync();
    }

    [Fact]
    public async Task AMessageForAChannelThatIsGoneEndsTheConnectionUnlessItMayHaveBeenUnderWay()
    {
        await using var peer = new ScriptedPeer();
        var (_, number) = await peer.OpenAsync();
        peer.Send(Wire.Close(number));
        await peer.ExpectAsync(Wire.Close(100 + number));
        peer.Send(Wire.Adjust(number, 1), Wire.Success(number), Wire.Failure(number));
        await peer.ExpectQuietAsync();
        peer.Send(Wire.Data(number, "x"));
        Assert.Equal(SshFailure.ProtocolViolation, await peer.EndAsync());
    }

    [Theory]
    [InlineData(MessageNumber.ChannelWindowAdjust)]
    [InlineData(MessageNumber.ChannelRequest)]
    [InlineData(MessageNumber.ChannelSuccess)]
    [InlineData(MessageNumber.ChannelFailure)]
    public async Task AMessageThatDoesNoHarmMayBeForAChannelThatNeverWasAsInOpenSsh(byte number)
    {
        await using var peer = new ScriptedPeer();
        peer.Send(Wire.Message(number, 5u, 0u, 0u, 0u, 0u));
        await peer.ExpectQuietAsync();
    }

    [Theory]
    [InlineData(MessageNumber.ChannelOpenConfirmation)]
    [InlineData(MessageNumber.ChannelOpenFailure)]
    [InlineData(MessageNumber.ChannelData)]
    [InlineData(MessageNumber.ChannelExtendedData)]
    [InlineData(MessageNumber.ChannelEof)]
    [InlineData(MessageNumber.ChannelClose)]
    public async Task AMessageForAChannelThatNeverWasEndsTheConnection(byte number)
    {
        await using var peer = new ScriptedPeer();
        peer.Send(Wire.Message(number, 5u, 0u, 0u, 0u, 0u));
        Assert.Equal(SshFailure.ProtocolViolation, await peer.EndAsync());
    }

    [Theory]
    [MemberData(nameof(ToAnOpenChannel))]
    public async Task AMessageForAChannelThatIsNotOpenYetIsIgnored(byte number)
    {
        await using var peer = new ScriptedPeer();
        var opening = peer.Connection.OpenSessionAsync().AsTask();
        await peer.ExpectAsync(MessageNumber.ChannelOpen);
        peer.Send(Wire.Message(number, 0u, 0u, 0u, 0u, 0u));
        await peer.ExpectQuietAsync();
        Assert.False(opening.IsCompleted);
        peer.Send(Wire.Confirmation(0), Wire.Data(0, "x"));
        Assert.Equal(1, (await (await opening).ReadAsync(_buffer)).Count);
    }

    [Theory]
    [InlineData(MessageNumber.ChannelOpenConfirmation)]
    [InlineData(MessageNumber.ChannelOpenFailure)]
    public async Task ASecondAnswerToAnOpenEndsTheConnection(byte number)
    {
        await using var peer = new ScriptedPeer();
        var (_, own) = await peer.OpenAsync();
        peer.Send(Wire.Message(number, own, 0u, 0u, 0u, 0u));
        Assert.Equal(SshFailure.ProtocolViolation, await peer.EndAsync());
    }

    [Fact]
    public async Task AChannelWithoutRoomForDataTakesNone()
    {
        await using var peer = new ScriptedPeer();
        var opening = peer.Connection.OpenSessionAsync().AsTask();
        await peer.ExpectAsync(MessageNumber.ChannelOpen);
        peer.Send(Wire.Confirmation(0, maxPacket: 0));
        var channel = await opening;
        Assert.False(await channel.WriteAsync(_buffer));
        peer.Send(Wire.Data(0, "x"));
        Assert.Equal(1, (await channel.ReadAsync(_buffer)).Count);
    }
}
