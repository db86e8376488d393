using System.Text;
using CsCheck;
using Volley.Ssh.HostKeys;
using Volley.Ssh.Transport;
using Volley.Ssh.Wire;
using Xunit;

namespace Volley.Ssh.UnitTests.Transport;

/// <summary>Servers, and those between, who mean ill before there are keys: always a typed failure, soon, and never a key that was not proved.</summary>
public sealed class HostileHandshakeTests
{
    private static readonly Dictionary<string, byte[]> Messages = new()
    {
        ["IGNORE"] = Wire.Message(MessageNumber.Ignore, "x"),
        ["DEBUG"] = Wire.Message(MessageNumber.Debug, true, "x", ""),
        ["UNIMPLEMENTED"] = Wire.Message(MessageNumber.Unimplemented, 0u),
        ["EXT_INFO"] = Wire.Message(MessageNumber.ExtInfo, 1u, "server-sig-algs", "ssh-rsa"),
        ["SERVICE_ACCEPT"] = Wire.Message(MessageNumber.ServiceAccept, "ssh-userauth"),
        ["NEWKEYS"] = [MessageNumber.NewKeys],
        ["USERAUTH_SUCCESS"] = [MessageNumber.UserAuthSuccess],
        ["CHANNEL_DATA"] = Wire.Data(0, "data"),
        ["unknown"] = [200, 1, 2, 3],
    };

    public static TheoryData<string> MessageNames => [.. Messages.Keys];

    public static TheoryData<string> Greetings => [.. Banners.Keys];

    private static Dictionary<string, byte[]> Banners { get; } = new()
    {
        ["another protocol"] = "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"u8.ToArray(),
        ["another version"] = "SSH-1.5-Old\r\n"u8.ToArray(),
        ["no version"] = "SSH-\r\n"u8.ToArray(),
        ["a long version"] = Encoding.ASCII.GetBytes($"SSH-2.0-{new string('a', 9000)}\r\n"),
        ["a version of no software"] = "SSH-2.0-\r\n"u8.ToArray(),
        ["a version without numbers"] = "SSH-two.zero-a\r\n"u8.ToArray(),
        ["a carriage return in the middle"] = "SSH-2.0-a\rb\r\n"u8.ToArray(),
        ["a version with zeros"] = "SSH-2.0-a\0b\r\n"u8.ToArray(),
        ["one long line"] = Enumerable.Repeat((byte)'x', 1 << 20).ToArray(),
        ["many lines"] = Enumerable.Repeat("y\n"u8.ToArray(), 1 << 19).SelectMany(line => line).ToArray(),
        ["long lines"] = Enumerable.Repeat((byte[])[.. Enumerable.Repeat((byte)'z', 4000), (byte)'\n'], 256).SelectMany(line => line).ToArray(),
        ["zeros"] = new byte[1 << 20],
        ["nothing"] = [],
        ["escape sequences"] = Encoding.ASCII.GetBytes("\u001b[2J\u001b]0;owned\a\r\n"),
    };

    [Theory]
    [MemberData(nameof(Greetings))]
    public async Task ABadGreetingIsRefused(string kind)
    {
        await using var server = await TransportServer.StartAsync();
        var connecting = server.ConnectAsync();
        var playing = server.PlayAsync(async it => await it.SendRawAsync(Banners[kind]));
        var refusal = await RefusalAsync(connecting);
        Assert.True(refusal.Failure is SshFailure.NotSsh or SshFailure.ConnectionLost or SshFailure.ServerBusy, refusal.ToString());
        Assert.DoesNotContain(refusal.Message, char.IsControl);
        Assert.InRange(refusal.Message.Length, 1, 200);
        await playing;
    }

