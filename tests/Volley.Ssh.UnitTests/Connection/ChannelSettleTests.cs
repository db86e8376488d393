using Volley.Ssh.Wire;
using Xunit;

namespace Volley.Ssh.UnitTests.Connection;

/// <summary>When all that a command has printed is here, although its streams have not ended.</summary>
public class ChannelSettleTests
{
    private readonly byte[] _buffer = new byte[256 << 10];

    [Fact]
    public async Task TwoAnswersWithNothingInBetweenSettleIt()
    {
        await using var peer = new ScriptedPeer();
        var (channel, number) = await peer.OpenAsync();
        var settling = channel.SettleAsync().AsTask();
        await AnswerAsync(peer, number);
        await ExpectQuestionAsync(peer, number);
        Assert.False(settling.IsCompleted);
        peer.Send(Wire.Failure(number));
        Assert.True(await settling);
    }

    [Fact]
    public async Task DataInBetweenBeginsItAnew()
    {
        await using var peer = new ScriptedPeer();
        var (channel, number) = await peer.OpenAsync();
        var settling = channel.SettleAsync().AsTask();
        await AnswerAsync(peer, number);
        await ExpectQuestionAsync(peer, number);
        peer.Send(Wire.Data(number, "late"), Wire.Failure(number));
        await AnswerAsync(peer, number);
        await ExpectQuestionAsync(peer, number);
        Assert.False(settling.IsCompleted);
        peer.Send(Wire.Failure(number));
        Assert.False(await settling);
        Assert.Equal(4, (await channel.ReadAsync(_buffer)).Count);
    }

    [Fact]
    public async Task APeerThatMaySendNothingIsNotAsked()
    {
        await using var peer = new ScriptedPeer();
        var (channel, number) = await peer.OpenAsync();
        for (var i = 0; i < 4; i++)
            peer.Send(Wire.Data(number, new byte[32 << 10]));
        await peer.ExpectQuietAsync();
        var settling = channel.SettleAsync().AsTask();
        await peer.ExpectQuietAsync();
        Assert.Equal(128 << 10, (await channel.ReadAsync(_buffer)).Count);
        await peer.ExpectAsync(MessageNumber.ChannelWindowAdjust);
        await AnswerAsync(peer, number);
        await AnswerAsync(peer, number);
        await settling;
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task TheEndOfTheStreamsSettlesIt(bool closes)
    {
        await using var peer = new ScriptedPeer();
        var (channel, number) = await peer.OpenAsync();
        var settling = channel.SettleAsync().AsTask();
        await ExpectQuestionAsync(peer, number);
        peer.Send(Wire.Data(number, "last"), closes ? Wire.Close(number) : Wire.Eof(number), closes ? Wire.Message(MessageNumber.Ignore, "") : Wire.Failure(number));
        await settling;
        Assert.Equal(4, (await channel.ReadAsync(_buffer)).Count);
        Assert.Equal(0, (await channel.ReadAsync(_buffer)).Count);
    }

    [Fact]
    public async Task TheEndOfTheConnectionSettlesIt()
    {
        await using var peer = new ScriptedPeer();
        var (channel, number) = await peer.OpenAsync();
        var settling = channel.SettleAsync().AsTask();
        await ExpectQuestionAsync(peer, number);
        peer.EndStream();
        await settling;
    }

    [Fact]
    public async Task APeerThatNeverStopsSendingIsAbandonedAtLast()
    {
        await using var peer = new ScriptedPeer();
        var (channel, number) = await peer.OpenAsync();
        var settling = channel.SettleAsync().AsTask();
        var answers = 0;
        for (; !settling.IsCompleted; answers++)
        {
            peer.Send(Wire.Data(number, "x"), Wire.Failure(number));
            Assert.Equal(1, (await channel.ReadAsync(_buffer)).Count);
            if (answers == 0)
                await ExpectQuestionAsync(peer, number);
            await Task.WhenAny(settling, ExpectQuestionAsync(peer, number));
        }

        Assert.InRange(answers, 10, 1000);
    }

    private static async Task AnswerAsync(ScriptedPeer peer, uint number)
    {
        await ExpectQuestionAsync(peer, number);
        peer.Send(Wire.Failure(number));
    }

    private static Task ExpectQuestionAsync(ScriptedPeer peer, uint number) =>
        peer.ExpectAsync(Wire.Message(MessageNumber.ChannelRequest, 100 + number, "keepalive@openssh.com", true));
}
