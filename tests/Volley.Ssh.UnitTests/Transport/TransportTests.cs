using System.Diagnostics;
using System.Text;
using Volley.Ssh.HostKeys;
using Volley.Ssh.Wire;
using Xunit;

namespace Volley.Ssh.UnitTests.Transport;

/// <summary>The transport against a scripted server that keeps to the protocol.</summary>
public sealed class TransportTests
{
    private static CancellationToken Limit => new CancellationTokenSource(TransportServer.Limit).Token;

    [Theory]
    [InlineData("mlkem768x25519-sha256")]
    [InlineData("curve25519-sha256")]
    [InlineData("curve25519-sha256@libssh.org")]
    [InlineData("ecdh-sha2-nistp256")]
    [InlineData("ecdh-sha2-nistp384")]
    public async Task KeysAreExchanged(string keyExchange)
    {
        await using var server = await TransportServer.StartAsync();
        await using var packets = await server.ConnectFullyAsync(NativeInteropServer.Options(keyExchange));
        Assert.StartsWith(keyExchange, packets.Algorithms, StringComparison.Ordinal);
        Assert.Equal(server.SessionId.ToArray(), packets.SessionId.ToArray());
        Assert.Equal("Scripted", packets.ServerSoftware);
        await packets.SendAsync("\u0063hello"u8.ToArray(), Limit);
        Assert.Equal("\u0063hello"u8.ToArray(), await server.ReadAsync());
        await server.SendAsync("\u0063back"u8.ToArray());
        Assert.Equal("\u0063back"u8.ToArray(), (await packets.ReadAsync(Limit)).ToArray());
    }

    [Fact]
    public async Task StrictKeyExchangeAndExtensionsAreOfferedOnce()
    {
        await using var server = await TransportServer.StartAsync();
        await using var packets = await server.ConnectFullyAsync();
        Assert.Contains("kex-strict-c-v00@openssh.com", server.ClientOffer.KeyExchanges);
        Assert.Contains("ext-info-c", server.ClientOffer.KeyExchanges);
        Assert.True(packets.IsStrict);
        await server.LogInAsync(packets);
        var reading = packets.ReadAsync(Limit).AsTask();
        await server.ExchangeInitsAsync();
        Assert.DoesNotContain("kex-strict-c-v00@openssh.com", server.ClientOffer.KeyExchanges);
        await server.ExchangeKeysAsync();
        await server.SendAsync([99]);
        Assert.Equal([99], (await reading).ToArray());
    }

    [Fact]
    public async Task AServerWithoutStrictKeyExchangeIsServed()
    {
        await using var server = await TransportServer.StartAsync();
        server.KeyExchanges = ["curve25519-sha256"];
        await using var packets = await server.ConnectFullyAsync();
        Assert.False(packets.IsStrict);
        await server.SendAsync([99]);
        Assert.Equal([99], (await packets.ReadAsync(Limit)).ToArray());
        Assert.Equal(3u, packets.LastSequenceNumber);
    }

    [Fact]
    public async Task LinesBeforeTheVersionArePassedOver()
    {
        await using var server = await TransportServer.StartAsync();
        await server.SendRawAsync("Welcome\r\nto this\nhost\n"u8.ToArray());
        await using var packets = await server.ConnectFullyAsync();
        Assert.True(packets.IsStrict);
    }

    [Theory]
    [InlineData("SSH-1.99-Old-Server_1.0 with a comment", "Old-Server_1.0 with a comment")]
    [InlineData("SSH-2.1-a", "a")]
    [InlineData("SSH-02.007-a", "a")]
    [InlineData("SSH-2.0-\ttab\u001b[2J\u007f", "tab [2J")]
    [InlineData("SSH-2.0--", "-")]
    public async Task AVersionIsTakenAsByOpenSsh(string version, string software)
    {
        await using var server = await TransportServer.StartAsync();
        server.Version = version;
        await using var packets = await server.ConnectFullyAsync();
        Assert.Equal(software, packets.ServerSoftware);
    }

