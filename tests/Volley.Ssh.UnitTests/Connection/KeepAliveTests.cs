using Microsoft.Extensions.Time.Testing;
using Volley.Ssh.Connection;
using Volley.Ssh.Wire;
using Xunit;

namespace Volley.Ssh.UnitTests.Connection;

public class KeepAliveTests
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(15);
    private static readonly SshConnectionOptions Options = new() { KeepAliveInterval = Interval, KeepAliveCount = 3 };

    private readonly FakeTimeProvider _time = new();

    [Fact]
    public async Task ASilentPeerIsAskedAndThenGivenUp()
    {
        await using var peer = new ScriptedPeer(Options, _time);
        var (channel, number) = await peer.OpenAsync();
        var exit = channel.WaitForExitAsync().AsTask();
        for (var i = 0; i < 3; i++)
        {
            _time.Advance(Interval);
            await peer.ExpectAsync(Wire.Message(MessageNumber.ChannelRequest, 100 + number, "keepalive@openssh.com", true));
            if (i == 1)
                await peer.ExpectAsync(Probe(number + 1));
            Assert.False(peer.Connection.Ended.IsCompleted);
        }
        _time.Advance(Interval);
        Assert.Equal(SshFailure.Unresponsive, await peer.EndAsync());
        Assert.Equal("no answer for 3 times 15 s", peer.Connection.EndedBy!.Message);
        Assert.Equal(SshFailure.Unresponsive, (await Assert.ThrowsAsync<SshException>(() => exit)).Failure);
    }

    [Fact]
    public async Task AnyMessageIsASignOfLife()
    {
        await using var peer = new ScriptedPeer(Options, _time);
        var (_, number) = await peer.OpenAsync();
        for (var i = 0; i < 10; i++)
        {
            _time.Advance(Interval);
            await peer.ExpectAsync(MessageNumber.ChannelRequest);
            peer.Send(i % 2 == 0 ? Wire.Failure(number) : Wire.Message(MessageNumber.Ignore, "x"));
            await peer.ExpectQuietAsync();
        }
        Assert.False(peer.Connection.Ended.IsCompleted);
    }

    [Fact]
    public async Task APeerThatTalksIsNotAsked()
    {
        await using var peer = new ScriptedPeer(Options, _time);
        await peer.OpenAsync();
        for (var i = 0; i < 10; i++)
        {
            _time.Advance(Interval * 0.6);
            await peer.ExpectQuietAsync();
        }
    }

    [Fact]
    public async Task NoKeepaliveIsSentBehindARequestThatIsNotAnswered()
    {
        await using var peer = new ScriptedPeer(Options, _time);
        var (channel, number) = await peer.OpenAsync();
        var exec = channel.ExecAsync("true").AsTask();
        await peer.ExpectAsync(Wire.Message(MessageNumber.ChannelRequest, 100 + number, "exec", true, "true"));
        for (var i = 0; i < 10; i++)
        {
            _time.Advance(Interval);
            await peer.ExpectQuietAsync();
            peer.Send(Wire.Adjust(number, 1));
            await peer.ExpectQuietAsync();
        }
        Assert.False(exec.IsCompleted);
        peer.Send(Wire.Success(number));
        await exec;
        _time.Advance(Interval);
        await peer.ExpectAsync(Wire.Message(MessageNumber.ChannelRequest, 100 + number, "keepalive@openssh.com", true));
    }

    [Fact]
    public async Task ARequestThatIsNotAnsweredIsTheQuestion()
    {
        await using var peer = new ScriptedPeer(Options, _time);
        var (channel, _) = await peer.OpenAsync();
        var exec = channel.ExecAsync("true").AsTask();
        for (var i = 0; i < 4; i++)
            _time.Advance(Interval);
        Assert.Equal(SshFailure.Unresponsive, await peer.EndAsync());
        Assert.Equal(SshFailure.Unresponsive, (await Assert.ThrowsAsync<SshException>(() => exec)).Failure);
    }

    [Fact]
    public async Task AnotherChannelIsAskedWhereOneWaitsForAnAnswer()
    {
        await using var peer = new ScriptedPeer(Options, _time);
        var (channel, _) = await peer.OpenAsync();
        var (_, other) = await peer.OpenAsync();
        _ = channel.ExecAsync("true").AsTask();
        await peer.ExpectAsync(MessageNumber.ChannelRequest);
        _time.Advance(Interval);
        await peer.ExpectAsync(Wire.Message(MessageNumber.ChannelRequest, 100 + other, "keepalive@openssh.com", true));
    }

    [Fact]
    public async Task WithoutAChannelThereIsNobodyToAsk()
    {
        await using var peer = new ScriptedPeer(Options, _time);
        for (var i = 0; i < 10; i++)
            _time.Advance(Interval);
        await peer.ExpectQuietAsync();
        Assert.False(peer.Connection.Ended.IsCompleted);
    }

    [Fact]
    public async Task APeerThatAnswersNoRequestOnAChannelIsAskedToOpenOne()
    {
        await using var peer = new ScriptedPeer(Options, _time);
        var (_, number) = await peer.OpenAsync();
        for (var i = 1u; i <= 3; i++)
        {
            _time.Advance(Interval);
            await peer.ExpectAsync(MessageNumber.ChannelRequest);
            _time.Advance(Interval);
            await peer.ExpectAsync(MessageNumber.ChannelRequest);
            await peer.ExpectAsync(Probe(number + i));
            // What it opens is closed, and what it refuses forgotten.
            peer.Send(i == 3 ? Wire.Message(MessageNumber.ChannelOpenFailure, number + i, 1u, "no", "") : Wire.Confirmation(number + i, own: 200));
            if (i < 3)
            {
                await peer.ExpectAsync(Wire.Close(200));
                // The first close is never answered.
                if (i == 2)
                    peer.Send(Wire.Close(number + i));
            }
            await peer.ExpectQuietAsync();
            Assert.Equal(2, peer.Connection.OpenChannels);
        }
        Assert.False(peer.Connection.Ended.IsCompleted);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task WhereItMayBeThePeerItselfIsAskedByAGlobalRequest(bool hasChannel)
    {
        await using var peer = new ScriptedPeer(Options with { SendsGlobalRequests = true }, _time);
        if (hasChannel)
        {
            var (channel, _) = await peer.OpenAsync();
            // Nor does a request that is never answered keep it from that.
            _ = channel.ExecAsync("sleep 1000").AsTask();
            await peer.ExpectAsync(MessageNumber.ChannelRequest);
        }
        byte[][] answers = [[MessageNumber.RequestFailure], [MessageNumber.RequestSuccess], Wire.Message(MessageNumber.Unimplemented, 7u)];
        for (var i = 0; i < 9; i++)
        {
            _time.Advance(Interval);
            await peer.ExpectAsync(Wire.Message(MessageNumber.GlobalRequest, "keepalive@openssh.com", true));
            peer.Send(answers[i % 3]);
            await peer.ExpectQuietAsync();
        }
        Assert.False(peer.Connection.Ended.IsCompleted);
        for (var i = 0; i < 4; i++)
            _time.Advance(Interval);
        Assert.Equal(SshFailure.Unresponsive, await peer.EndAsync());
    }

    [Fact]
    public async Task NoKeepAliveIsSentBehindARequestToListen()
    {
        await using var peer = new ScriptedPeer(Options with { SendsGlobalRequests = true }, _time);
        var listening = SshRemoteListener.StartAsync(peer.Connection, new System.Net.DnsEndPoint("localhost", 0), CancellationToken.None);
        await peer.ExpectAsync(MessageNumber.GlobalRequest);
        // The peer answers other messages: it lives, but its answer to a keepalive would be taken for that to the request.
        _time.Advance(Interval);
        await peer.ExpectQuietAsync();
        _time.Advance(Interval);
        await peer.ExpectQuietAsync();
        // A silent one is asked by a session, and ends as any other.
        _time.Advance(Interval);
        _time.Advance(Interval);
        await peer.ExpectAsync(MessageNumber.ChannelOpen);
        _time.Advance(Interval);
        _time.Advance(Interval);
        Assert.Equal(SshFailure.Unresponsive, await peer.EndAsync());
        Assert.Equal(SshFailure.Unresponsive, (await Assert.ThrowsAsync<SshException>(() => listening)).Failure);
    }

    [Fact]
    public async Task BytesThatAreNoWholeMessageForUsAreASignOfLife()
    {
        await using var peer = new ScriptedPeer(Options with { SendsGlobalRequests = true }, _time);
        for (var i = 0; i < 10; i++)
        {
            peer.ReceivedBytes++;
            _time.Advance(Interval);
            await peer.ExpectQuietAsync();
        }
        Assert.False(peer.Connection.Ended.IsCompleted);
    }

    [Fact]
    public async Task AnAnswerThatIsAwaitedIsTheOneToItsRequest()
    {
        await using var peer = new ScriptedPeer(Options with { SendsGlobalRequests = true }, _time);
        var (channel, number) = await peer.OpenAsync();
        _time.Advance(Interval);
        await peer.ExpectAsync(MessageNumber.GlobalRequest);
        var alive = channel.CheckAliveAsync().AsTask();
        await peer.ExpectAsync(Wire.Message(MessageNumber.GlobalRequest, "keepalive@openssh.com", true));
        peer.Send([MessageNumber.RequestFailure]);
        await peer.ExpectQuietAsync();
        Assert.False(alive.IsCompleted);
        peer.Send([MessageNumber.RequestFailure]);
        Assert.True(await alive);
        alive = channel.CheckAliveAsync().AsTask();
        peer.EndStream();
        Assert.False(await alive);
        Assert.False(await channel.CheckAliveAsync());
    }

    [Fact]
    public async Task AQuestionThatIsOutCountsWhenItsChannelIsClosed()
    {
        await using var peer = new ScriptedPeer(Options, _time);
        var (channel, _) = await peer.OpenAsync();
        _time.Advance(Interval);
        await peer.ExpectAsync(MessageNumber.ChannelRequest);
        await channel.DisposeAsync();
        for (var i = 0; i < 3; i++)
            _time.Advance(Interval);
        Assert.Equal(SshFailure.Unresponsive, await peer.EndAsync());
    }

    [Fact]
    public async Task KeepaliveIsOffUnlessAskedFor()
    {
        await using var peer = new ScriptedPeer(null, _time);
        await peer.OpenAsync();
        _time.Advance(TimeSpan.FromDays(10));
        await peer.ExpectQuietAsync();
    }

    /// <summary>The request for a session that nobody needs.</summary>
    private static byte[] Probe(uint number) => Wire.Message(MessageNumber.ChannelOpen, "session", number, 0u, 32u << 10);

    [Fact]
    public void OptionsAreChecked()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new ScriptedPeer(Options with { KeepAliveCount = -1 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => new ScriptedPeer(Options with { KeepAliveInterval = TimeSpan.FromSeconds(-1) }));
    }
}
