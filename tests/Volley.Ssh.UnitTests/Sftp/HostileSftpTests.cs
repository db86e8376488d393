using System.Buffers.Binary;
using System.Text;
using Xunit;

namespace Volley.Ssh.UnitTests;

/// <summary>Servers that break the protocol: no answer is believed, and every operation ends.</summary>
public sealed class HostileSftpTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(new byte[] { 0, 0, 0, 0 }, "a packet of 0 bytes")]
    [InlineData(new byte[] { 0x7f, 0xff, 0xff, 0xff }, "a packet of 2147483647 bytes")]
    [InlineData(new byte[] { 0, 0, 0, 2, 101, 0 }, "packet 101 is cut short")]
    [InlineData(new byte[] { 0, 0, 0, 9, 101, 0, 0, 0, 77, 0, 0, 0, 0 }, "an answer to request 77")]
    [InlineData(new byte[] { 0, 0, 0, 7, 105, 0, 0, 0, 0, 0, 0 }, "packet 105 is damaged")]
    [InlineData(new byte[] { 0, 0, 0, 9, 102, 0, 0, 0, 0, 0, 0, 0, 0 }, "packet 102 in place of 105")]
    public async Task AnInvalidAnswerEndsTheConnection(byte[] answer, string message)
    {
        await using var scene = await Scene.StartAsync();
        var asking = scene.Client.GetAttributesAsync("/file", Token);
        await scene.ReadRequestAsync();
        await scene.Server.WriteAsync(answer, Token);
        var failure = await Assert.ThrowsAsync<SftpException>(() => asking.WaitAsync(Patience, Token));
        Assert.Equal(SftpStatus.BadMessage, failure.Status);
        Assert.Contains(message, failure.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<SftpException>(() => scene.Client.GetAttributesAsync("/other", Token).WaitAsync(Patience, Token));
    }

    [Fact]
    public async Task MoreDataThanAskedForIsNotCopied()
    {
        await using var scene = await Scene.StartAsync();
        var file = await scene.OpenAsync();
        var buffer = new byte[8];
        var reading = file.ReadAsync(0, buffer.AsMemory(0, 4), Token).AsTask();
        var id = await scene.ReadRequestAsync();
        await scene.AnswerAsync(103, id, [0, 0, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8]);
        await Assert.ThrowsAsync<SftpException>(() => reading.WaitAsync(Patience, Token));
        Assert.Equal(new byte[8], buffer);
    }

    [Theory]
    [InlineData("../../etc/passwd")]
    [InlineData("/etc/passwd")]
    [InlineData("sub/file")]
    [InlineData("")]
    [InlineData("a\0b")]
    public async Task ANameThatLeadsOutOfTheDirectoryIsRefused(string name)
    {
        await using var scene = await Scene.StartAsync();
        var listing = scene.Client.ListAsync("/dir", Token).ToListAsync(Token).AsTask();
        await scene.AnswerAsync(102, await scene.ReadRequestAsync(), [0, 0, 0, 1, 7]);
        var text = Encoding.UTF8.GetBytes(name);
        await scene.AnswerAsync(104, await scene.ReadRequestAsync(), [0, 0, 0, 1, .. Length(text.Length), .. text, 0, 0, 0, 0, 0, 0, 0, 0]);
        var failure = await Assert.ThrowsAsync<SftpException>(() => listing.WaitAsync(Patience, Token));
        Assert.Equal(SftpStatus.BadMessage, failure.Status);
    }

    [Fact]
    public async Task ACountThatThePacketCannotHoldAllocatesNothing()
    {
        await using var scene = await Scene.StartAsync();
        var listing = scene.Client.ListAsync("/dir", Token).ToListAsync(Token).AsTask();
        await scene.AnswerAsync(102, await scene.ReadRequestAsync(), [0, 0, 0, 1, 7]);
        await scene.AnswerAsync(104, await scene.ReadRequestAsync(), [0xff, 0xff, 0xff, 0xff]);
        await Assert.ThrowsAsync<SftpException>(() => listing.WaitAsync(Patience, Token));
    }

    [Fact]
    public async Task TextOfALoginShellIsNamed()
    {
        var (client, server) = DuplexStream.CreatePair();
        var connecting = SftpClient.ConnectAsync(client, Token);
        await server.WriteAsync("Welcome to web1\x1b[31m!\n"u8.ToArray(), Token);
        var failure = await Assert.ThrowsAsync<SftpException>(() => connecting.WaitAsync(Patience, Token));
        Assert.Contains("'Welcome to web1 [31m!'", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AServerThatEndsFailsWhatIsInFlight()
    {
        await using var scene = await Scene.StartAsync();
        var asking = scene.Client.GetAttributesAsync("/file", Token);
        await scene.ReadRequestAsync();
        await scene.Server.DisposeAsync();
        var failure = await Assert.ThrowsAsync<SftpException>(() => asking.WaitAsync(Patience, Token));
        Assert.Equal(SftpStatus.ConnectionLost, failure.Status);
        Assert.True(failure.IsConnectionLost);
    }

    [Fact]
    public async Task ACanceledOpenClosesTheHandleThatArrivesLater()
    {
        await using var scene = await Scene.StartAsync();
        using var cancel = new CancellationTokenSource();
        var opening = scene.Client.OpenAsync("/file", FileMode.Open, FileAccess.Read, cancellationToken: cancel.Token);
        var id = await scene.ReadRequestAsync();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => opening);
        await scene.AnswerAsync(102, id, [0, 0, 0, 2, 8, 9]);
        await scene.ReadRequestAsync();
        Assert.Equal([4, .. scene.LastRequest[1..5], 0, 0, 0, 2, 8, 9], scene.LastRequest);
    }

    [Fact]
    public async Task ACanceledReadLeavesTheBufferAlone()
    {
        await using var scene = await Scene.StartAsync();
        var file = await scene.OpenAsync();
        using var cancel = new CancellationTokenSource();
        var buffer = new byte[4];
        var reading = file.ReadAsync(0, buffer, cancel.Token).AsTask();
        var id = await scene.ReadRequestAsync();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
        await scene.AnswerAsync(103, id, [0, 0, 0, 4, 1, 2, 3, 4]);
        // The next answer shows that the late one was received.
        var asking = scene.Client.GetAttributesAsync("/file", Token);
        await scene.AnswerAsync(105, await scene.ReadRequestAsync(), [0, 0, 0, 0]);
        Assert.Null((await asking.WaitAsync(Patience, Token)).Size);
        Assert.Equal(new byte[4], buffer);
    }

    [Fact]
    public async Task AnswersMayComeInAnyOrderAndInPieces()
    {
        await using var scene = await Scene.StartAsync();
        var first = scene.Client.GetAttributesAsync("/1", Token);
        var firstId = await scene.ReadRequestAsync();
        var second = scene.Client.GetAttributesAsync("/2", Token);
        var secondId = await scene.ReadRequestAsync();
        byte[] size = [0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0];
        byte[] both = [.. Scene.Packet(105, secondId, [.. size, 2]), .. Scene.Packet(105, firstId, [.. size, 1])];
        foreach (var piece in both)
            await scene.Server.WriteAsync(new[] { piece }, Token);
        Assert.Equal(1, (await first.WaitAsync(Patience, Token)).Size);
        Assert.Equal(2, (await second.WaitAsync(Patience, Token)).Size);
    }

    private static byte[] Length(int value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        return bytes;
    }

    /// <summary>A client whose server the test plays.</summary>
    private sealed class Scene : IAsyncDisposable
    {
        private Scene(SftpClient client, DuplexStream server) => (Client, Server) = (client, server);

        public SftpClient Client { get; }

        public DuplexStream Server { get; }

        public byte[] LastRequest { get; private set; } = [];

        public static async Task<Scene> StartAsync()
        {
            var (client, server) = DuplexStream.CreatePair();
            var connecting = SftpClient.ConnectAsync(client, Token);
            await ReadPacketAsync(server);
            await server.WriteAsync(new byte[] { 0, 0, 0, 5, 2, 0, 0, 0, 3 }, Token);
            return new(await connecting, server);
        }

        public static byte[] Packet(byte number, uint id, byte[] fields) => [.. Length(5 + fields.Length), number, .. Length((int)id), .. fields];

        public async Task<SftpFile> OpenAsync()
        {
            var opening = Client.OpenAsync("/file", FileMode.Open, FileAccess.Read, cancellationToken: Token);
            await AnswerAsync(102, await ReadRequestAsync(), [0, 0, 0, 1, 7]);
            return await opening;
        }

        /// <summary>Reads a request. Returns its id.</summary>
        public async Task<uint> ReadRequestAsync()
        {
            LastRequest = await ReadPacketAsync(Server);
            return BinaryPrimitives.ReadUInt32BigEndian(LastRequest.AsSpan(1));
        }

        public async Task AnswerAsync(byte number, uint id, byte[] fields) => await Server.WriteAsync(Packet(number, id, fields), Token);

        public async ValueTask DisposeAsync()
        {
            await Server.DisposeAsync();
            await Client.DisposeAsync();
        }

        private static async Task<byte[]> ReadPacketAsync(DuplexStream server)
        {
            var length = new byte[4];
            await server.ReadExactlyAsync(length, Token);
            var packet = new byte[BinaryPrimitives.ReadInt32BigEndian(length)];
            await server.ReadExactlyAsync(packet, Token);
            return packet;
        }
    }
}