    [Fact]
    public async Task TheLongestVersionAndManyLinesBeforeItAreTaken()
    {
        await using var server = await TransportServer.StartAsync();
        // ssh reads as much: 8 KiB a line, in a thousand lines.
        await server.SendRawAsync(Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(new string('x', 8192) + "\r\n", 4).Concat(Enumerable.Repeat("SSH-\n", 1000)))));
        server.Version = $"SSH-2.0-{new string('y', 8184)}";
        await using var packets = await server.ConnectFullyAsync();
        Assert.Equal(new string('y', 255), packets.ServerSoftware);
    }

    [Fact]
    public async Task TheHostKeyIsCheckedBeforeAnythingElseIsSent()
    {
        await using var server = await TransportServer.StartAsync();
        HostKeyOffer? offer = null;
        var connecting = server.ConnectAsync(NativeInteropServer.Options() with
        {
            CheckHostKey = (offered, _) =>
            {
                offer = offered;
                throw new SshException(SshFailure.HostKeyRejected, "not this one");
            },
        });
        await server.GreetAsync();
        await server.ExchangeInitsAsync();
        await server.ReplyAsync();
        await server.SendNewKeysAsync();
        var refusal = await Assert.ThrowsAsync<SshException>(() => connecting.WaitAsync(TransportServer.Limit));
        Assert.Equal((SshFailure.HostKeyRejected, "not this one"), (refusal.Failure, refusal.Message));
        Assert.Equal("ssh-ed25519", offer!.Algorithm);
        Assert.Equal(server.HostKey.PublicBlob.ToArray(), offer.Blob.ToArray());
        // It says why it leaves, and has not sent NEWKEYS before.
        var goodbye = await server.ExpectAsync(MessageNumber.Disconnect);
        Assert.Equal(DisconnectReason.HostKeyNotVerifiable, Wire.UInt32(goodbye, 1));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task ACancellationEndsTheHandshakeAtAnyPoint(int step)
    {
        await using var server = await TransportServer.StartAsync();
        using var cancel = new CancellationTokenSource();
        var checking = new TaskCompletionSource();
        var connecting = server.ConnectAsync(NativeInteropServer.Options() with
        {
            CheckHostKey = async (_, token) =>
            {
                checking.SetResult();
                await Task.Delay(step == 4 ? Timeout.Infinite : 0, token);
            },
        }, cancellationToken: cancel.Token);
        if (step > 0)
            await server.GreetAsync();
        if (step > 1)
            await server.ExchangeInitsAsync();
        if (step > 2)
        {
            await server.ReplyAsync();
            await checking.Task.WaitAsync(TransportServer.Limit);
        }
        Assert.False(connecting.IsCompleted);
        var clock = Stopwatch.StartNew();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => connecting.WaitAsync(TransportServer.Limit));
        // A hundred times what is promised, for a busy machine; without the token it would be the limit.
        Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(5));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => server.Client.WriteAsync(new byte[1]).AsTask());
    }

    [Fact]
    public async Task ACancellationEndsAReadAndNothingIsLost()
    {
        await using var server = await TransportServer.StartAsync();
        await using var packets = await server.ConnectFullyAsync();
        using var cancel = new CancellationTokenSource();
        var packet = server.Pack([99, 1, 2, 3]);
        var reading = packets.ReadAsync(cancel.Token).AsTask();
        await server.SendRawAsync(packet.AsMemory(0, 10));
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
        await server.SendRawAsync(packet.AsMemory(10));
        Assert.Equal([99, 1, 2, 3], (await packets.ReadAsync(Limit)).ToArray());
    }

    [Fact]
    public async Task AnUnknownMessageIsAnsweredByItsNumber()
    {
        await using var server = await TransportServer.StartAsync();
        await using var packets = await server.ConnectFullyAsync();
        var reading = packets.ReadAsync(Limit).AsTask();
        await server.SendAsync([MessageNumber.Ignore, 0, 0, 0, 0]);
        await server.SendAsync([19, 1, 2, 3]);
        Assert.Equal([MessageNumber.Unimplemented, 0, 0, 0, 1], await server.ReadAsync());
        await server.SendAsync([99]);
        Assert.Equal([99], (await reading).ToArray());
        Assert.Equal(2u, packets.LastSequenceNumber);
    }

    [Fact]
    public async Task TheServersExtensionsAreRead()
    {
        await using var server = await TransportServer.StartAsync();
        await using var packets = await server.ConnectFullyAsync();
        Assert.Null(packets.ServerSignatureAlgorithms);
        await server.SendAsync(Wire.Message(MessageNumber.ExtInfo, 2u, "server-sig-algs", "ssh-ed25519,rsa-sha2-256", "other@example", "x"));
        await server.SendAsync([99]);
        await packets.ReadAsync(Limit);
        Assert.Equal(["ssh-ed25519", "rsa-sha2-256"], packets.ServerSignatureAlgorithms);
    }

    [Fact]
    public async Task ADisconnectIsGivenInTheServersWords()
    {
        await using var server = await TransportServer.StartAsync();
        await using var packets = await server.ConnectFullyAsync();
        await server.SendAsync(Wire.Message(MessageNumber.Disconnect, 12u, "too busy\u001b[31m", ""));
        var end = await Assert.ThrowsAsync<SshException>(() => packets.ReadAsync(Limit).AsTask());
        Assert.Equal((SshFailure.Disconnected, 12u), (end.Failure, end.ReasonCode));
        Assert.Equal("disconnected by the server: too busy [31m", end.Message);
        // Later callers get the same failure.
        Assert.Equal(end.Message, (await Assert.ThrowsAsync<SshException>(async () => await packets.WriteAsync(new byte[] { 99 }, Limit))).Message);
    }

    [Fact]
    public async Task TheEndOfTheStreamIsTheEnd()
    {
        await using var server = await TransportServer.StartAsync();
        await using var packets = await server.ConnectFullyAsync();
        server.EndSending();
        Assert.True((await packets.ReadAsync(Limit)).IsEmpty);
    }

    [Fact]
    public async Task GoodbyeIsSaid()
    {
        await using var server = await TransportServer.StartAsync();
        var packets = await server.ConnectFullyAsync();
        await packets.DisposeAsync();
        Assert.Equal(DisconnectReason.ByApplication, Wire.UInt32(await server.ExpectAsync(MessageNumber.Disconnect), 1));
    }

    [Fact]
    public async Task AllThatComesCountsAsReceived()
    {
        await using var server = await TransportServer.StartAsync();
        await using var packets = await server.ConnectFullyAsync();
        var before = packets.ReceivedBytes;
        var reading = packets.ReadAsync(Limit).AsTask();
        await server.SendAsync(Wire.Message(MessageNumber.Ignore, "x"));
        var packet = server.Pack([99]);
        await server.SendRawAsync(packet.AsMemory(0, 3));
        while (packets.ReceivedBytes < before + 3)
            await Task.Yield();
        Assert.False(reading.IsCompleted);
        await server.SendRawAsync(packet.AsMemory(3));
        Assert.Equal([99], (await reading).ToArray());
    }

    [Fact]
    public async Task TheServersReasonCountsMoreThanAWriteThatFailed()
    {
        await using var server = await TransportServer.StartAsync();
        await using var packets = await server.ConnectFullyAsync();
        await server.SendAsync(Wire.Message(MessageNumber.Disconnect, 2u, "Too many authentication failures", ""));
        packets.Fail(new(SshFailure.ConnectionLost, "Broken pipe"));
        Assert.Equal(SshFailure.Disconnected, (await Assert.ThrowsAsync<SshException>(() => packets.ReadAsync(Limit).AsTask())).Failure);
    }

    [Fact]
    public async Task ManyMessagesBehindABlockedWriteGoTogether()
    {
        await using var server = await TransportServer.StartAsync();
        await using var packets = await server.ConnectFullyAsync();
        // The server reads nothing yet: writes fill the sockets, then the buffer, and then wait.
        var message = new byte[16 << 10];
        message[0] = 99;
        var count = 0;
        var writing = Task.CompletedTask;
        while (writing.IsCompleted)
        {
            writing = packets.SendAsync(message, Limit);
            count++;
        }
        for (var i = 0; i < count; i++)
            Assert.Equal(message, await server.ReadAsync());
        await writing;
    }

    [Fact]
    public async Task DisposingEndsAWriteThatWaits()
    {
        await using var server = await TransportServer.StartAsync();
        var packets = await server.ConnectFullyAsync();
        var message = new byte[16 << 10];
        message[0] = 99;
        ValueTask writing = default;
        while (writing.IsCompleted)
            writing = packets.WriteAsync(message, Limit);
        var clock = Stopwatch.StartNew();
        await packets.DisposeAsync();
        Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(5));
        await Assert.ThrowsAsync<SshException>(async () => await writing);
    }

    [Fact]
    public async Task AnUnknownAlgorithmIsAnError()
    {
        await using var server = await TransportServer.StartAsync();
        var mistake = await Assert.ThrowsAsync<ArgumentException>(() => server.ConnectAsync(NativeInteropServer.Options(cipher: "3des-cbc")));
        Assert.Contains("3des-cbc", mistake.Message, StringComparison.Ordinal);
    }
}
