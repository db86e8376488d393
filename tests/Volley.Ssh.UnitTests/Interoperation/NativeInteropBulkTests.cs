using System.Security.Cryptography;
using Volley.Ssh.Transport;
using Volley.Testing;
using Xunit;

namespace Volley.Ssh.UnitTests.Interoperation;

/// <summary>Much data both ways at once while keys are exchanged again and again, against a real sshd.</summary>
public sealed class NativeInteropBulkTests(NativeInteropServer server) : IClassFixture<NativeInteropServer>
{
    private const int Mebi = 1 << 20;

    private static readonly long Length = (TestRun.IsLong ? 2048L : 64L) * Mebi;
    private static readonly long RekeyAfter = (TestRun.IsLong ? 8 : 4) * Mebi;

    [Theory]
    [InlineData("aes128-gcm@openssh.com")]
    [InlineData("aes256-gcm@openssh.com")]
    [InlineData("chacha20-poly1305@openssh.com")]
    [InlineData("aes256-ctr")]
    public async Task NothingIsLostWhileWeAskForNewKeys(string cipher)
    {
        await using var packets = await server.ConnectAsync(NativeInteropServer.Options(cipher: cipher) with { RekeyAfterBytes = RekeyAfter });
        await EchoAsync(packets, Length);
        // Both directions come to their limit together, and an exchange renews both.
        Assert.InRange(packets.KeyExchanges, Length / RekeyAfter * 3 / 4, Length / RekeyAfter * 2);
    }

    [Theory]
    [InlineData(1L << 40)]
    [InlineData(3L << 20)]
    public async Task NothingIsLostWhileTheServerAsksForNewKeys(long ours)
    {
        await using var strict = await Fleet.StartAsync("RekeyLimit=1M");
        var key = TransportKey.Create("ssh-ed25519");
        await File.AppendAllLinesAsync(Path.Combine(strict.Folder, "authorized_keys"), [key.AuthorizedLine]);
        await using var packets = await NativeInteropServer.ConnectAsync(
            strict.Port, strict.User, key, NativeInteropServer.Options("curve25519-sha256") with { RekeyAfterBytes = ours });
        await EchoAsync(packets, 32 * Mebi);
        Assert.InRange(packets.KeyExchanges, 16, int.MaxValue);
    }

    /// <summary>Sends random bytes through a remote cat, and reads them back meanwhile.</summary>
    private static async Task EchoAsync(EncryptedPackets packets, long length)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(length > 1L << 30 ? 20 : 4));
        await using var connection = new SshConnection(packets);
        await using var channel = await connection.StartAsync("cat");
        var sending = SendAsync(channel, length, limit.Token);
        using var received = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[256 << 10];
        long count = 0;
        while (await channel.ReadAsync(buffer, limit.Token) is { Count: > 0 } read)
        {
            received.AppendData(buffer.AsSpan(0, read.Count));
            count += read.Count;
        }
        Assert.Equal(length, count);
        Assert.Equal(await sending, received.GetHashAndReset());
        Assert.Equal(new() { ExitCode = 0 }, await channel.ExitAsync());
    }

    private static async Task<byte[]> SendAsync(SshChannel channel, long length, CancellationToken cancellationToken)
    {
        using var sent = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var block = RandomNumberGenerator.GetBytes((1 << 20) + 4099);
        for (var left = length; left > 0;)
        {
            var part = block.AsMemory(0, (int)Math.Min(left, block.Length));
            sent.AppendData(part.Span);
            Assert.True(await channel.WriteAsync(part, cancellationToken));
            left -= part.Length;
            block[left % block.Length]++;
        }
        await channel.SendEofAsync(cancellationToken);
        return sent.GetHashAndReset();
    }
}
