using System.Buffers.Binary;
using System.Text;
using Xunit;
using static Volley.Ssh.UnitTests.SftpScene;

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
        await using var scene = await SftpScene.StartAsync();
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
        await using var scene = await SftpScene.StartAsync();
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
        await using var scene = await SftpScene.StartAsync();
        var listing = scene.Client.ListAsync("/dir", Token).ToListAsync(Token).AsTask();
        await scene.AnswerAsync(102, await scene.ReadRequestAsync(), [0, 0, 0, 1, 7]);
        var text = Encoding.UTF8.GetBytes(name);
        await scene.AnswerAsync(104, await scene.ReadRequestAsync(), [0, 0, 0, 1, .. Length(text.Length), .. text, 0, 0, 0, 0, 0, 0, 0, 0]);
        // The connection goes on: the directory is closed.
        await scene.AnswerAsync(101, await scene.ReadRequestAsync(), [0, 0, 0, 0]);
        var failure = await Assert.ThrowsAsync<SftpException>(() => listing.WaitAsync(Patience, Token));
        Assert.Equal((SftpStatus.BadMessage, "/dir", false), (failure.Status, failure.Path, failure.IsConnectionLost));
    }

    [Fact]
    public async Task ACountThatThePacketCannotHoldAllocatesNothing()
    {
        await using var scene = await SftpScene.StartAsync();
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
        await using var scene = await SftpScene.StartAsync();
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
        await using var scene = await SftpScene.StartAsync();
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
        await using var scene = await SftpScene.StartAsync();
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
        await using var scene = await SftpScene.StartAsync();
        var first = scene.Client.GetAttributesAsync("/1", Token);
        var firstId = await scene.ReadRequestAsync();
        var second = scene.Client.GetAttributesAsync("/2", Token);
        var secondId = await scene.ReadRequestAsync();
        byte[] size = [0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0];
        byte[] both = [.. Packet(105, secondId, [.. size, 2]), .. Packet(105, firstId, [.. size, 1])];
        foreach (var piece in both)
            await scene.Server.WriteAsync(new[] { piece }, Token);
        Assert.Equal(1, (await first.WaitAsync(Patience, Token)).Size);
        Assert.Equal(2, (await second.WaitAsync(Patience, Token)).Size);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(6)]
    [InlineData(int.MaxValue)]
    public async Task AnotherVersionIsRefused(int version)
    {
        var (client, server) = DuplexStream.CreatePair();
        var connecting = SftpClient.ConnectAsync(client, Token);
        await server.WriteAsync((byte[])[0, 0, 0, 5, 2, .. Length(version)], Token);
        var failure = await Assert.ThrowsAsync<SftpException>(() => connecting.WaitAsync(Patience, Token));
        Assert.Contains($"version {version} in place of 3", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    // A name without its value, a length beyond the packet, and half a length.
    [InlineData(new byte[] { 0, 0, 0, 1, 65 })]
    [InlineData(new byte[] { 0xff, 0xff, 0xff, 0xff, 65 })]
    [InlineData(new byte[] { 0, 0 })]
    public async Task DamagedExtensionsAreRefused(byte[] extensions)
    {
        var (client, server) = DuplexStream.CreatePair();
        var connecting = SftpClient.ConnectAsync(client, Token);
        await server.WriteAsync((byte[])[.. Length(5 + extensions.Length), 2, 0, 0, 0, 3, .. extensions], Token);
        var failure = await Assert.ThrowsAsync<SftpException>(() => connecting.WaitAsync(Patience, Token));
        Assert.Equal(SftpStatus.BadMessage, failure.Status);
    }

    [Fact]
    public async Task LimitsOfAHostileServerAreBounded()
    {
        var (client, server) = DuplexStream.CreatePair();
        var connecting = SftpClient.ConnectAsync(client, Token);
        byte[] name = [.. "limits@openssh.com"u8];
        await server.WriteAsync((byte[])[.. Length(5 + 4 + name.Length + 5), 2, 0, 0, 0, 3, .. Length(name.Length), .. name, 0, 0, 0, 1, (byte)'1'], Token);
        // INIT, then the request for the limits.
        await ReadPacketAsync(server);
        var request = await ReadPacketAsync(server);
        var id = BinaryPrimitives.ReadUInt32BigEndian(request.AsSpan(1));
        await server.WriteAsync(Packet(201, id, Enumerable.Repeat((byte)0xff, 32).ToArray()), Token);
        await using var sftp = await connecting.WaitAsync(Patience, Token);
        Assert.InRange(sftp.MaxReadLength, 1, 256 << 10);
        Assert.InRange(sftp.MaxWriteLength, 1, 256 << 10);
    }

    [Fact]
    public async Task ASizeBeyondEveryFileIsNotNegative()
    {
        await using var scene = await SftpScene.StartAsync();
        var asking = scene.Client.GetAttributesAsync("/file", Token);
        await scene.AnswerAsync(105, await scene.ReadRequestAsync(), [0, 0, 0, 1, .. Enumerable.Repeat((byte)0xff, 8)]);
        Assert.Equal(long.MaxValue, (await asking.WaitAsync(Patience, Token)).Size);
    }

    [Theory]
    // More extended attributes than there are, and a pair that is cut short.
    [InlineData(new byte[] { 0x80, 0, 0, 0, 0xff, 0xff, 0xff, 0xff })]
    [InlineData(new byte[] { 0x80, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 9, 65 })]
    public async Task DamagedAttributesAreRefused(byte[] attributes)
    {
        await using var scene = await SftpScene.StartAsync();
        var asking = scene.Client.GetAttributesAsync("/file", Token);
        await scene.AnswerAsync(105, await scene.ReadRequestAsync(), attributes);
        Assert.Equal(SftpStatus.BadMessage, (await Assert.ThrowsAsync<SftpException>(() => asking.WaitAsync(Patience, Token))).Status);
    }

    [Fact]
    public async Task AnEndlessListingIsReadNoFasterThanItIsUsed()
    {
        await using var scene = await SftpScene.StartAsync();
        await using var listing = scene.Client.ListAsync("/dir", Token).GetAsyncEnumerator(Token);
        var moving = listing.MoveNextAsync().AsTask();
        await scene.AnswerAsync(102, await scene.ReadRequestAsync(), [0, 0, 0, 1, 7]);
        byte[] entries = [0, 0, 0, 1, 0, 0, 0, 1, (byte)'a', 0, 0, 0, 0, 0, 0, 0, 0];
        for (var i = 0; i < 100; i++)
        {
            await scene.AnswerAsync(104, await scene.ReadRequestAsync(), entries);
            Assert.True(await moving.WaitAsync(Patience, Token));
            Assert.Equal("a", listing.Current.Name);
            moving = listing.MoveNextAsync().AsTask();
        }
        // The request that is in flight, and the end of the listing, which closes the directory.
        await scene.AnswerAsync(101, await scene.ReadRequestAsync(), Length(1));
        var closing = scene.ReadRequestAsync();
        await scene.AnswerAsync(101, await closing, Length(0));
        Assert.False(await moving.WaitAsync(Patience, Token));
    }

    [Fact]
    public async Task AHugeNameIsReadAsItIs()
    {
        await using var scene = await SftpScene.StartAsync();
        var listing = scene.Client.ListAsync("/dir", Token).ToListAsync(Token).AsTask();
        await scene.AnswerAsync(102, await scene.ReadRequestAsync(), [0, 0, 0, 1, 7]);
        var name = new byte[200_000];
        Array.Fill(name, (byte)0xff);
        await scene.AnswerAsync(104, await scene.ReadRequestAsync(), [0, 0, 0, 1, .. Length(name.Length), .. name, 0, 0, 0, 0, 0, 0, 0, 0]);
        await scene.AnswerAsync(101, await scene.ReadRequestAsync(), Length(1));
        await scene.AnswerAsync(101, await scene.ReadRequestAsync(), Length(0));
        Assert.Equal(new string('\udcff', name.Length), (await listing.WaitAsync(Patience, Token)).Single().Name);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task OneNameIsExpectedOfALink(int count)
    {
        await using var scene = await SftpScene.StartAsync();
        var reading = scene.Client.ReadLinkAsync("/link", Token);
        byte[] name = [0, 0, 0, 1, (byte)'a', 0, 0, 0, 0, 0, 0, 0, 0];
        await scene.AnswerAsync(104, await scene.ReadRequestAsync(), [.. Length(count), .. Enumerable.Repeat(name, count).SelectMany(bytes => bytes)]);
        Assert.Equal(SftpStatus.BadMessage, (await Assert.ThrowsAsync<SftpException>(() => reading.WaitAsync(Patience, Token))).Status);
    }

    [Fact]
    public async Task ALinkThatLoopsIsAFailureOfTheServer()
    {
        await using var scene = await SftpScene.StartAsync();
        var asking = scene.Client.GetAttributesAsync("/link", Token);
        // A status without a message, as old servers send it.
        await scene.AnswerAsync(101, await scene.ReadRequestAsync(), Length(4));
        var failure = await Assert.ThrowsAsync<SftpException>(() => asking.WaitAsync(Patience, Token));
        Assert.Equal((SftpStatus.Failure, "/link", false), (failure.Status, failure.Path, failure.IsConnectionLost));
    }

    [Theory]
    // The statuses of a lost connection are the client's own, and one is unknown.
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(99)]
    public async Task AStatusThatNoServerMaySendIsAFailure(int status)
    {
        await using var scene = await SftpScene.StartAsync();
        var asking = scene.Client.GetAttributesAsync("/file", Token);
        await scene.AnswerAsync(101, await scene.ReadRequestAsync(), Length(status));
        var failure = await Assert.ThrowsAsync<SftpException>(() => asking.WaitAsync(Patience, Token));
        Assert.Equal((SftpStatus.Failure, false), (failure.Status, failure.IsConnectionLost));
    }

    [Fact]
    public async Task ASecondAnswerEndsTheConnection()
    {
        await using var scene = await SftpScene.StartAsync();
        var first = scene.Client.GetAttributesAsync("/1", Token);
        var id = await scene.ReadRequestAsync();
        await scene.AnswerAsync(105, id, [0, 0, 0, 0]);
        await first.WaitAsync(Patience, Token);
        var second = scene.Client.GetAttributesAsync("/2", Token);
        await scene.ReadRequestAsync();
        await scene.AnswerAsync(105, id, [0, 0, 0, 0]);
        Assert.Equal(SftpStatus.BadMessage, (await Assert.ThrowsAsync<SftpException>(() => second.WaitAsync(Patience, Token))).Status);
    }

    [Fact]
    public async Task APacketThatIsCutShortByTheEndIsALostConnection()
    {
        await using var scene = await SftpScene.StartAsync();
        var asking = scene.Client.GetAttributesAsync("/file", Token);
        await scene.ReadRequestAsync();
        await scene.Server.WriteAsync(new byte[] { 0, 0, 0, 50, 105, 0 }, Token);
        await scene.Server.DisposeAsync();
        Assert.Equal(SftpStatus.ConnectionLost, (await Assert.ThrowsAsync<SftpException>(() => asking.WaitAsync(Patience, Token))).Status);
    }

    [Fact]
    public async Task AStreamStopsWithoutItsServer()
    {
        await using var scene = await SftpScene.StartAsync();
        var file = await scene.OpenAsync(FileAccess.ReadWrite);
        using var cancel = new CancellationTokenSource();
        var reader = file.OpenReader();
        var reading = reader.ReadAsync(new byte[10], cancel.Token).AsTask();
        var writer = file.OpenWriter();
        await writer.WriteAsync(new byte[10], Token);
        var writing = writer.FlushAsync(cancel.Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading.WaitAsync(Patience, Token));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => writing.WaitAsync(Patience, Token));
        await reader.DisposeAsync().AsTask().WaitAsync(Patience, Token);
        await writer.DisposeAsync().AsTask().WaitAsync(Patience, Token);
    }
}