    [Theory]
    [MemberData(nameof(MessageNames))]
    public async Task AStrictServerSendsNothingElseInTheFirstExchange(string message)
    {
        // What Terrapin puts in there shifts the numbers of what is cut out later.
        foreach (var place in Enum.GetValues<Place>().Where(place => message != "NEWKEYS" || place != Place.AfterReply))
        {
            await using var server = await TransportServer.StartAsync();
            var connecting = server.ConnectAsync();
            // Before its KEXINIT nobody knows that it is strict.
            var isAnswered = message is "EXT_INFO" or "SERVICE_ACCEPT" or "NEWKEYS";
            var playing = server.PlayAsync(it => PlayWithAsync(it, Messages[message], place, isAnswered));
            Assert.Equal(SshFailure.ProtocolViolation, (await RefusalAsync(connecting)).Failure);
            await playing;
        }
    }

    [Theory]
    [InlineData("USERAUTH_SUCCESS")]
    [InlineData("CHANNEL_DATA")]
    [InlineData("unknown")]
    public async Task NoServerSendsMessagesOfTheLayersAboveInTheFirstExchange(string message)
    {
        foreach (var place in Enum.GetValues<Place>())
        {
            await using var server = await TransportServer.StartAsync();
            server.KeyExchanges = ["curve25519-sha256"];
            var connecting = server.ConnectAsync();
            var playing = server.PlayAsync(it => PlayWithAsync(it, Messages[message], place));
            Assert.Equal(SshFailure.ProtocolViolation, (await RefusalAsync(connecting)).Failure);
            await playing;
        }
    }

    [Theory]
    [InlineData("IGNORE", false)]
    [InlineData("DEBUG", false)]
    [InlineData("UNIMPLEMENTED", false)]
    [InlineData("EXT_INFO", true)]
    [InlineData("SERVICE_ACCEPT", true)]
    [InlineData("NEWKEYS", true)]
    public async Task WhatMeansNothingIsTakenFromAServerWithoutStrictKeyExchangeAsByOpenSsh(string message, bool isAnswered)
    {
        foreach (var place in Enum.GetValues<Place>().Where(place => message != "NEWKEYS" || place != Place.AfterReply))
        {
            await using var server = await TransportServer.StartAsync();
            server.KeyExchanges = ["curve25519-sha256"];
            var connecting = server.ConnectAsync();
            await PlayWithAsync(server, Messages[message], place, isAnswered);
            await using var packets = await connecting.WaitAsync(TransportServer.Limit);
            packets.Flush();
            if (isAnswered && place == Place.AfterInit)
                await server.ExpectAsync(MessageNumber.Unimplemented);
            await server.ReadNewKeysAsync();
            if (isAnswered && place == Place.AfterReply)
                await server.ExpectAsync(MessageNumber.Unimplemented);
            Assert.Equal(server.SessionId.ToArray(), packets.SessionId.ToArray());
            // In the clear it was anybody's word.
            Assert.Null(packets.ServerSignatureAlgorithms);
            await server.SendAsync([99]);
            Assert.Equal([99], (await packets.ReadAsync(server.Token)).ToArray());
        }
    }

