using System.Net.Sockets;
using System.Text.RegularExpressions;
using Volley.Testing;
using Xunit;

namespace Volley.IntegrationTests;

/// <summary>A control master that is live goes before a new connection; one that is not is passed over.</summary>
public sealed class AutoMasterTests(Fleet fleet) : IAsyncLifetime
{
    private const string LoginOf = "echo $SSH_CONNECTION | cut -d' ' -f2";

    private SshOptions Options => new() { ConfigFile = fleet.SshConfig };

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        foreach (var connection in await Volley.OpenSsh.ListConnectionsAsync())
        {
            if (connection.Host.StartsWith("127.0.99.", StringComparison.Ordinal))
                await Volley.OpenSsh.CloseConnectionAsync(connection);
        }
    }

    [Fact]
    public async Task OneThatAnEarlierRunHasKeptWins()
    {
        var host = new Target("127.0.99.1");
        var first = await AutoRuns.RunAsync(Options with { Keep = TimeSpan.FromMinutes(1) }, host, LoginOf);
        Assert.Contains("127.0.99.1: transport openssh: connections that are kept are its", first.Log, StringComparison.Ordinal);
        Assert.Contains("127.0.99.1: transport openssh: a new master at ", first.Log, StringComparison.Ordinal);
        var (nodes, log) = await AutoRuns.RunAllAsync(Options.WithoutSsh(), [host, host, host], LoginOf);
        Assert.All(nodes, node => Assert.Equal(first.Stdout, node.Stdout));
        Assert.Matches("(?m)^127.0.99.1(#[23])?: transport openssh: the live master at ", log);
        Assert.Equal(3, Regex.Count(log, "(?m)^127.0.99.1(#[23])?: transport openssh: there is a live master$"));
        Assert.DoesNotContain("native", log, StringComparison.Ordinal);
        Assert.Equal(1, fleet.Connections("127.0.99.1"));
    }

    [Fact]
    public async Task OneThatIsKeptIsNotUsedWhereReuseIsOff()
    {
        var host = new Target("127.0.99.2");
        var first = await AutoRuns.RunAsync(Options with { Keep = TimeSpan.FromMinutes(1) }, host, LoginOf);
        var later = await AutoRuns.RunAsync(Options.WithoutSsh() with { Reuse = false }, host, LoginOf);
        Assert.True(later.Result.Succeeded, later.Log);
        Assert.NotEqual(first.Stdout, later.Stdout);
        Assert.Contains("127.0.99.2: transport native: ", later.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OneThatHasDiedIsPassedOverForTheNativeTransport()
    {
        var host = new Target("127.0.99.3");
        await AutoRuns.RunAsync(Options with { Keep = TimeSpan.FromMinutes(1) }, host, LoginOf);
        var socket = (await Volley.OpenSsh.ListConnectionsAsync(TestContext.Current.CancellationToken)).Single(kept => kept.Host == host.Name).Socket;
        await EndAsync(socket, Signals.Kill);
        var later = await AutoRuns.RunAsync(Options.WithoutSsh(), host, LoginOf);
        Assert.True(later.Result.Succeeded, later.Log);
        Assert.Contains("127.0.99.3: transport native: ", later.Log, StringComparison.Ordinal);
        Assert.False(File.Exists(socket));
    }

    [Fact]
    public async Task TheUsersOwnWinsUnlessReuseIsOff()
    {
        var (host, socket) = (new Target("127.0.99.4"), fleet.NewPath("s"));
        await using var master = await StartMasterAsync(host, socket);
        var options = new SshOptions { ConfigFile = fleet.Config($"ControlPath {socket}\nControlMaster auto\nControlPersist 10m") }.WithoutSsh();
        var with = await AutoRuns.RunAsync(options, host, "echo in");
        Assert.Equal("in\n", with.Stdout);
        Assert.Contains($"the live master at {socket}", with.Log, StringComparison.Ordinal);
        Assert.Equal(1, fleet.Connections(host.Name));
        var without = await AutoRuns.RunAsync(options with { Reuse = false }, host, "echo in");
        Assert.Equal("in\n", without.Stdout);
        Assert.Equal(2, fleet.Connections(host.Name));
        Assert.False(master.Exit.IsCompleted);
    }

    [Fact]
    public async Task ASocketThatNobodyServesIsPassedOverAndLeftToItsUser()
    {
        var (host, socket) = (new Target("127.0.99.5"), fleet.NewPath("s"));
        using (var dead = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            dead.Bind(new UnixDomainSocketEndPoint(socket + ".new"));
            // Under another name, for the base library removes the one that it knows.
            File.Move(socket + ".new", socket);
        }

        var options = new SshOptions { ConfigFile = fleet.Config($"ControlPath {socket}\nControlMaster auto") }.WithoutSsh();
        var run = await AutoRuns.RunAsync(options, host, "echo in");
        Assert.True(run.Stdout == "in\n", run.Log);
        Assert.Contains("127.0.99.5: transport native: ", run.Log, StringComparison.Ordinal);
        Assert.True(File.Exists(socket));
    }

    [Fact]
    public async Task OneThatHangsIsWaitedForOnceARunAndNotForLong()
    {
        var (host, socket) = (new Target("127.0.99.6"), fleet.NewPath("s"));
        using var hanging = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        hanging.Bind(new UnixDomainSocketEndPoint(socket));
        hanging.Listen(64);
        var options = new SshOptions { ConfigFile = fleet.Config($"ControlPath {socket}") }.WithoutSsh();
        var (nodes, log) = await AutoRuns.RunAllAsync(options, Enumerable.Range(0, 10).Select(i => host with { Index = i }), "echo in", parallel: 1);
        Assert.All(nodes, node => Assert.True(node.Stdout == "in\n", log));
        hanging.Blocking = false;
        hanging.Accept().Dispose();
        Assert.Equal(SocketError.WouldBlock, Assert.Throws<SocketException>(hanging.Accept).SocketErrorCode);
    }

    [Fact]
    public async Task OneThatOnlySharesAHostIsNotTaken()
    {
        var (host, socket) = (new Target("127.0.99.7"), fleet.NewPath("s"));
        await using var master = await StartMasterAsync(host, socket);
        var options = new SshOptions { ConfigFile = fleet.Config($"ControlPath {socket}"), User = "nobody" }.WithoutSsh();
        Assert.Equal(NodeOutcome.AuthenticationFailed, (await AutoRuns.RunAsync(options, host, "echo in")).Result.Outcome);
    }

    [Fact]
    public async Task OneOfAJumpHostIsGoneThroughWhereNobodyCouldLogIn()
    {
        var (hop, host, socket) = (new Target("127.0.99.8"), new Target("127.0.99.9"), fleet.NewPath("s"));
        await using var master = await StartMasterAsync(hop, socket);
        var config = fleet.Write("config", $"Host {hop.Name}\nControlPath {socket}\nIdentitiesOnly yes\nIdentityFile {await fleet.NewKeyAsync()}\nHost {host.Name}\nProxyJump {hop.Name}\nHost *\nInclude {fleet.SshConfig}\n");
        var run = await AutoRuns.RunAsync(new SshOptions { ConfigFile = config }, host, "echo in");
        Assert.True(run.Stdout == "in\n", run.Log);
        Assert.Contains("127.0.99.9: transport openssh: there is a live master of its jump host", run.Log, StringComparison.Ordinal);
        Assert.Equal(1, fleet.Connections(hop.Name));
    }

    private static async Task EndAsync(string socket, int signal)
    {
        foreach (var master in Processes.WithCommandLine(socket))
        {
            RuntimeFolder.Signal(master, signal);
            await Processes.WaitForEndAsync(master.Id, Transcript.DefaultLimit);
        }
    }

    private async Task<ProgramRun> StartMasterAsync(Target host, string socket)
    {
        var master = ProgramRun.Start(new ProgramStart("ssh", "-F", fleet.SshConfig, "-M", "-S", socket, host.Name, "echo up; exec sleep 600"));
        await master.ReadOutUntilAsync("up\n");
        return master;
    }
}
