using CsCheck;
using Volley.Ssh.Transport;
using Volley.Ssh.Wire;
using Xunit;

namespace Volley.Ssh.UnitTests.Transport;

/// <summary>Servers, and those between, who mean ill once there are keys.</summary>
public sealed class HostilePacketTests
{
    private static readonly string[] Ciphers = [.. SshAlgorithms.Ciphers];

    public static TheoryData<string> CipherNames => [.. Ciphers];

    private static CancellationToken Limit => new CancellationTokenSource(TransportServer.Limit).Token;

    [Theory]
    [MemberData(nameof(CipherNames))]
    public async Task AChangedPacketEndsTheConnection(string cipher) => await Gen.Select(Gen.Int[4, 2000], Gen.Byte[1, 255], Gen.Int[1, 500])
        .SampleAsync(async (place, value, length) =>
        {
            await using var server = await TransportServer.StartAsync();
            await using var packets = await server.ConnectFullyAsync(NativeInteropServer.Options("ecdh-sha2-nistp256", cipher));
            var packet = server.Pack([99, .. new byte[length]]);
            packet[4 + ((place - 4) % (packet.Length - 4))] ^= value;
            await server.SendRawAsync(packet);
            Assert.Equal(SshFailure.Corrupted, (await RefusalAsync(packets)).Failure);
            // It says so, and takes no more.
            await packets.DisposeAsync();
            Assert.Equal(DisconnectReason.MacError, Wire.UInt32(await server.ExpectAsync(MessageNumber.Disconnect), 1));
        }, iter: 20, threads: 1);

    [Theory]
    [MemberData(nameof(CipherNames))]
    public async Task AChangedLengthEndsTheConnection(string cipher)
    {
        for (var place = 0; place < 4; place++)
        {
            await using var server = await TransportServer.StartAsync();
            await using var packets = await server.ConnectFullyAsync(NativeInteropServer.Options(cipher: cipher));
            var packet = server.Pack([99, .. new byte[50]]);
            packet[place] ^= 0x11;
            await server.PlayAsync(it => it.SendRawAsync(packet));
            var failure = (await RefusalAsync(packets)).Failure;
            Assert.True(failure is SshFailure.ProtocolViolation or SshFailure.Corrupted or SshFailure.ConnectionLost, $"{failure}");
        }
    }

    [Theory]
    [MemberData(nameof(CipherNames))]
    public async Task APacketThatIsCutOutIsMissed(string cipher)
    {
        foreach (var strict in (bool[])[true, false])
        {
            await using var server = await TransportServer.StartAsync();
            if (!strict)
                server.KeyExchanges = ["curve25519-sha256"];
            await using var packets = await server.ConnectFullyAsync(NativeInteropServer.Options(cipher: cipher));
            server.Pack(Wire.Message(MessageNumber.ExtInfo, 0u));
            await server.SendAsync([99]);
            await server.SendAsync([99]);
            server.EndSending();
            var failure = (await RefusalAsync(packets)).Failure;
            Assert.True(failure is SshFailure.ProtocolViolation or SshFailure.Corrupted or SshFailure.ConnectionLost, $"{failure}");
        }
    }

    [Theory]
    [MemberData(nameof(CipherNames))]
    public async Task PacketsInAnotherOrderAreRefused(string cipher)
    {
        await using var server = await TransportServer.StartAsync();
        await using var packets = await server.ConnectFullyAsync(NativeInteropServer.Options(cipher: cipher));
        var (first, second) = (server.Pack([99, 1]), server.Pack([99, 2]));
        await server.SendRawAsync((byte[])[.. second, .. first]);
        var failure = (await RefusalAsync(packets)).Failure;
        Assert.True(failure is SshFailure.ProtocolViolation or SshFailure.Corrupted, $"{failure}");
    }

