using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Runtime.Versioning;
using System.Security.Cryptography;
using Volley.Ssh.Net;
using Xunit;

namespace Volley.Ssh.UnitTests;

/// <summary>Sockets that an epoll loop watches.</summary>
[SupportedOSPlatform("linux")]
public sealed class EpollSocketTests() : SocketContract(SshSocketKind.Epoll);

/// <summary>Sockets that an epoll loop watches, and whose callers continue on its thread.</summary>
[SupportedOSPlatform("linux")]
public sealed class InlineEpollSocketTests() : SocketContract(SshSocketKind.Epoll, resumesInline: true);

/// <summary>The platform's sockets.</summary>
public sealed class PlatformSocketTests() : SocketContract(SshSocketKind.Platform);

/// <summary>What every connector's sockets do, against the platform's at the other end.</summary>
/// <param name="kind">How the sockets are watched.</param>
/// <param name="resumesInline">Whether callers continue on the thread that watches them.</param>
public abstract class SocketContract(SshSocketKind kind, bool resumesInline = false) : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly ISocketConnector _connector =
        resumesInline ? SocketConnector.ResumingInline(SocketConnector.Get(kind)) : SocketConnector.Get(kind);

    private readonly TcpListener _listener = Listen(IPAddress.Loopback);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task AReaderContinuesWhereTheConnectorSays()
    {
        var (stream, other) = await ConnectAsync();
        await using var ours = stream;
        await using var theirs = other;
        var reading = ReadAsync();
        await theirs.WriteAsync(new byte[1], Stop);
        var thread = await reading.WaitAsync(Limit, Stop);
        Assert.Equal(resumesInline, !thread.IsThreadPoolThread);

        async Task<Thread> ReadAsync()
        {
            Assert.Equal(1, await ours.ReadAsync(new byte[1], Stop).ConfigureAwait(false));
            return Thread.CurrentThread;
        }
    }

    [Fact]
    public async Task ManyMegabytesGoBothWaysAtOnceUnharmed()
    {
        var (stream, other) = await ConnectAsync();
        await using var ours = stream;
        await using var theirs = other;
        var (there, back) = (RandomNumberGenerator.GetBytes(16 << 20), RandomNumberGenerator.GetBytes(16 << 20));
        var sending = ours.WriteAsync(there, Stop).AsTask();
        var sendingBack = theirs.WriteAsync(back, Stop).AsTask();
        var received = ReadAsync(ours, back.Length);
        var receivedThere = ReadAsync(theirs, there.Length);
        await Task.WhenAll(sending, sendingBack, received, receivedThere).WaitAsync(Limit, Stop);
        Assert.Equal(SHA256.HashData(back), SHA256.HashData(await received));
        Assert.Equal(SHA256.HashData(there), SHA256.HashData(await receivedThere));
    }

    [Fact]
    public async Task ThousandsOfSmallMessagesGoToAndFro()
    {
        var (stream, other) = await ConnectAsync();
        await using var ours = stream;
        await using var theirs = other;
        var echoing = Task.Run(
            async () =>
            {
                var buffer = new byte[16];
                while (await theirs.ReadAsync(buffer, Stop) is > 0 and var count)
                    await theirs.WriteAsync(buffer.AsMemory(0, count), Stop);
            },
            Stop);
        var answer = new byte[16];
        for (var i = 0; i < 3000; i++)
        {
            await ours.WriteAsync(new[] { (byte)i }, Stop);
            Assert.Equal(1, await ours.ReadAsync(answer, Stop).AsTask().WaitAsync(Limit, Stop));
            Assert.Equal((byte)i, answer[0]);
        }

        await ours.DisposeAsync();
        await echoing.WaitAsync(Limit, Stop);
    }

    [Fact]
    public async Task TheEndIsReadWhereverItComes()
    {
        for (var i = 0; i < 200; i++)
        {
            var (ours, theirs) = await ConnectAsync();
            // The end right behind the bytes, or while a read waits for more.
            var first = i % 2 == 0 ? ours.ReadAsync(new byte[100], Stop).AsTask() : null;
            await theirs.WriteAsync(new byte[10], Stop);
            await theirs.DisposeAsync();
            Assert.Equal(10, await (first ?? ours.ReadAsync(new byte[100], Stop).AsTask()).WaitAsync(Limit, Stop));
            Assert.Equal(0, await ours.ReadAsync(new byte[100], Stop).AsTask().WaitAsync(Limit, Stop));
            Assert.Equal(0, await ours.ReadAsync(new byte[100], Stop).AsTask().WaitAsync(Limit, Stop));
            await ours.DisposeAsync();
        }
    }

    [Fact]
    public async Task DisposingEndsAReadAndAWriteThatWait()
    {
        var (ours, theirs) = await ConnectAsync();
        await using var other = theirs;
        var reading = ours.ReadAsync(new byte[1], Stop).AsTask();
        var writing = ours.WriteAsync(new byte[64 << 20], Stop).AsTask();
        Assert.False(reading.IsCompleted || writing.IsCompleted);
        await ours.DisposeAsync();
        Assert.Equal(0, await reading.WaitAsync(Limit, Stop));
        await Assert.ThrowsAnyAsync<ObjectDisposedException>(() => writing.WaitAsync(Limit, Stop));
        Assert.Equal(0, await ours.ReadAsync(new byte[1], Stop));
    }

    [Fact]
    public async Task AReadThatIsCanceledTakesNothing()
    {
        var (stream, other) = await ConnectAsync();
        await using var ours = stream;
        await using var theirs = other;
        using var cancel = new CancellationTokenSource();
        var reading = ours.ReadAsync(new byte[10], cancel.Token).AsTask();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading.WaitAsync(Limit, Stop));
        await theirs.WriteAsync(new byte[] { 7 }, Stop);
        var buffer = new byte[10];
        Assert.Equal(1, await ours.ReadAsync(buffer, Stop).AsTask().WaitAsync(Limit, Stop));
        Assert.Equal(7, buffer[0]);
    }

    [Fact]
    public async Task APeerThatIsGoneIsAnErrorThatSaysSo()
    {
        var (stream, other) = await ConnectAsync();
        await using var ours = stream;
        other.Socket.LingerState = new LingerOption(enable: true, seconds: 0);
        other.Socket.Dispose();
        var failure = await Assert.ThrowsAsync<IOException>(() => ours.ReadAsync(new byte[1], Stop).AsTask().WaitAsync(Limit, Stop));
        Assert.Equal(SocketError.ConnectionReset, Assert.IsType<SocketException>(failure.InnerException).SocketErrorCode);
    }

    [Fact]
    public async Task AnAddressWhereNobodyListensRefuses()
    {
        // Bound, so that no other process listens there in the meantime.
        using var silent = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        silent.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var address = silent.LocalEndPoint!;
        var failure = await Assert.ThrowsAsync<SocketException>(() => _connector.ConnectAsync(address, cancellationToken: Stop).AsTask().WaitAsync(Limit, Stop));
        Assert.Equal((SocketError.ConnectionRefused, "Connection refused"), (failure.SocketErrorCode, failure.Message));
    }

    [Fact]
    public async Task ASocketFileThatIsNotThereIsNoAddress()
    {
        var failure = await Assert.ThrowsAsync<SocketException>(
            () => _connector.ConnectAsync(new UnixDomainSocketEndPoint("/nonexistent/socket"), cancellationToken: Stop).AsTask());
        Assert.Equal(SocketError.AddressNotAvailable, failure.SocketErrorCode);
    }

    [Fact]
    public async Task ALocalAddressIsTheOneThatThePeerSees()
    {
        var connecting = _connector.ConnectAsync(_listener.LocalEndpoint, new IPEndPoint(IPAddress.Parse("127.0.77.9"), 0), Stop).AsTask();
        using var accepted = await _listener.AcceptSocketAsync(Stop);
        await using var ours = await connecting.WaitAsync(Limit, Stop);
        Assert.Equal("127.0.77.9", ((IPEndPoint)accepted.RemoteEndPoint!).Address.ToString());
    }

    [Fact]
    public async Task OneThatAlwaysHasMoreDoesNotHoldUpTheOthers()
    {
        // More sockets than loops, so that some share one with a sender that never pauses, and all of them go on in its thread.
        var floods = new List<(SocketStream Ours, NetworkStream Theirs)>();
        for (var i = 0; i < 2 * Environment.ProcessorCount; i++)
            floods.Add(await ConnectAsync());
        using var enough = new CancellationTokenSource();
        var flooding = floods.Select(flood => FloodAsync(flood.Theirs, enough.Token)).ToList();
        var swallowing = floods.Select(flood => SwallowAsync(flood.Ours)).ToList();
        for (var i = 0; i < 4 * Environment.ProcessorCount; i++)
        {
            var (ours, theirs) = await ConnectAsync();
            var reading = ours.ReadAsync(new byte[1], Stop).AsTask();
            await theirs.WriteAsync(new byte[1], Stop);
            Assert.Equal(1, await reading.WaitAsync(Limit, Stop));
            await ours.DisposeAsync();
            await theirs.DisposeAsync();
        }

        await enough.CancelAsync();
        foreach (var (ours, theirs) in floods)
        {
            await theirs.DisposeAsync();
            await ours.DisposeAsync();
        }

        await Task.WhenAll([.. flooding, .. swallowing]).WaitAsync(Limit, Stop);

        static async Task FloodAsync(NetworkStream to, CancellationToken enough)
        {
            var bytes = new byte[64 << 10];
            try
            {
                while (!enough.IsCancellationRequested)
                    await to.WriteAsync(bytes, enough);
            }
            catch (Exception end) when (end is OperationCanceledException or IOException or ObjectDisposedException)
            {
                // It was enough.
            }
        }

        static async Task SwallowAsync(SocketStream from)
        {
            var buffer = new byte[1024];
            try
            {
                while (await from.ReadAsync(buffer, CancellationToken.None).ConfigureAwait(false) > 0)
                {
                }
            }
            catch (IOException)
            {
                // The other end left with bytes under way.
            }
        }
    }

    [Fact]
    public async Task ARefusalLeavesTheReasonForEachKindOfPath()
    {
        var folder = Directory.CreateTempSubdirectory("volley-sockets-");
        try
        {
            var path = Path.Combine(folder.FullName, "s");
            File.WriteAllText(Path.Combine(folder.FullName, "file"), "");
            await RefusesAsync(SocketError.AddressNotAvailable, path);
            await RefusesAsync(SocketError.AddressNotAvailable, Path.Combine(folder.FullName, "file", "s"));
            await RefusesAsync(SocketError.ConnectionRefused, Path.Combine(folder.FullName, "file"));
            using var silent = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            silent.Bind(new UnixDomainSocketEndPoint(path));
            await RefusesAsync(SocketError.ConnectionRefused, path);
            // A queue of one connection that nobody takes.
            silent.Listen(0);
            await using var first = await _connector.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken: Stop);
            await RefusesAsync(SocketError.WouldBlock, path);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task TheUserOfASocketInTheFileSystemIsKnown()
    {
        var folder = Directory.CreateTempSubdirectory("volley-sockets-");
        try
        {
            using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            listener.Bind(new UnixDomainSocketEndPoint(Path.Combine(folder.FullName, "s")));
            listener.Listen();
            await using var own = await _connector.ConnectAsync(listener.LocalEndPoint!, cancellationToken: Stop);
            Assert.Null(own.OtherPeer);
            // A peer without a user counts as another one.
            var (tcp, other) = await ConnectAsync();
            await using var ours = tcp;
            await using var theirs = other;
            Assert.Equal(uint.MaxValue, tcp.OtherPeer);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task AnAddressOfIPv4InIPv6IsReached()
    {
        var address = new IPEndPoint(IPAddress.Loopback.MapToIPv6(), ((IPEndPoint)_listener.LocalEndpoint).Port);
        var connecting = _connector.ConnectAsync(address, cancellationToken: Stop).AsTask();
        using var accepted = await _listener.AcceptSocketAsync(Stop);
        await using var ours = await connecting.WaitAsync(Limit, Stop);
        Assert.Equal(IPAddress.Loopback, ((IPEndPoint)accepted.RemoteEndPoint!).Address);
    }

    [Fact]
    public async Task AnAttemptThatIsCanceledLeavesNoSocket()
    {
        using var canceled = new CancellationTokenSource();
        // Once its queue is full, a listener drops what asks for a connection.
        using var full = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        full.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        full.Listen(0);
        List<Task<SocketStream>> attempts = [.. Enumerable.Range(0, 8).Select(_ => _connector.ConnectAsync(full.LocalEndPoint!, cancellationToken: canceled.Token).AsTask())];
        await canceled.CancelAsync();
        foreach (var attempt in attempts)
        {
            try
            {
                await using var connected = await attempt.WaitAsync(Limit, Stop);
            }
            catch (OperationCanceledException end)
            {
                Assert.Equal(canceled.Token, end.CancellationToken);
            }
        }

        Assert.Contains(attempts, attempt => attempt.IsCanceled);
        var port = ((IPEndPoint)full.LocalEndPoint!).Port;
        Assert.DoesNotContain(IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpConnections(),
            connection => connection.RemoteEndPoint.Port == port && connection.State == TcpState.SynSent);
    }

    public void Dispose()
    {
        _listener.Dispose();
        GC.SuppressFinalize(this);
    }

    private static TcpListener Listen(IPAddress address)
    {
        var listener = new TcpListener(address, 0);
        listener.Start();
        return listener;
    }

    private async Task RefusesAsync(SocketError expected, string path)
    {
        var failure = await Assert.ThrowsAsync<SocketException>(
            () => _connector.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken: Stop).AsTask().WaitAsync(Limit, Stop));
        Assert.Equal(expected, failure.SocketErrorCode);
    }

    private static async Task<byte[]> ReadAsync(Stream stream, int count)
    {
        var bytes = new byte[count];
        await stream.ReadExactlyAsync(bytes, Stop);
        return bytes;
    }

    private async Task<(SocketStream Ours, NetworkStream Theirs)> ConnectAsync()
    {
        var connecting = _connector.ConnectAsync(_listener.LocalEndpoint, cancellationToken: Stop).AsTask();
        var accepted = await _listener.AcceptSocketAsync(Stop);
        return (await connecting.WaitAsync(Limit, Stop), new NetworkStream(accepted, ownsSocket: true));
    }
}
