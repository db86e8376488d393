using Microsoft.Extensions.Time.Testing;
using Volley.Ssh.Wire;
using Xunit;

namespace Volley.Ssh.UnitTests.Transport;

/// <summary>The exchange of new keys during a connection, with a scripted server that keeps to the protocol.</summary>
public sealed class RekeyTests
{
    private static CancellationToken Limit => new CancellationTokenSource(TransportServer.Limit).Token;

    [Fact]
    public async Task OurRekeyingHoldsMessagesBackUntilTheNewKeysAreThere()
    {
        await using var server = await TransportServer.StartAsync();
        await using var packets = await server.ConnectFullyAsync(NativeInteropServer.Options() with { RekeyAfterBytes = 4096 });
        await server.LogInAsync(packets);
        var reading = packets.ReadAsync(Limit).AsTask();
        var message = new byte[5000];
        message[0] = 99;
        await packets.SendAsync(message, Limit);
        var held = packets.SendAsync([98], Limit);
        Assert.False(held.IsCompleted);
        Assert.Equal(message, await server.ReadAsync());
        // The server may still send what it likes, and the client's read brings it.
        await server.SendAsync([97]);
        Assert.Equal([97], (await reading).ToArray());
        reading = packets.ReadAsync(Limit).AsTask();
        Assert.False(held.IsCompleted);
        await server.ExchangeInitsAsync();
        await server.ExchangeKeysAsync();
        await held.WaitAsync(TransportServer.Limit);
        Assert.Equal([98], await server.ReadAsync());
        await server.SendAsync([96]);
        Assert.Equal([96], (await reading).ToArray());
        Assert.Equal(2, packets.KeyExchanges);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task WhatTheServerSendsAfterItsOwnKexInitIsTaken(bool isLate)
    {
        await using var server = await TransportServer.StartAsync();
        await using var packets = await server.ConnectFullyAsync();
        await server.LogInAsync(packets);
        var reading = packets.ReadAsync(Limit).AsTask();
        await server.ExchangeInitsAsync();
        if (isLate)
            await server.ReplyAsync();
        // Still under the old keys, and forbidden by RFC 4253 section 7.1.
        for (byte i = 0; i < 3; i++)
        {
            await server.SendAsync([94, i]);
            Assert.Equal([94, i], (await reading).ToArray());
            reading = packets.ReadAsync(Limit).AsTask();
        }
        // What is answered to it waits for our new keys.
        var answering = packets.SendAsync([93], Limit);
        if (!isLate)
            await server.ReplyAsync();
        await server.SendNewKeysAsync();
        await server.ReadNewKeysAsync();
        await server.SendAsync([95]);
        Assert.Equal([95], (await reading).ToArray());
        await answering;
        Assert.Equal([93], await server.ReadAsync());
        Assert.Equal(2, packets.KeyExchanges);
    }

    [Fact]
    public async Task MuchThatComesAsksForNewKeysOnce()
    {
        await using var server = await TransportServer.StartAsync();
        await using var packets = await server.ConnectFullyAsync(NativeInteropServer.Options() with { RekeyAfterBytes = 4096 });
        await server.LogInAsync(packets);
        var message = new byte[5000];
        message[0] = 99;
        await server.SendAsync(message);
        Assert.Equal(message, (await packets.ReadAsync(Limit)).ToArray());
        var reading = packets.ReadAsync(Limit).AsTask();
        await server.ExchangeInitsAsync();
        await server.ReplyAsync();
        // What comes before the server's new keys is still under the old ones, which are past their time.
        await server.SendAsync(Wire.Message(MessageNumber.Ignore, ""));
        await server.SendNewKeysAsync();
        await server.ReadNewKeysAsync();
        await server.SendAsync([97]);
        Assert.Equal([97], (await reading).ToArray());
        await packets.SendAsync([98], Limit);
        Assert.Equal([98], await server.ReadAsync());
    }

    [Fact]
    public async Task KeysAreRenewedAfterATime()
    {
        var clock = new FakeTimeProvider();
        await using var server = await TransportServer.StartAsync();
        await using var packets = await server.ConnectFullyAsync(NativeInteropServer.Options() with { RekeyAfter = TimeSpan.FromHours(1), Time = clock });
        await server.LogInAsync(packets);
        clock.Advance(TimeSpan.FromMinutes(59));
        await packets.SendAsync([99], Limit);
        Assert.Equal([99], await server.ReadAsync());
        clock.Advance(TimeSpan.FromMinutes(1));
        await packets.SendAsync([98], Limit);
        Assert.Equal([98], await server.ReadAsync());
        await server.ExpectAsync(MessageNumber.KexInit);
    }

    [Fact]
    public async Task BeforeTheLoginNoNewKeysAreAskedFor()
    {
        await using var server = await TransportServer.StartAsync();
        await using var packets = await server.ConnectFullyAsync(NativeInteropServer.Options() with { RekeyAfterBytes = 1 });
        await packets.SendAsync([50], Limit);
        await packets.SendAsync([51], Limit);
        Assert.Equal([50], await server.ReadAsync());
        Assert.Equal([51], await server.ReadAsync());
    }

    [Fact]
    public async Task AnotherHostKeyInTheMiddleIsRefused()
    {
        await using var server = await TransportServer.StartAsync();
        await using var packets = await server.ConnectFullyAsync();
        var reading = packets.ReadAsync(Limit).AsTask();
        await server.ExchangeInitsAsync();
        var other = TransportKey.Create("ssh-ed25519");
        await server.ReplyAsync(reply => Wire.Message(MessageNumber.KexReply, other.PublicBlob.ToArray(), new byte[32], new byte[64]));
        Assert.Equal(SshFailure.HostKeyRejected, (await Assert.ThrowsAsync<SshException>(() => reading.WaitAsync(TransportServer.Limit))).Failure);
    }
}