    [Theory]
    [MemberData(nameof(CipherNames))]
    public async Task APacketCutShortIsALostConnection(string cipher)
    {
        await using var server = await TransportServer.StartAsync();
        await using var packets = await server.ConnectFullyAsync(NativeInteropServer.Options(cipher: cipher));
        var packet = server.Pack([99, .. new byte[100]]);
        await server.SendRawAsync(packet.AsMemory(0, packet.Length - 1));
        server.EndSending();
        Assert.Equal(SshFailure.ConnectionLost, (await RefusalAsync(packets)).Failure);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(200)]
    public async Task AnImpossiblePaddingIsRefused(int padding)
    {
        await using var server = await TransportServer.StartAsync();
        await using var packets = await server.ConnectFullyAsync(NativeInteropServer.Options(cipher: "aes128-gcm@openssh.com"));
        // Of the right length, with a right MAC, but for what the padding's length says.
        var packet = new byte[4 + 16 + 16];
        packet[3] = 16;
        packet[4] = (byte)padding;
        server.Sealer.Seal(server.SendNumber, packet);
        await server.SendRawAsync(packet);
        Assert.Equal(SshFailure.ProtocolViolation, (await RefusalAsync(packets)).Failure);
    }

    [Theory]
    [InlineData((256 << 10) + 16)]
    [InlineData(0x7fff_fff0)]
    [InlineData(17)]
    [InlineData(0)]
    public async Task AnImpossibleLengthIsRefused(int length)
    {
        await using var server = await TransportServer.StartAsync();
        await using var packets = await server.ConnectFullyAsync(NativeInteropServer.Options(cipher: "aes128-gcm@openssh.com"));
        await server.SendRawAsync((byte[])[.. Wire.UInt32((uint)length), .. new byte[60]]);
        Assert.Equal(SshFailure.ProtocolViolation, (await RefusalAsync(packets)).Failure);
    }

    [Fact]
    public async Task AFloodOfIgnoredMessagesBeforeTheLoginIsRefused()
    {
        await using var server = await TransportServer.StartAsync();
        await using var packets = await server.ConnectFullyAsync();
        var reading = RefusalAsync(packets);
        var flooding = server.PlayAsync(async it =>
        {
            for (var i = 0; i < 2000; i++)
                await it.SendAsync(Wire.Message(MessageNumber.Ignore, "nothing"));
        });
        Assert.Equal(SshFailure.ProtocolViolation, (await reading).Failure);
        await packets.DisposeAsync();
        await flooding;
    }

