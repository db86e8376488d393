using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using Volley.Ssh.UnitTests.Config;
using Volley.Ssh.Wire;
using Volley.Testing;
using Xunit;

namespace Volley.Ssh.UnitTests.Client;

/// <summary>The front door, at servers that follow a script.</summary>
public sealed class SshClientTests : IDisposable
{
    private readonly ConfigFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task ACommandGetsItsInputAndItsOutputIsCollected()
    {
        using var server = new ScriptedServer
        {
            OnRequest = static (client, channel, type) => type != "exec" ? Task.CompletedTask : client.SendAsync(
                Wire.Success(channel), Wire.Data(channel, "out"), Wire.Error(channel, "err"), Wire.Data(channel, "put"), Wire.ExitStatus(channel, 3), Wire.Eof(channel), Wire.Close(channel)),
        };
        await using var client = await ConnectAsync(server);
        Assert.Equal(("Scripted", "me"), (client.ServerSoftware, client.Settings.User));
        var result = await client.RunAsync("cat", new() { Input = "input"u8.ToArray() });
        Assert.Equal((3, "output", "err", false), (result.ExitStatus.ExitCode, result.Stdout, result.Stderr, result.Succeeded));
    }

    [Fact]
    public async Task ACommandThatIsRefusedFails()
    {
        using var server = new ScriptedServer { OnRequest = static (client, channel, _) => client.SendAsync(Wire.Failure(channel)) };
        await using var client = await ConnectAsync(server);
        var failure = await Assert.ThrowsAsync<SshException>(() => client.RunAsync("true"));
        Assert.Equal(SshFailure.RequestRefused, failure.Failure);
    }

    [Theory]
    [InlineData("", 22)]
    [InlineData("db", 0)]
    [InlineData("db", 65536)]
    public async Task ADestinationIsChecked(string host, int port)
    {
        using var server = new ScriptedServer();
        await using var client = await ConnectAsync(server);
        await Assert.ThrowsAnyAsync<ArgumentException>(() => client.OpenTcpConnectionAsync(host, port));
    }

    [Fact]
    public async Task TheCallerContinuesOnTheThreadPool()
    {
        using var server = new ScriptedServer();
        Assert.True(await ConnectAsync(server).ContinueWith(
            static async connecting =>
            {
                var isPoolThread = Thread.CurrentThread.IsThreadPoolThread;
                await (await connecting).DisposeAsync();
                return isPoolThread;
            },
            CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default).Unwrap());
    }

