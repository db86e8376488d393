using System.Net.Sockets;
using Volley.Ssh.ControlMaster;
using Volley.Ssh.Net;
using Xunit;

namespace Volley.Ssh.UnitTests;

public sealed class MuxHandshakeTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("volley-mux-");

    private string Path => System.IO.Path.Combine(_folder.FullName, "s");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task ProxyModeCarriesMessages()
    {
        var master = ServeAsync(async socket =>
        {
            Assert.Equal(Frame(1u, 4u), await ReceiveAsync(socket, 12));
            // An extension, which is ignored.
            await socket.SendAsync(Frame(1u, 4u, "name", "value"));
            Assert.Equal(Frame(0x1000000fu, 1u), await ReceiveAsync(socket, 12));
            await socket.SendAsync(Frame(0x8000000fu, 1u));
            Assert.Equal([0, 0, 0, 4, 0, 7, 8, 9], await ReceiveAsync(socket, 8));
            // Two messages, torn apart and together.
            var large = new byte[200_000];
            large[0] = 5;
            await socket.SendAsync(new byte[] { 0, 0 });
            await socket.SendAsync((byte[])[0, 3, 0, 1, 2, .. Wire.UInt32(200_001), 0, .. large]);
        });
        await using var packets = await MuxProxyPackets.ConnectAsync(Path, MuxProxyPackets.DefaultLimit, TimeProvider.System, SocketConnector.Default, default);
        await packets.SendAsync([7, 8, 9], default);
        Assert.Equal([1, 2], (await packets.ReadAsync(default)).ToArray());
        var second = await packets.ReadAsync(default);
        Assert.Equal((200_000, 5), (second.Length, second.Span[0]));
        Assert.True((await packets.ReadAsync(default)).IsEmpty);
        Assert.Null(packets.LastSequenceNumber);
        Assert.True(packets.ReceivedBytes > 200_000);
        await packets.DisposeAsync();
        await master;
    }

    [Fact]
    public async Task MessagesAreWrittenTogetherOnceTheyAreFlushed()
    {
        var (isWritten, isChecked) = (new TaskCompletionSource(), new TaskCompletionSource());
        var master = ServeAsync(async socket =>
        {
            await GreetAsync(socket);
            await socket.SendAsync(Frame(0x8000000fu, 1u));
            await isWritten.Task;
            Assert.Equal(0, socket.Available);
            isChecked.SetResult();
            Assert.Equal([0, 0, 0, 2, 0, 7, 0, 0, 0, 3, 0, 8, 9], await ReceiveAsync(socket, 13));
            // More than is buffered.
            Assert.Equal([.. Wire.UInt32(70_001), 0], (await ReceiveAsync(socket, 70_005))[..5]);
        });
        await using var packets = await MuxProxyPackets.ConnectAsync(Path, MuxProxyPackets.DefaultLimit, TimeProvider.System, SocketConnector.Default, default);
        await packets.WriteAsync(new byte[] { 7 }, default);
        isWritten.SetResult();
        await isChecked.Task.WaitAsync(Limit);
        await packets.SendAsync([8, 9], default);
        await packets.WriteAsync(new byte[70_000], default);
        await packets.DisposeAsync();
        await master;
    }

    [Fact]
    public async Task AnOverlongAndAnEmptyFrameAreViolations()
    {
        foreach (var frame in new byte[][] { [0xff, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 1, 0], [0, 0, 0, 2, 1, 5] })
        {
            var master = ServeAsync(async socket =>
            {
                await GreetAsync(socket);
                await socket.SendAsync(Frame(0x8000000fu, 1u));
                await socket.SendAsync(frame);
            });
            await using var packets = await MuxProxyPackets.ConnectAsync(Path, MuxProxyPackets.DefaultLimit, TimeProvider.System, SocketConnector.Default, default);
            var failure = await Assert.ThrowsAsync<SshException>(async () => await packets.ReadAsync(default));
            Assert.Equal(SshFailure.ProtocolViolation, failure.Failure);
            await packets.DisposeAsync();
            await master;
        }
    }

    [Fact]
    public async Task AMasterThatDiesInAMessageIsALostConnection()
    {
        var master = ServeAsync(async socket =>
        {
            await GreetAsync(socket);
            await socket.SendAsync(Frame(0x8000000fu, 1u));
            await socket.SendAsync(new byte[] { 0, 0, 0, 9, 0, 1 });
        });
        await using var packets = await MuxProxyPackets.ConnectAsync(Path, MuxProxyPackets.DefaultLimit, TimeProvider.System, SocketConnector.Default, default);
        var failure = await Assert.ThrowsAsync<SshException>(async () => await packets.ReadAsync(default));
        Assert.Equal(SshFailure.ConnectionLost, failure.Failure);
        await packets.DisposeAsync();
        await master;
    }

    [Theory]
    [InlineData(0x80000002u, "Permission denied by the user", "refuses: Permission denied by the user")]
    [InlineData(0x80000003u, "", "refuses: failure")]
    public async Task ARefusalKeepsTheMastersWords(uint number, string words, string expected)
    {
        var master = ServeAsync(async socket =>
        {
            await GreetAsync(socket);
            await socket.SendAsync(Frame(number, 1u, words));
        });
        var failure = await Assert.ThrowsAsync<SshControlMasterException>(() => MuxProxyPackets.ConnectAsync(Path, MuxProxyPackets.DefaultLimit, TimeProvider.System, SocketConnector.Default, default));
        Assert.Equal(SshControlMasterFailure.Refused, failure.Failure);
        Assert.EndsWith(expected, failure.Message, StringComparison.Ordinal);
        await master;
    }

    public static TheoryData<byte[]> NoMux =>
    [
        "SSH-2.0-OpenSSH_9.2\r\n"u8.ToArray(),
        Frame(1u, 3u),
        Frame(2u, 4u),
        Frame(1u),
        (byte[])[.. Frame(1u, 4u), .. Frame(0x80000001u, 1u)],
        (byte[])[.. Frame(1u, 4u), .. Frame(0x8000000fu, 2u)],
        (byte[])[.. Frame(1u, 4u), .. Frame(0x80000003u, 2u)],
    ];

    [Theory]
    [MemberData(nameof(NoMux))]
    public async Task WhatIsNoMuxIsNamedSo(byte[] answer)
    {
        var master = ServeAsync(async socket => await socket.SendAsync(answer));
        var failure = await Assert.ThrowsAsync<SshControlMasterException>(() => MuxProxyPackets.ConnectAsync(Path, MuxProxyPackets.DefaultLimit, TimeProvider.System, SocketConnector.Default, default));
        Assert.Equal(SshControlMasterFailure.NotAMaster, failure.Failure);
        await master;
    }

    [Fact]
    public async Task AMasterThatEndsWhileItIsAskedIsNamedSo()
    {
        foreach (var answer in new byte[][] { [], [0, 0], Frame(1u, 4u), [.. Frame(1u, 4u), 0, 0, 0, 8, 0] })
        {
            var master = ServeAsync(async socket => await socket.SendAsync(answer));
            var failure = await Assert.ThrowsAsync<SshControlMasterException>(() => MuxProxyPackets.ConnectAsync(Path, MuxProxyPackets.DefaultLimit, TimeProvider.System, SocketConnector.Default, default));
            Assert.Equal(SshControlMasterFailure.Ended, failure.Failure);
            await master;
        }
    }

    [Fact]
    public async Task NoSocketAndAStaleOneAreToldApart()
    {
        var missing = await Assert.ThrowsAsync<SshControlMasterException>(() => SshControlMaster.GetProcessIdAsync(Path, Limit));
        Assert.Equal(SshControlMasterFailure.NoSocket, missing.Failure);
        using (var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            // Bound and never listening: as a killed master leaves it.
            socket.Bind(new UnixDomainSocketEndPoint(Path));
            var stale = await Assert.ThrowsAsync<SshControlMasterException>(() => SshControlMaster.GetProcessIdAsync(Path, Limit));
            Assert.Equal(SshControlMasterFailure.Stale, stale.Failure);
        }
        var folder = await Assert.ThrowsAsync<SshControlMasterException>(() => SshControlMaster.GetProcessIdAsync($"{_folder.FullName}/no/s", Limit));
        Assert.Equal(SshControlMasterFailure.NoSocket, folder.Failure);
    }

    [Fact]
    public async Task AMasterThatDoesNotAnswerIsGivenUp()
    {
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(Path));
        listener.Listen(1);
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider();
        var asking = MuxControl.AliveAsync(Path, Limit, time, default);
        using var socket = await listener.AcceptAsync();
        await ReceiveAsync(socket, 12);
        time.Advance(Limit);
        Assert.Equal(SshControlMasterFailure.NoAnswer, (await Assert.ThrowsAsync<SshControlMasterException>(() => asking)).Failure);

        using var stop = new CancellationTokenSource();
        asking = MuxControl.AliveAsync(Path, Limit, time, stop.Token);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);
    }

    [Fact]
    public async Task ALivingMasterNamesItsProcess()
    {
        var master = ServeAsync(async socket =>
        {
            Assert.Equal(0x10000004u, await GreetAsync(socket));
            await socket.SendAsync(Frame(0x80000005u, 1u, 4711u));
        });
        Assert.Equal(4711, await SshControlMaster.GetProcessIdAsync(Path, Limit));
        await master;
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task AMasterMayEndBeforeItSaysSo(bool answers)
    {
        var master = ServeAsync(async socket =>
        {
            Assert.Equal(0x10000005u, await GreetAsync(socket));
            if (answers)
                await socket.SendAsync(Frame(0x80000001u, 1u));
        });
        await SshControlMaster.TerminateAsync(Path, Limit);
        await master;
    }

    private static async Task<uint> GreetAsync(Socket socket)
    {
        await socket.SendAsync(Frame(1u, 4u));
        return Wire.UInt32(await ReceiveAsync(socket, 24), 16);
    }

    private static byte[] Frame(params object[] fields)
    {
        // The first byte of a message is its number; here every field counts.
        var message = Wire.Message(0, fields)[1..];
        return [.. Wire.UInt32((uint)message.Length), .. message];
    }

    private static async Task<byte[]> ReceiveAsync(Socket socket, int count)
    {
        var bytes = new byte[count];
        for (var got = 0; got < count;)
        {
            var received = await socket.ReceiveAsync(bytes.AsMemory(got)).AsTask().WaitAsync(Limit);
            Assert.NotEqual(0, received);
            got += received;
        }
        return bytes;
    }

    /// <summary>Plays a master for one client, and closes the connection behind it.</summary>
    private async Task ServeAsync(Func<Socket, Task> play)
    {
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        File.Delete(Path);
        listener.Bind(new UnixDomainSocketEndPoint(Path));
        listener.Listen(1);
        using var socket = await listener.AcceptAsync().WaitAsync(Limit);
        await play(socket);
        socket.Shutdown(SocketShutdown.Send);
        // Until the client has left: a close with unread bytes would reset what it has not read.
        while (await socket.ReceiveAsync(new byte[100]).WaitAsync(Limit) > 0) ;
    }
}