    [Fact]
    public async Task AFloodOfIgnoredMessagesCostsNoMemoryAndEndsWithTheToken()
    {
        await using var server = await TransportServer.StartAsync();
        await using var packets = await server.ConnectFullyAsync();
        await server.LogInAsync(packets);
        using var cancel = new CancellationTokenSource();
        var reading = packets.ReadAsync(cancel.Token).AsTask();
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var message = Wire.Message(MessageNumber.Ignore, new byte[30_000]);
        for (var i = 0; i < 3000; i++)
            await server.SendAsync(message);
        // Of 90 MB nothing may stay; other tests run beside this one.
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, 50 << 20);
        Assert.False(reading.IsCompleted);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading.WaitAsync(TransportServer.Limit));
    }

    [Fact]
    public async Task AServerThatAsksWithoutReadingIsRefused()
    {
        await using var server = await TransportServer.StartAsync();
        await using var packets = await server.ConnectFullyAsync();
        await server.LogInAsync(packets);
        var reading = RefusalAsync(packets);
        var flooding = server.PlayAsync(async it =>
        {
            // Each is answered by UNIMPLEMENTED, which this server never reads.
            byte[] many = [.. Enumerable.Range(0, 100).SelectMany(_ => it.Pack([19]))];
            while (true)
            {
                await it.SendRawAsync(many);
                many = [.. Enumerable.Range(0, 100).SelectMany(_ => it.Pack([19]))];
                if (reading.IsCompleted)
                    return;
            }
        });
        Assert.Equal(SshFailure.ProtocolViolation, (await reading).Failure);
        await packets.DisposeAsync();
        await flooding;
    }

    [Theory]
    [InlineData(MessageNumber.NewKeys)]
    [InlineData(MessageNumber.KexInitiation)]
    [InlineData(MessageNumber.KexReply)]
    [InlineData((byte)49)]
    [InlineData(MessageNumber.ServiceRequest)]
    public async Task AMessageOfAKeyExchangeOutsideOfOneChangesNothing(byte number)
    {
        await using var server = await TransportServer.StartAsync();
        await using var packets = await server.ConnectFullyAsync();
        await server.LogInAsync(packets);
        var reading = packets.ReadAsync(Limit).AsTask();
        await server.SendAsync([number, 0, 0, 0, 0]);
        await server.ExpectAsync(MessageNumber.Unimplemented);
        // The keys are those of before.
        await server.SendAsync([99]);
        Assert.Equal([99], (await reading).ToArray());
    }

    [Fact]
    public async Task ASecondKexInitInAnExchangeChangesNothing()
    {
        await using var server = await TransportServer.StartAsync();
        await using var packets = await server.ConnectFullyAsync();
        var reading = packets.ReadAsync(Limit).AsTask();
        await server.ExchangeInitsAsync();
        await server.SendAsync([MessageNumber.KexInit, 0, 0, 0, 0]);
        await server.ReplyAsync();
        await server.ExpectAsync(MessageNumber.Unimplemented);
        await server.SendNewKeysAsync();
        await server.ReadNewKeysAsync();
        await server.SendAsync([99]);
        Assert.Equal([99], (await reading).ToArray());
        Assert.Equal(2, packets.KeyExchanges);
    }

    [Fact]
    public async Task AWrongSignatureInANewKeyExchangeIsRefused()
    {
        await using var server = await TransportServer.StartAsync();
        await using var packets = await server.ConnectFullyAsync();
        var reading = RefusalAsync(packets);
        server.Signature = static signature => [.. signature[..^1], (byte)(signature[^1] ^ 1)];
        await server.ExchangeInitsAsync();
        await server.ReplyAsync();
        Assert.Equal(SshFailure.KeyExchangeFailed, (await reading).Failure);
    }

    [Theory]
    [InlineData(7)]
    [InlineData(1)]
    [InlineData(20)]
    [InlineData(53)]
    public async Task AMessageCutShortIsRefused(byte number)
    {
        await using var server = await TransportServer.StartAsync();
        await using var packets = await server.ConnectFullyAsync();
        await server.SendAsync([number, 0xff, 0xff]);
        if (number == 53)
            Assert.Equal([53, 0xff, 0xff], (await packets.ReadAsync(Limit)).ToArray());
        else
            Assert.Equal(SshFailure.ProtocolViolation, (await RefusalAsync(packets)).Failure);
    }

    [Fact]
    public async Task AnyMessagesEndInATypedWayOrNotAtAll() => await Gen.OneOf(
            Gen.Byte.Array[1, 60],
            Gen.Select(Gen.Byte[1, 61], Gen.Byte.Array[0, 40]).Select((number, rest) => (byte[])[number, .. rest]))
        .Array[1, 20].SampleAsync(async messages =>
        {
            await using var server = await TransportServer.StartAsync();
            await using var packets = await server.ConnectFullyAsync(NativeInteropServer.Options("ecdh-sha2-nistp256"));
            await server.PlayAsync(async it =>
            {
                foreach (var message in messages)
                    await it.SendAsync(message);
            });
            try
            {
                while (!(await packets.ReadAsync(Limit)).IsEmpty)
                {
                    // Up to the end.
                }
            }
            catch (SshException e)
            {
                Assert.True(e.Failure is SshFailure.ProtocolViolation or SshFailure.Disconnected or SshFailure.NoCommonAlgorithm
                    or SshFailure.ConnectionLost, e.ToString());
            }
        }, time: 4, threads: 2);

    private static Task<SshException> RefusalAsync(EncryptedPackets packets) => Assert.ThrowsAsync<SshException>(async () =>
    {
        while (!(await packets.ReadAsync(Limit)).IsEmpty)
        {
            // The next one.
        }
        throw new SshException(SshFailure.ConnectionLost, "ended");
    });
}