    [Fact]
    public async Task AFloodOfIgnoredMessagesInTheFirstExchangeIsRefused()
    {
        await using var server = await TransportServer.StartAsync();
        server.KeyExchanges = ["curve25519-sha256"];
        var connecting = server.ConnectAsync();
        var playing = server.PlayAsync(async it =>
        {
            await it.GreetAsync();
            for (var i = 0; i < 2000; i++)
                await it.SendAsync(Messages["IGNORE"]);
        });
        Assert.Equal(SshFailure.ProtocolViolation, (await RefusalAsync(connecting)).Failure);
        await playing;
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task AServersGuessIsDroppedIfItIsWrong(bool isWrong)
    {
        await using var server = await TransportServer.StartAsync();
        server.KeyExchanges = [isWrong ? "curve25519-sha256" : SshAlgorithms.KeyExchanges[0], .. SshAlgorithms.KeyExchanges, "kex-strict-s-v00@openssh.com"];
        server.HasGuess = true;
        var connecting = server.ConnectAsync(NativeInteropServer.Options(hostKey: "ssh-ed25519"));
        await server.GreetAsync();
        await server.ExchangeInitsAsync();
        if (isWrong)
            await server.SendAsync([MessageNumber.KexReply, 1, 2, 3]);
        await server.ReplyAsync();
        await server.SendNewKeysAsync();
        await using var packets = await connecting.WaitAsync(TransportServer.Limit);
        Assert.Equal(server.SessionId.ToArray(), packets.SessionId.ToArray());
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(1u)]
    [InlineData(5u)]
    [InlineData(13u)]
    [InlineData(35_004u)]
    [InlineData(1u << 20)]
    [InlineData(0x7fff_fffcu)]
    [InlineData(0xffff_fffcu)]
    public async Task APacketOfAnImpossibleLengthIsRefused(uint length)
    {
        await using var server = await TransportServer.StartAsync();
        var connecting = server.ConnectAsync();
        var playing = server.PlayAsync(async it =>
        {
            await it.GreetAsync();
            await it.SendRawAsync((byte[])[.. Wire.UInt32(length), 4, .. new byte[60]]);
        });
        Assert.Equal(SshFailure.ProtocolViolation, (await RefusalAsync(connecting)).Failure);
        await playing;
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(11)]
    [InlineData(12)]
    [InlineData(255)]
    public async Task AnImpossiblePaddingIsRefused(byte padding)
    {
        await using var server = await TransportServer.StartAsync();
        var connecting = server.ConnectAsync();
        var playing = server.PlayAsync(async it =>
        {
            await it.GreetAsync();
            await it.SendRawAsync((byte[])[0, 0, 0, 12, padding, .. new byte[11]]);
        });
        Assert.Equal(SshFailure.ProtocolViolation, (await RefusalAsync(connecting)).Failure);
        await playing;
    }

    [Theory]
    [InlineData("ssh-ed25519")]
    [InlineData("ecdsa-sha2-nistp256")]
    [InlineData("rsa-sha2-512")]
    public async Task AWrongSignatureIsNeverAccepted(string type)
    {
        var (key, other) = (TransportKey.Create(type), TransportKey.Create(type));
        Func<byte[], byte[]>[] wrong =
        [
            static signature => Flip(signature, signature.Length - 1),
            static signature => Flip(signature, signature.Length / 2),
            static signature => Flip(signature, 5),
            static signature => signature[..^1],
            static signature => [.. signature, 0],
            static _ => [],
            static signature => new byte[signature.Length],
            _ => other.Sign(type, new byte[32]),
            _ => key.Sign(type, new byte[32]),
        ];
        foreach (var change in wrong)
        {
            await using var server = await StartAsync(key);
            server.Signature = change;
            var connecting = server.ConnectAsync(NativeInteropServer.Options() with
            {
                CheckHostKey = static (_, _) => throw new InvalidOperationException("asked about a key that was not proved"),
            });
            var playing = server.PlayAsync(PlayKeysAsync);
            Assert.Equal(SshFailure.KeyExchangeFailed, (await RefusalAsync(connecting)).Failure);
            await playing;
        }
    }

    [Fact]
    public async Task AKeyOfAnotherKindThanAgreedIsRefused()
    {
        var other = TransportKey.Create("ecdsa-sha2-nistp256");
        await using var server = await TransportServer.StartAsync();
        var connecting = server.ConnectAsync();
        var playing = server.PlayAsync(async it =>
        {
            await it.GreetAsync();
            await it.ExchangeInitsAsync();
            await it.ReplyAsync(_ => Wire.Message(MessageNumber.KexReply, other.PublicBlob.ToArray(), new byte[32], other.Sign(other.KeyType, new byte[32])));
        });
        Assert.Equal(SshFailure.KeyExchangeFailed, (await RefusalAsync(connecting)).Failure);
        await playing;
    }

    [Fact]
    public async Task NothingInCommonIsSaidWithBothLists()
    {
        await using var server = await TransportServer.StartAsync();
        server.KeyExchanges = ["diffie-hellman-group1-sha1"];
        var connecting = server.ConnectAsync(NativeInteropServer.Options("curve25519-sha256"));
        var playing = server.PlayAsync(async it =>
        {
            await it.GreetAsync();
            await it.SendInitAsync();
        });
        var refusal = await RefusalAsync(connecting);
        Assert.Equal(SshFailure.NoCommonAlgorithm, refusal.Failure);
        Assert.Equal("no common key exchange: the server has diffie-hellman-group1-sha1; we have curve25519-sha256", refusal.Message);
        await playing;
    }

    [Fact]
    public async Task WhateverIsDoneToTheHandshakeOnlyTheTrueKeyIsTaken() => await Gen.Select(
            Gen.Int[0, 4], Gen.Int[0, 6], Gen.Int[0, 4000], Gen.Byte[1, 255], Gen.Byte.Array[1, 40], Gen.Bool)
        .SampleAsync(async (write, kind, place, value, bytes, ends) =>
        {
            await using var server = await TransportServer.StartAsync(TimeSpan.FromMilliseconds(200));
            byte[]? previous = null;
            server.Tamper = (number, sent) =>
            {
                var changed = number == write ? Change(sent, previous, kind, place, value, bytes) : sent;
                previous = sent;
                return number > write && ends ? null : changed;
            };
            HostKeyOffer? offer = null;
            var connecting = server.ConnectAsync(NativeInteropServer.Options("curve25519-sha256") with
            {
                CheckHostKey = (offered, _) =>
                {
                    offer = offered;
                    return ValueTask.CompletedTask;
                },
            });
            await server.PlayAsync(PlayKeysAsync);
            try
            {
                await using var packets = await connecting.WaitAsync(TransportServer.Limit);
                // Padding and what stands before the version may be anything.
                Assert.Equal(server.SessionId.ToArray(), packets.SessionId.ToArray());
            }
            catch (SshException e)
            {
                Assert.True(e.Failure is SshFailure.ProtocolViolation or SshFailure.NotSsh or SshFailure.ConnectionLost or SshFailure.ServerBusy or SshFailure.KeyExchangeFailed
                    or SshFailure.NoCommonAlgorithm or SshFailure.UnusableKey or SshFailure.Disconnected, e.ToString());
            }
            if (offer is not null)
                Assert.Equal(server.HostKey.PublicBlob.ToArray(), offer.Blob.ToArray());
        }, time: 5, threads: 4);

    private static byte[]? Change(byte[] sent, byte[]? previous, int kind, int place, byte value, byte[] bytes)
    {
        place %= sent.Length;
        switch (kind)
        {
            case 0:
                sent[place] ^= value;
                return sent;
            case 1:
                return sent[..place];
            case 2:
                return [.. sent[..place], .. bytes, .. sent[place..]];
            case 3:
                return [.. sent, .. sent];
            case 4:
                return [.. sent, .. previous ?? bytes];
            case 5:
                return bytes;
            default:
                return null;
        }
    }

    private static byte[] Flip(byte[] bytes, int place)
    {
        bytes[place] ^= 1;
        return bytes;
    }

    private static async Task<TransportServer> StartAsync(TransportKey key)
    {
        var server = await TransportServer.StartAsync();
        server.HostKey = key;
        return server;
    }

    private static async Task PlayKeysAsync(TransportServer server)
    {
        await server.GreetAsync();
        await server.ExchangeInitsAsync();
        await server.ExchangeKeysAsync();
    }

    private static Task<SshException> RefusalAsync(Task task) =>
        Assert.ThrowsAsync<SshException>(() => task.WaitAsync(TransportServer.Limit));

    /// <summary>Plays a first exchange up to the server's NEWKEYS, with a message in it that is out of place.</summary>
    private static async Task PlayWithAsync(TransportServer server, byte[] message, Place place, bool isAnswered = false)
    {
        await server.GreetAsync();
        if (place == Place.First)
            await server.SendAsync(message);
        await server.SendInitAsync();
        await server.ReadInitAsync();
        if (place == Place.First && isAnswered)
            await server.ExpectAsync(MessageNumber.Unimplemented);
        if (place == Place.AfterInit)
            await server.SendAsync(message);
        await server.ReplyAsync();
        if (place == Place.AfterReply)
            await server.SendAsync(message);
        await server.SendNewKeysAsync();
    }

    private enum Place
    {
        First,
        AfterInit,
        AfterReply,
    }
}