    [Theory]
    [InlineData("AddressFamily inet6", SshFailure.NameNotResolved, "Could not resolve hostname 127.0.0.1: Address family for hostname not supported")]
    [InlineData("", SshFailure.ConnectFailed, "connect to host 127.0.0.1 port {0}: Connection refused")]
    [InlineData("ProxyCommand nc %h %p", SshFailure.UnsupportedConfiguration, "this client does not support the configuration: ProxyCommand at ")]
    [InlineData("KexAlgorithms diffie-hellman-group1-sha1", SshFailure.UnsupportedConfiguration, "this client does not support the configuration: KexAlgorithms diffie-hellman-group1-sha1 names no supported algorithm")]
    [InlineData("Port nine", SshFailure.InvalidConfiguration, "")]
    [InlineData("ProxyJump 127.0.0.1", SshFailure.InvalidConfiguration, "jump host 127.0.0.1: jump host 127.0.0.1: the route to it has more than 16 hops, or contains a loop")]
    public async Task AFailureNamesItsStep(string line, SshFailure expected, string message)
    {
        var port = UnusedPort();
        var failure = await Assert.ThrowsAsync<SshException>(() => SshClient.ConnectAsync("127.0.0.1", Options(port, line)));
        Assert.Equal(expected, failure.Failure);
        Assert.StartsWith(string.Format(null, message, port), failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task FurtherAttemptsAreReported()
    {
        var observer = new Observer();
        var failure = await Assert.ThrowsAsync<SshException>(() => SshClient.ConnectAsync(
            "127.0.0.1", Options(UnusedPort(), "ConnectionAttempts 2") with { Observer = observer }));
        Assert.IsType<SocketException>(failure.InnerException!.InnerException, exactMatch: false);
        Assert.StartsWith("attempt 2: connect to host 127.0.0.1", Assert.Single(observer.Notices), StringComparison.Ordinal);
    }

    [Fact]
    public async Task TheConnectTimeoutCoversTheKeyExchange()
    {
        using var server = new SilentServer("127.0.0.1");
        var time = new FakeTimeProvider();
        var connecting = SshClient.ConnectAsync("127.0.0.1", Options(server.Port, time: time) with { ConnectTimeout = TimeSpan.FromMinutes(5) });
        await server.WaitForConnectionAsync();
        time.Advance(TimeSpan.FromMinutes(5));
        var failure = await Assert.ThrowsAsync<SshException>(() => connecting);
        Assert.Equal((SshFailure.TimedOut, "not connected after 300 s"), (failure.Failure, failure.Message));
    }

    [Fact]
    public async Task AnAttemptCanBeCanceled()
    {
        using var server = new SilentServer("127.0.0.1");
        using var cancellation = new CancellationTokenSource();
        var connecting = SshClient.ConnectAsync("127.0.0.1", Options(server.Port), cancellation.Token);
        await server.WaitForConnectionAsync();
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => connecting);
    }

    [Fact]
    public async Task AnUnknownHostKeyIsRefusedUnlessTheConfigurationAllowsIt()
    {
        using var server = new ScriptedServer();
        foreach (var line in new[] { "StrictHostKeyChecking yes", "StrictHostKeyChecking ask", "" })
        {
            var failure = await Assert.ThrowsAsync<SshException>(() => SshClient.ConnectAsync("127.0.0.1", Options(server.Port, line)));
            Assert.Equal((SshFailure.HostKeyRejected, false), (failure.Failure, failure.IsAuthenticating));
        }

        var observer = new Observer();
        var options = Options(server.Port, "StrictHostKeyChecking accept-new") with { Observer = observer };
        await using var client = await SshClient.ConnectAsync("127.0.0.1", options);
        Assert.Equal(["recorded ED25519", "login with 0 keys"], observer.Notices);
    }

    [Fact]
    public async Task ARefusedLoginGivesItsReasonsAndTheBanner()
    {
        using var server = new ScriptedServer
        {
            OnLogin = static (client, _) => client.SendAsync(
                Wire.Message(MessageNumber.UserAuthBanner, "keep out\n", ""), Wire.Message(MessageNumber.UserAuthFailure, "password,hostbased", false)),
        };
        var asked = 0;
        byte[] secret = [];
        var options = Options(server.Port, "StrictHostKeyChecking no\nHostbasedAuthentication yes") with
        {
            PasswordCallback = (settings, _) =>
            {
                asked++;
                return ValueTask.FromResult<byte[]?>(secret = Encoding.UTF8.GetBytes("secret of " + settings.User));
            },
        };
        var failure = await Assert.ThrowsAsync<SshException>(() => SshClient.ConnectAsync("127.0.0.1", options));
        Assert.Equal((SshFailure.AuthenticationFailed, true, true, 1), (failure.Failure, failure.IsAuthenticating, failure.OtherClientMayLogIn, asked));
        Assert.StartsWith("keep out\n", failure.Banner, StringComparison.Ordinal);
        Assert.Contains("only ssh can try HostbasedAuthentication", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", failure.ToString(), StringComparison.Ordinal);
        Assert.All(secret, value => Assert.Equal(0, value));
    }

    [Fact]
    public async Task AConnectionThroughAnotherClientLeavesThatOneOpen()
    {
        using var target = new ScriptedServer();
        using var hop = new ScriptedServer { OnOpen = static (client, channel) => client.SendAsync(Wire.Message(MessageNumber.ChannelOpenFailure, channel, 2u, "no way", "")) };
        await using var via = await ConnectAsync(hop);
        var failure = await Assert.ThrowsAsync<SshException>(() => ConnectAsync(target, options => options with { Via = via }));
        Assert.Equal(SshFailure.ChannelRefused, failure.Failure);
        Assert.Equal(0, target.Connections);
        Assert.False(via.Connection.Ended.IsCompleted);
    }

    [Fact]
    public async Task ClientsThatShareAContextReadTheConfigurationOnce()
    {
        using var server = new ScriptedServer();
        var options = Options(server.Port, "StrictHostKeyChecking no");
        await using var first = await SshClient.ConnectAsync("127.0.0.1", options);
        await using var second = await SshClient.ConnectAsync("127.0.0.1", options);
        Assert.Same(first.Settings, second.Settings);
    }

    private static int UnusedPort()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)listener.LocalEndPoint!).Port;
    }

    private Task<SshClient> ConnectAsync(ScriptedServer server, Func<SshClientOptions, SshClientOptions>? change = null)
    {
        var options = Options(server.Port, "StrictHostKeyChecking no");
        return SshClient.ConnectAsync("127.0.0.1", change is null ? options : change(options));
    }

    private SshClientOptions Options(int port, string line = "", TimeProvider? time = null)
    {
        var file = _folder.Write($"config{Guid.NewGuid():N}", $"{line}\nPort {port}\nUser me\nIdentityFile none\nIdentityAgent none\nUserKnownHostsFile {_folder.Home}/known\nGlobalKnownHostsFile none\n");
        return new() { Context = new SshClientContext(file) { Time = time ?? TimeProvider.System } };
    }

    private sealed class Observer : SshClientObserver
    {
        public List<string> Notices { get; } = [];

        public override ValueTask OnRetryAsync(SshHostSettings settings, int attempt, SshException failure, CancellationToken cancellationToken) =>
            Note($"attempt {attempt}: {failure.Message}");

        public override ValueTask OnHostKeyAcceptedAsync(
            SshHostSettings settings, bool isChanged, SshHostKeyRecording? recording, CancellationToken cancellationToken) =>
            Note(isChanged ? "changed" : $"recorded {recording?.DisplayType}");

        public override ValueTask OnLoginAsync(SshHostSettings settings, IEnumerable<string> keyNames, CancellationToken cancellationToken) =>
            Note($"login with {keyNames.Count()} keys");

        private ValueTask Note(string notice)
        {
            Notices.Add(notice);
            return default;
        }
    }
}
